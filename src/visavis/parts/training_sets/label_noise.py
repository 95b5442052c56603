"""Wrong labels, on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.checks import require_share
from visavis.interfaces import TrainingRows
from visavis.streams import Stream


@dataclass(frozen=True)
class LabelNoise:
    """All training images, some under the label of another class, drawn anew in every seed; the test labels stay.

    A smaller rate's wrong labels are among a larger one's, with the same wrong class; at 0 nothing changes.

    Attributes:
        rate: probability of each label to be wrong, in [0, 1]; the other classes are equally likely.
    """

    rate: float

    def __post_init__(self) -> None:
        require_share(self.rate, "training.rate")

    def draw(self, labels: np.ndarray, classes: Sequence[str], stream: Stream) -> TrainingRows:
        """See ``TrainingSet.draw``."""
        generator = stream.child("label noise").numpy()
        # Both for every image, whatever the rate, so that rates are nested.
        chances, shifts = generator.random(len(labels)), generator.integers(1, len(classes), len(labels))
        wrong_labels = (labels + shifts) % len(classes)
        return TrainingRows(np.arange(len(labels)), np.where(chances < self.rate, wrong_labels, labels))
