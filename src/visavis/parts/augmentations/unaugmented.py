"""The training images as they are."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.interfaces import EpochDraws
from visavis.streams import Stream


@dataclass(frozen=True)
class Unaugmented:
    """Shows every training image as it is, in every epoch."""

    def draw(self, count: int, stream: Stream) -> EpochDraws:  # noqa: ARG002
        """See ``Augmentation.draw``; draws nothing."""
        return EpochDraws(lambda images, rows: images)  # noqa: ARG005
