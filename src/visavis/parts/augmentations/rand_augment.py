"""A few operations out of fourteen, all at one strength (RandAugment: Cubuk et al. 2020)."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.checks import excerpt, is_whole, require, require_whole
from visavis.interfaces import EpochDraws
from visavis.parts.augmentations.operations import BINS, COUNT, Reach, operations_by_row
from visavis.streams import Stream

REACH = Reach(shear=0.3, shift=150 / 331, degrees=30.0, factor=0.9, bits=4)
"""As torchvision has it."""


@dataclass(frozen=True)
class RandAugment:
    """Does a few operations to each training image, drawn anew in each epoch; what comes in from outside is black.

    Attributes:
        operations: one after the other, for each image; at 0 nothing changes.
        magnitude: of all of them, from 0 to 30; torchvision's own is 9.
    """

    operations: int = 2
    magnitude: int = 9

    def __post_init__(self) -> None:
        require_whole(self.operations, "augmentation.operations", 0)
        is_bin = is_whole(self.magnitude, 0) and self.magnitude < BINS
        require(is_bin, "augmentation.magnitude", excerpt(self.magnitude), f"a whole number from 0 to {BINS - 1}")

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """See ``Augmentation.draw``; keeps operations and strengths of each."""
        generator = stream.child("rand-augment").numpy()
        choices = generator.integers(COUNT, size=(count, self.operations))
        signs = generator.choice([-1.0, 1.0], (count, self.operations))
        return operations_by_row(choices, signs * (self.magnitude / (BINS - 1)), REACH)
