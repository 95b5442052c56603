"""What an epoch leaves, as far as it is made of finite numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from visavis.describe import array_digest
from visavis.errors import NotFinite
from visavis.interfaces import Criterion
from visavis.results import EpochRow
from visavis.training.snapshot import Tally


@dataclass(frozen=True)
class Epoch:
    """What an epoch leaves.

    Attributes:
        row: for the history.
        logits: float32 [n, classes] of the test images after it.
    """

    row: EpochRow
    logits: np.ndarray

    @classmethod
    def of(
        cls,
        number: int,
        tally: Tally,
        order: np.ndarray,
        augmentation: str,
        logits: torch.Tensor,
        labels: torch.Tensor,
        criterion: Criterion,
    ) -> Epoch:
        """What is made of an epoch's sums and of the test after it.

        Args:
            number: 1 for the first.
            tally: its sums.
            order: in which it took the training images.
            augmentation: digest of what was drawn for them.
            logits, labels: of the test images.
            criterion: what training minimises.

        Raises:
            NotFinite: a loss or a logit isn't.
        """
        if not bool(torch.isfinite(logits).all()):
            raise NotFinite(
                f"the logits aren't finite after epoch {number}", expected="numbers", do="lower the learning rate"
            )
        count = len(order)
        row = EpochRow(
            epoch=number,
            train_loss=finite(float(tally.losses) / count, number),
            train_accuracy=int(tally.hits) / count,
            test_loss=float(criterion(logits, labels)),
            test_accuracy=float((logits.argmax(1) == labels).double().mean()),
            seconds=tally.seconds,
            images_per_second=count / tally.seconds,
            order=array_digest(order),
            augmentation=augmentation,
        )
        return cls(row, logits.cpu().numpy())


def finite(loss: float, epoch: int) -> float:
    """The loss itself.

    Raises:
        NotFinite: it isn't a finite number.
    """
    if not math.isfinite(loss):
        raise NotFinite(
            f"the loss isn't finite in epoch {epoch}", got=loss, expected="a number", do="lower the learning rate"
        )
    return loss
