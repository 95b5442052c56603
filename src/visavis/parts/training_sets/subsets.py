"""Fewer training images, the shares or numbers of the classes kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.checks import excerpt, is_number, require, require_whole
from visavis.errors import InvalidStudy
from visavis.interfaces import TrainingRows
from visavis.quantities import list_text, some_text
from visavis.streams import Stream

MOST_NAMED = 5
"""Classes that an error names."""


@dataclass(frozen=True)
class Fraction:
    """The same share of every class, drawn anew in every seed; smaller shares lie within larger ones.

    Attributes:
        share: of each class, in (0, 1], rounded to whole images; at 1 it is everything.
        same_steps: whether an epoch still has as many steps as with all images: it goes over the fewer images several
            times. So "less data" is told apart from "fewer steps".
    """

    share: float
    same_steps: bool = False

    def __post_init__(self) -> None:
        require(is_number(self.share) and 0 < self.share <= 1, "training.share", excerpt(self.share), "in (0, 1]")

    def draw(self, labels: np.ndarray, classes: Sequence[str], stream: Stream) -> TrainingRows:
        """See ``TrainingSet.draw``."""
        counts = np.bincount(labels, minlength=len(classes))
        chosen_counts = np.floor(self.share * counts + 0.5).astype(np.int64)
        empty = np.flatnonzero((chosen_counts == 0) & (counts > 0)).tolist()
        if empty:
            names = some_text([classes[label] for label in empty], MOST_NAMED, list_text)
            smallest = min(empty, key=counts.__getitem__)
            raise InvalidStudy(
                f"training.share {self.share:g} leaves no image of {names}",
                got=f"{counts[smallest]:,} training images of {classes[smallest]}",
                expected="an image of every class",
                do=f"take {math.ceil(500 / counts[smallest]) / 1000:g} or more",
            )
        return _rows(labels, chosen_counts, stream, same_steps=self.same_steps)


@dataclass(frozen=True)
class PerClass:
    """As many images of every class, drawn anew in every seed; smaller numbers lie within larger ones.

    Attributes:
        count: images of each class, 1 or more.
        same_steps: as for ``Fraction``.
    """

    count: int
    same_steps: bool = False

    def __post_init__(self) -> None:
        require_whole(self.count, "training.count", 1)

    def draw(self, labels: np.ndarray, classes: Sequence[str], stream: Stream) -> TrainingRows:
        """See ``TrainingSet.draw``."""
        counts = np.bincount(labels, minlength=len(classes))
        short = np.flatnonzero(counts < self.count).tolist()
        if len(short):
            names = some_text([f"{classes[label]} ({counts[label]:,})" for label in short], MOST_NAMED, list_text)
            raise InvalidStudy(
                f"training.count {self.count:,} is more than there are images of {names}",
                got=f"{len(short):,} of {len(classes):,} classes with fewer",
                expected=f"at most {counts.min():,}" if counts.min() else "training images of every class",
            )
        return _rows(labels, np.full(len(classes), self.count), stream, same_steps=self.same_steps)


def _rows(labels: np.ndarray, counts: np.ndarray, stream: Stream, *, same_steps: bool) -> TrainingRows:
    """The first images of each class in the seed's order; rows stay in the order of the training part."""
    order = stream.child("subset").numpy().permutation(len(labels))
    by_class = order[np.argsort(labels[order], kind="stable")]
    starts = np.cumsum([0, *np.bincount(labels, minlength=len(counts))[:-1]])
    rows = np.concatenate([by_class[start : start + count] for start, count in zip(starts, counts, strict=True)])
    if same_steps:
        rows = np.resize(order[np.isin(order, rows)], len(labels))
    rows = np.sort(rows)
    return TrainingRows(rows, labels[rows])
