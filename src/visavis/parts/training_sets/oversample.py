"""Rarer classes shown more often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.checks import require_share
from visavis.interfaces import TrainingRows
from visavis.streams import Stream


@dataclass(frozen=True)
class Oversample:
    """Repeats images of rarer classes, up to as many as the largest class has; which ones, each seed draws anew.
    Smaller shares repeat some of what larger ones do. An epoch has more steps; augmented, each copy is another view.

    Attributes:
        share: of the way to even classes, in [0, 1]: at 0 nothing is repeated, at 1 every class is as large.
    """

    share: float = 1.0

    def __post_init__(self) -> None:
        require_share(self.share, "training.share")

    def draw(self, labels: np.ndarray, classes: Sequence[str], stream: Stream) -> TrainingRows:
        """See ``TrainingSet.draw``."""
        counts = np.bincount(labels, minlength=len(classes))
        lacks = np.floor(self.share * (counts.max() - counts) + 0.5).astype(np.int64)
        repeats = [np.arange(len(labels))]
        for label in np.flatnonzero(counts).tolist():
            images = np.flatnonzero(labels == label)
            order = stream.child("oversample", label).numpy().permutation(images)
            repeats.append(np.resize(order, lacks[label]))  # once through all of them, and again
        rows = np.sort(np.concatenate(repeats))
        return TrainingRows(rows, labels[rows])
