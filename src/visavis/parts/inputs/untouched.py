"""The images as they are."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.data import ImageShape
from visavis.interfaces import Transform
from visavis.streams import Stream


@dataclass(frozen=True)
class Untouched:
    """Leaves every image as it is."""

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """See ``Intervention.draw``; draws nothing."""
        return Transform(apply=lambda images: images)
