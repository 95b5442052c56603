"""What training leaves behind and what comparison makes of it: the vocabulary that both wings share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


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
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    seconds: float
    images_per_second: float
    order: str


@dataclass(frozen=True)
class Interval:
    """An estimate with its uncertainty.

    Attributes:
        value: the estimate, the mean over seeds.
        low, high: bounds at ``level``.
        level: nominal coverage.
        degrees: degrees of freedom of Student's t.
        error: standard error of the value.
        p: two-sided, for the value being zero.
        seeds, images: how many the value rests on.
    """

    value: float
    low: float
    high: float
    level: float
    degrees: float
    error: float
    p: float
    seeds: int
    images: int


@dataclass(frozen=True)
class Measured:
    """One metric of one arm.

    Attributes:
        interval: the mean over seeds with its uncertainty.
        by_seed: the value of each seed.
    """

    interval: Interval
    by_seed: Mapping[int, float]


@dataclass(frozen=True)
class Contrast:
    """One metric of a treatment minus that of its control, paired by seed and by image.

    Attributes:
        treatment, control: names of arms that differ in exactly one slot.
        slot: that slot.
        metric: name of the metric.
        interval: of the difference.
        p_adjusted: Holm's, over the contrasts of the same metric.
        verdict: ``better``, ``worse``, ``equivalent`` or ``inconclusive``.
        by_seed: the difference of each seed.
    """

    treatment: str
    control: str
    slot: str
    metric: str
    interval: Interval
    p_adjusted: float
    verdict: str
    by_seed: Mapping[int, float]


@dataclass(frozen=True)
class Interaction:
    """How far a contrast depends on another slot: the difference of two differences.

    Attributes:
        first, second: (treatment, control) of the contrasts; the value is the first minus the second.
        slot: in which treatment and control differ.
        across: the slot in which the two contrasts differ.
        metric: name of the metric.
        interval: of the difference of differences.
    """

    first: tuple[str, str]
    second: tuple[str, str]
    slot: str
    across: str
    metric: str
    interval: Interval
