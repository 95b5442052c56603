"""What a metric makes of a table of logits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from visavis.quantities import Quantity

PART = 1 << 22
"""Logits that are held in double precision at a time: 32 MB."""


@dataclass(frozen=True)
class Score:
    """A metric of one table of logits.

    Attributes:
        value: the metric.
        shares: float64 [n], each image's pseudovalue.
    """

    value: float
    shares: np.ndarray


@dataclass(frozen=True)
class Support:
    """How many test images a metric rests on.

    Attributes:
        images: as many images of equal weight say as much of images that weren't seen; 0 where there are none.
        reach: the most by which the metric changes where all of them are unlike.
    """

    images: int
    reach: float = 1.0


class Metric(Quantity, Protocol):
    """A metric of a table of logits."""

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Score:
        """The metric of logits [n, classes] for labels [n]."""

    def support(self, labels: np.ndarray, value: float) -> Support:
        """How many of the images with these labels [n] the metric rests on, which has about this value."""


def by_parts(function: Callable[[np.ndarray], np.ndarray], logits: np.ndarray) -> np.ndarray:
    """float64 [n]: a function of float64 rows, applied to some rows of logits [n, classes] at a time."""
    rows = max(1, PART // logits.shape[1])
    starts = range(0, len(logits), rows)
    return np.concatenate([function(logits[start : start + rows].astype(np.float64)) for start in starts])
