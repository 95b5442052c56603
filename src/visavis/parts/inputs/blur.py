"""A Gaussian blur: what fine detail is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from visavis.checks import excerpt, is_number, require
from visavis.data import ImageShape
from visavis.interfaces import Transform
from visavis.streams import Stream

MOST = 1000


@dataclass(frozen=True)
class Blur:
    """Blurs with a Gaussian kernel, channel by channel, mirrored at the edges (scipy's ``gaussian_filter``).

    Attributes:
        deviation: of the kernel, in pixels; 0 changes nothing.
    """

    deviation: float

    def __post_init__(self) -> None:
        is_size = is_number(self.deviation) and 0 <= self.deviation <= MOST
        require(is_size, "deviation", excerpt(self.deviation), f"pixels, from 0 to {MOST:,}")

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """See ``Intervention.draw``; draws nothing."""
        return Transform(apply=self._apply)

    def _apply(self, images: np.ndarray) -> np.ndarray:
        if not self.deviation:
            return images
        blurred = gaussian_filter(images.astype(np.float32), (0, 0, self.deviation, self.deviation), mode="reflect")
        return np.rint(blurred).clip(0, 255).astype(np.uint8)
