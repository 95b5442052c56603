"""Colours made grey: what colour is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.data import ImageShape
from visavis.interfaces import Transform
from visavis.streams import Stream

LUMA = np.array([19595, 38470, 7471])
"""ITU-R 601 weights of red, green and blue in 65,536ths, as Pillow's mode L has them."""
COLOURS = 3


@dataclass(frozen=True)
class Grey:
    """Gives all three channels the image's luma; grey images stay as they are."""

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """See ``Intervention.draw``; draws nothing."""
        return Transform(apply=_grey)


def _grey(images: np.ndarray) -> np.ndarray:
    if images.shape[1] != COLOURS:
        return images
    luma = (np.einsum("nchw,c->nhw", images.astype(np.int64), LUMA) + (1 << 15)) >> 16
    return np.repeat(luma.astype(np.uint8)[:, None], COLOURS, axis=1)
