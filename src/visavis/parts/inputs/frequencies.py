"""Only the low, or only the high spatial frequencies: shapes without detail, detail without shapes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.checks import excerpt, is_number, require
from visavis.data import ImageShape
from visavis.interfaces import Transform
from visavis.streams import Stream

MIDDLE = 127.5


@dataclass(frozen=True)
class LowPass:
    """Keeps the spatial frequencies up to a cutoff, channel by channel.

    Attributes:
        cutoff: in cycles per pixel; .71 and more keeps all of them.
    """

    cutoff: float

    def __post_init__(self) -> None:
        _require_cutoff(self.cutoff)

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """See ``Intervention.draw``; draws nothing."""
        keeps = _radius(shape) <= self.cutoff
        return Transform(apply=lambda images: images if keeps.all() else _bytes(_frequencies_of(images, keeps)))


@dataclass(frozen=True)
class HighPass:
    """Keeps the spatial frequencies above a cutoff, channel by channel, about a middle grey.

    Attributes:
        cutoff: in cycles per pixel; 0 takes away the mean of each image alone.
    """

    cutoff: float

    def __post_init__(self) -> None:
        _require_cutoff(self.cutoff)

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """See ``Intervention.draw``; draws nothing."""
        keeps = _radius(shape) > self.cutoff
        return Transform(apply=lambda images: _bytes(_frequencies_of(images, keeps) + MIDDLE))


def _require_cutoff(cutoff: object) -> None:
    is_frequency = is_number(cutoff) and 0 <= cutoff <= 1
    require(is_frequency, "cutoff", excerpt(cutoff), "cycles per pixel, from 0 to 1")


def _radius(shape: ImageShape) -> np.ndarray:
    """float64 [h, w // 2 + 1]: the spatial frequency of each coefficient."""
    return np.hypot(np.fft.fftfreq(shape.height)[:, None], np.fft.rfftfreq(shape.width)[None])


def _frequencies_of(images: np.ndarray, keeps: np.ndarray) -> np.ndarray:
    # image by image: transforms of several at once differ in the last bit from those of one
    return np.stack([np.fft.irfft2(np.fft.rfft2(image) * keeps, s=image.shape[1:]) for image in images])


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.rint(values).clip(0, 255).astype(np.uint8)
