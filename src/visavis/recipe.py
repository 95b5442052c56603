"""What the loop is told of how a cell is trained."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.interfaces import Augmentation, Averaging, Loss, Optimizer, Schedule


@dataclass(frozen=True)
class Recipe:
    """How a cell is trained; ``Arm.recipe`` makes it, so that the loop can't name an arm.

    Attributes:
        epochs: passes over the training images, at least 1.
        batch_size: images per step, at least 2 (batch normalisation needs two); the last step of an epoch takes what
            is left over, and a single image left over joins the step before.
        optimizer: with its learning rate.
        loss: what is minimised.
        schedule: of the learning rate.
        augmentation: of the training images.
        averaging: of the weights; None where the newest ones count.
    """

    epochs: int
    batch_size: int
    optimizer: Optimizer
    loss: Loss
    schedule: Schedule
    augmentation: Augmentation
    averaging: Averaging | None = None
