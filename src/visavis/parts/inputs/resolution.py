"""A lower resolution: how many pixels are needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from visavis.checks import require_whole
from visavis.data import ImageShape
from visavis.interfaces import Transform
from visavis.streams import Stream


@dataclass(frozen=True)
class Resolution:
    """Reduces images to fewer pixels and enlarges them again, so that the network sees its usual shape.

    Bilinear, antialiased (Pillow's ``resize``). Images that are no larger stay as they are.

    Attributes:
        side: pixels on the shorter side.
    """

    side: int

    def __post_init__(self) -> None:
        require_whole(self.side, "side", 1)

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """See ``Intervention.draw``; draws nothing."""
        shorter = min(shape.height, shape.width)
        if self.side >= shorter:
            return Transform(apply=lambda images: images)
        size = max(1, round(shape.width * self.side / shorter)), max(1, round(shape.height * self.side / shorter))
        return Transform(apply=lambda images: _at_resolution(images, size))


def _at_resolution(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Args: size: width and height in between."""
    planes = images.reshape(-1, *images.shape[2:])
    whole = images.shape[3], images.shape[2]
    bilinear = Image.Resampling.BILINEAR
    small = (Image.fromarray(plane).resize(size, bilinear).resize(whole, bilinear) for plane in planes)
    return np.stack([np.asarray(plane) for plane in small]).reshape(images.shape)
