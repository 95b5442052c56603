"""What training tells while it goes on, and what an epoch leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from visavis.results import EpochRow
from visavis.training.snapshot import Snapshot


@dataclass(frozen=True)
class Step:
    """How far an epoch is.

    Attributes:
        epoch: 1 for the first.
        done: images of the epoch so far.
        loss: of the last step.
        snapshot: copies all that the next step begins with; to be called before it.
    """

    epoch: int
    done: int
    loss: float
    snapshot: Callable[[], Snapshot]


@dataclass(frozen=True)
class Evaluation:
    """How far the evaluation after an epoch's last step is; the last step's snapshot still holds.

    Attributes:
        epoch: 1 for the first.
        done, total: test images.
    """

    epoch: int
    done: int
    total: int


@dataclass(frozen=True)
class Epoch:
    """What an epoch leaves.

    Attributes:
        row: for the history.
        logits: float32 [n, classes] of the test images after it.
        snapshot: copies all that the next epoch begins with.
    """

    row: EpochRow
    logits: np.ndarray
    snapshot: Callable[[], Snapshot]


Told = Callable[[Step | Evaluation], None]


def untold(at: Step | Evaluation) -> None:
    """Nobody watches."""
