"""Independent normal noise on every pixel, the same for the same image whenever and beside whatever it is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.checks import excerpt, is_number, require
from visavis.data import ImageShape
from visavis.interfaces import Transform
from visavis.parts.inputs.own_draws import generator_of, key_of
from visavis.streams import Stream


@dataclass(frozen=True)
class GaussianNoise:
    """Adds normal noise, independent from pixel to pixel and channel to channel; clipped to bytes.

    An image's noise is drawn from a hash of its own bytes and a key of the stream. So it doesn't depend on the images
    beside it or on their order, and images that are equal in every byte stay equal. A larger deviation scales the same
    noise: levels are nested, and a deviation of 0 changes nothing.

    Attributes:
        deviation: standard deviation, as a share of the range of 255.
    """

    deviation: float

    def __post_init__(self) -> None:
        is_share = is_number(self.deviation) and 0 <= self.deviation <= 1
        require(is_share, "deviation", excerpt(self.deviation), "a share of the range of pixels, from 0 to 1")

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """See ``Intervention.draw``; keeps the noise's ``key``."""
        key = key_of(stream.child("gaussian noise"))
        return Transform(apply=_Noise(255 * float(self.deviation), key).apply, arrays={"key": key})


@dataclass(frozen=True)
class _Noise:
    """Noise that an image draws itself.

    Attributes:
        deviation: in grey levels.
        key: uint32 [k].
    """

    deviation: float
    key: np.ndarray

    def apply(self, images: np.ndarray) -> np.ndarray:
        """uint8 [n, c, h, w] -> a new array; without noise the same one."""
        if not self.deviation:
            return images
        noisy = np.empty_like(images)
        for row, image in enumerate(images):
            noise = generator_of(image, self.key).standard_normal(image.shape, np.float32)
            noisy[row] = np.rint(image + self.deviation * noise).clip(0, 255)
        return noisy
