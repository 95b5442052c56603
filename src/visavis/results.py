"""What training leaves behind: the vocabulary that both wings share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.bounds import Epochs, Number, Positive, Seconds, Share, Text


@dataclass(frozen=True)
class Predictions:
    """What one cell says of every test image.

    Attributes:
        ids: bytes [n].
        labels: int64 [n].
        logits: float32 [n, classes].
    """

    ids: np.ndarray
    labels: np.ndarray
    logits: np.ndarray

    def take(self, rows: np.ndarray) -> Predictions:
        """What it says of some of the images.

        Args:
            rows: indices, or bool [n].
        """
        return Predictions(self.ids[rows], self.labels[rows], self.logits[rows])


@dataclass(frozen=True)
class HeldOutScore:
    """How good a candidate is by images that were held out.

    Attributes:
        value: of the metric.
        text: the same, to be read.
        rank: by which candidates are put in order; the larger, the better.
    """

    value: float
    text: str
    rank: tuple[float, float]


@dataclass(frozen=True)
class EpochRow:
    """One line of a cell's history.

    Attributes:
        epoch: 1 for the first.
        train_loss, train_accuracy: means over the epoch's steps, each step before its update.
        test_loss, test_accuracy: after the epoch; for display, nothing is chosen by them.
        seconds: of training, without evaluation.
        images_per_second: of training.
        order: digest of the order in which the epoch took the training images.
        augmentation: digest of what was drawn for them.
        validation_loss, validation_accuracy: after the epoch, where the best epoch is chosen by them.
    """

    epoch: Epochs
    train_loss: Number
    train_accuracy: Share
    test_loss: Number
    test_accuracy: Share
    seconds: Seconds
    images_per_second: Seconds
    order: Text
    augmentation: Text
    validation_loss: Number | None = None
    validation_accuracy: Share | None = None


@dataclass(frozen=True)
class Probe:
    """What the two precisions did on one batch of one model, forward and backward.

    Attributes:
        fp32_seconds, bf16_seconds: medians of a forward and backward pass, taken in turn.
        logit_error: largest difference of the logits, relative to the largest logit.
        gradient_cosine: of the angle between the two gradients.
    """

    fp32_seconds: Positive
    bf16_seconds: Positive
    logit_error: Number
    gradient_cosine: Number
