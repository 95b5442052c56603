"""Images of one size, one by one: grey ones until the first coloured one gives colours to all."""

from __future__ import annotations

import numpy as np

from visavis.arrays import GrowingArray, slices


class Stack:
    """Grows by one decoded image at a time, so that memory holds the pixels once, or not even that.

    Attributes:
        shape: of every image so far, (channels, height, width); None before the first.
    """

    def __init__(self) -> None:
        self.shape: tuple[int, ...] | None = None
        self._pixels = GrowingArray()

    @property
    def nbytes(self) -> int:
        """Bytes of pixels."""
        return self._pixels.nbytes

    def fits(self, image: np.ndarray) -> bool:
        """Whether an image uint8 [c, h, w] has the size of those before it."""
        return self.shape is None or image.shape[1:] == self.shape[1:]

    def add(self, image: np.ndarray) -> None:
        """Adds an image that fits, uint8 [1 or 3, h, w]."""
        if self.shape is None:
            self.shape = image.shape
        if len(image) > self.shape[0]:
            self._colour()
            self.shape = image.shape
        self._pixels.add(np.broadcast_to(image, self.shape)[None])

    def _colour(self) -> None:
        grey, self._pixels = self._pixels.array(), GrowingArray()
        for part in slices(grey):
            self._pixels.add(np.repeat(grey[part], 3, axis=1))

    def array(self) -> np.ndarray:
        """All images, uint8 [n, c, h, w]; none can be added any more."""
        return self._pixels.array()
