"""A square of each image hidden: how much of it is needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.checks import excerpt, is_number, require
from visavis.data import ImageShape
from visavis.interfaces import Transform
from visavis.parts.inputs.own_draws import generator_of, key_of
from visavis.streams import Stream

GREY = 128


@dataclass(frozen=True)
class Occlusion:
    """Hides a rectangle of the image's own shape behind grey, at a place that each image draws by its own bytes.

    A larger share grows the same rectangle: levels are nested, and a share of 0 changes nothing.

    Attributes:
        share: of the image's area that is hidden, from 0 to 1.
    """

    share: float

    def __post_init__(self) -> None:
        is_share = is_number(self.share) and 0 <= self.share <= 1
        require(is_share, "share", excerpt(self.share), "a share of the image's area, from 0 to 1")

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """See ``Intervention.draw``; keeps the ``key`` of the places."""
        key = key_of(stream.child("occlusion"))
        sides = tuple(round(side * self.share**0.5) for side in (shape.height, shape.width))
        return Transform(apply=_Rectangle(sides, key).apply, arrays={"key": key})


@dataclass(frozen=True)
class _Rectangle:
    """What is hidden.

    Attributes:
        sides: height and width.
        key: uint32 [k], of the places.
    """

    sides: tuple[int, ...]
    key: np.ndarray

    def apply(self, images: np.ndarray) -> np.ndarray:
        """uint8 [n, c, h, w] -> a new array; where nothing is hidden the same one."""
        if not all(self.sides):
            return images
        hidden = images.copy()
        for row, image in enumerate(images):
            # a point within the image that the rectangle grows about: it stays within the image at every size
            points = generator_of(image, self.key).random(2)
            rooms = [whole - side for whole, side in zip(image.shape[1:], self.sides, strict=True)]
            first_row, first_column = (int(point * room) for point, room in zip(points, rooms, strict=True))
            hidden[row, :, first_row : first_row + self.sides[0], first_column : first_column + self.sides[1]] = GREY
        return hidden
