"""The whole training part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.interfaces import TrainingRows
from visavis.streams import Stream


@dataclass(frozen=True)
class Everything:
    """All training images, with their labels."""

    def draw(self, labels: np.ndarray, classes: Sequence[str], stream: Stream) -> TrainingRows:  # noqa: ARG002
        """See ``TrainingSet.draw``; draws nothing."""
        return TrainingRows(np.arange(len(labels)), labels)
