"""A training part drawn anew in every seed, so that a result speaks for other training images, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.interfaces import TrainingRows
from visavis.streams import Stream


@dataclass(frozen=True)
class Bootstrap:
    """As many images of every class as there are, drawn with replacement anew in every seed (Efron 1979).

    In every arm of a study it makes the training sample a source of variation, like first weights and data order
    (Bouthillier et al. 2021): the interval then holds for new training images of the same kind, and is wider. About
    63 % of the images stand in a draw, so that all arms train on less than they could.
    """

    def draw(self, labels: np.ndarray, classes: Sequence[str], stream: Stream) -> TrainingRows:
        """See ``TrainingSet.draw``; the same in all arms of a seed."""
        generator = stream.child("bootstrap").numpy()
        by_class = [np.flatnonzero(labels == label) for label in range(len(classes))]
        draws = [images[generator.integers(len(images), size=len(images))] for images in by_class]
        rows = np.sort(np.concatenate(draws))
        return TrainingRows(rows, labels[rows])
