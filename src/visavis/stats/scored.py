"""What a metric makes of a table of logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from visavis.numbers import Quantity


@dataclass(frozen=True)
class Scored:
    """A metric of one table of logits.

    Attributes:
        value: the metric.
        shares: float64 [n], each image's pseudovalue.
    """

    value: float
    shares: np.ndarray


class Metric(Quantity, Protocol):
    """A metric of a table of logits."""

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Scored:
        """The metric of logits [n, classes] for labels [n]."""
