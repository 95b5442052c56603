"""One bijection of the pixel positions, the same for every image and channel.

It destroys spatial locality and nothing else: each image keeps its histogram, and a model that is blind to the order
of its inputs (a multilayer perceptron) loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.data import ImageShape
from visavis.interfaces import Transform
from visavis.streams import Stream, root


@dataclass(frozen=True)
class Permutation:
    """A bijection of pixel positions.

    Attributes:
        order: int64 [h * w]; position k of the result is taken from position ``order[k]``.
    """

    order: np.ndarray

    def apply(self, images: np.ndarray) -> np.ndarray:
        """uint8 [n, c, h, w] -> a new array with every image's positions permuted alike."""
        flat = images.reshape(*images.shape[:2], -1)
        return np.take(flat, self.order, axis=2).reshape(images.shape)

    def inverse(self) -> Permutation:
        """The permutation that restores."""
        return Permutation(np.argsort(self.order))


@dataclass(frozen=True)
class PixelPermutation:
    """Permutes the positions of the pixels.

    Attributes:
        fixed: one permutation for all seeds; by default each seed draws its own, so that its variance is part of
            the interval.
    """

    fixed: bool = False

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """See ``Intervention.draw``; keeps the permutation as ``order``."""
        # a stream of its own for all seeds, not that of seed 0, from which an arm that isn't fixed draws
        source = root(0).child("fixed input") if self.fixed else stream
        order = source.child("pixel permutation").numpy().permutation(shape.height * shape.width)
        return Transform(apply=Permutation(order).apply, arrays={"order": order})
