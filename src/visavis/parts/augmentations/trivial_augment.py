"""One operation out of fourteen, at any strength (TrivialAugment: Müller and Hutter 2021)."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.interfaces import EpochDraws
from visavis.parts.augmentations.operations import BINS, COUNT, Reach, operations_by_row
from visavis.streams import Stream

REACH = Reach(shear=0.99, shift=32.0, degrees=135.0, factor=0.99, bits=6)
"""The paper's wide space, as torchvision has it: shifts are in pixels."""


@dataclass(frozen=True)
class TrivialAugment:
    """Does one operation at one strength to each training image, both drawn anew in each epoch: nothing to set."""

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """See ``Augmentation.draw``; keeps operation and strength of each."""
        generator = stream.child("trivial-augment").numpy()
        choices = generator.integers(COUNT, size=(count, 1))
        strengths = generator.choice([-1.0, 1.0], (count, 1)) * generator.integers(BINS, size=(count, 1)) / (BINS - 1)
        return operations_by_row(choices, strengths, REACH)
