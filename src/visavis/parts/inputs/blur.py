"""A Gaussian blur: what fine detail is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.checks import excerpt, is_number, require
from visavis.data import ImageShape
from visavis.interfaces import Transform
from visavis.streams import Stream

MOST = 100
"""Pixels; wider than that nothing is left of any image."""
TRUNCATION = 4
"""Deviations on each side beyond which the kernel is cut off."""


@dataclass(frozen=True)
class Blur:
    """Blurs with a Gaussian kernel, channel by channel, mirrored at the edges: scipy's ``gaussian_filter``, but for
    rounding.

    Attributes:
        deviation: of the kernel, in pixels; 0 changes nothing.
    """

    deviation: float

    def __post_init__(self) -> None:
        is_size = is_number(self.deviation) and 0 <= self.deviation <= MOST
        require(is_size, "deviation", excerpt(self.deviation), f"pixels, from 0 to {MOST}")

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """See ``Intervention.draw``; draws nothing."""
        return Transform(apply=self._apply)

    def _apply(self, images: np.ndarray) -> np.ndarray:
        if not self.deviation:
            return images
        radius = int(TRUNCATION * self.deviation + 0.5)
        kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / self.deviation) ** 2)
        kernel = (kernel / kernel.sum()).astype(np.float32)
        return np.rint(_along(_along(images.astype(np.float32), kernel, 2), kernel, 3)).clip(0, 255).astype(np.uint8)


def _along(images: np.ndarray, kernel: np.ndarray, axis: int) -> np.ndarray:
    """float32 [n, c, h, w], convolved along one axis; the same for an image whatever stands beside it."""
    radius, length = len(kernel) // 2, images.shape[axis]
    margins = [(radius, radius) if number == axis else (0, 0) for number in range(images.ndim)]
    source, total = np.pad(images, margins, mode="symmetric"), np.zeros_like(images)
    for offset, weight in enumerate(kernel):
        total += weight * np.take(source, range(offset, offset + length), axis=axis)
    return total
