"""What the loop is told of a cell."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np

from visavis.interfaces import Plan
from visavis.recipe import Recipe
from visavis.streams import Stream, changed_generators, restore_global, take_global
from visavis.training.batches import epoch_order
from visavis.training.epoch_images import EpochImages
from visavis.training.examples import Examples
from visavis.training.fast.precision import Precision
from visavis.training.forward import Preprocess, forward
from visavis.training.snapshot import Snapshot

FEATURES = 2
"""Dimensions of rows of features."""


@dataclass(frozen=True)
class ToTrain:
    """What is trained, on what.

    Attributes:
        recipe: how it is trained.
        plan, preprocess: what is trained, on what a batch is made into.
        classes: how many there are.
        train, test: the data; where the plan has a frozen part, what it makes of them.
        streams: ``order``, ``augmentation`` and ``noise`` of each epoch are drawn from it.
        validation: images by which the best epoch is chosen; None where the last one counts.
        start: an earlier state to go on from; every step is a function of the state before it, the plan and the
            streams, so the end is the same to the bit.
    """

    recipe: Recipe
    plan: Plan
    preprocess: Preprocess
    classes: int
    train: Examples
    test: Examples
    streams: Stream
    start: Snapshot | None = None
    validation: Examples | None = None

    @property
    def pace(self) -> tuple[int, int, int]:
        """What cells that go side by side have in common: epochs, batch size, and training images of an epoch."""
        return self.recipe.epochs, self.recipe.batch_size, len(self.train)

    @property
    def is_head(self) -> bool:
        """Whether it learns from rows of features: its steps are small, bfloat16 and threads don't make them faster."""
        return self.train.images.ndim == FEATURES

    def precision(self, of_run: Precision) -> Precision:
        """Of its steps: a head takes them in float32."""
        return Precision.fp32 if self.is_head else of_run

    def order(self, epoch: int) -> np.ndarray:
        """int64 [n]: in which an epoch takes the training images."""
        return epoch_order(self.streams.child("order"), epoch, len(self.train))

    def images(self, epoch: int) -> EpochImages:
        """The training images of an epoch."""
        draws = self.recipe.augmentation.draw(len(self.train), self.streams.child("augmentation", epoch))
        return EpochImages(self.train, self.classes, self.order(epoch), draws)

    @property
    def begins_at(self) -> tuple[int, int]:
        """Epoch, and images of it that have been trained on."""
        return (1, 0) if self.start is None else (self.start.epoch, self.start.images_done)


class NoiseDrawn(Exception):
    """Cells side by side have drawn noise, which each has to draw from generators of its own."""


def draws_noise(cell: ToTrain) -> bool:
    """Whether its steps draw noise, as dropout does; tried on a copy with two images. What fails there does so alone,
    too. A loss or an optimizer that draws is seen by the loop.
    """
    device = cell.train.device
    module = copy.deepcopy(cell.plan.trained).to(device).train()
    images, _ = cell.train.take(cell.train.rows(np.arange(2)))
    before = take_global(device)
    try:
        forward(module, cell.preprocess, images, Precision.fp32)
    except Exception:
        return True
    else:
        return bool(changed_generators(before, take_global(device)))
    finally:
        restore_global(device, before)
