"""Square patches in another order: locality is kept within them and destroyed between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.checks import require_whole
from visavis.data import ImageShape
from visavis.interfaces import Transform
from visavis.streams import Stream, root


@dataclass(frozen=True)
class PatchShuffle:
    """Shuffles the square patches of a grid, the same way in every image and channel.

    With patches of one pixel it is a permutation of the pixels; with one patch it changes nothing. Rows and columns
    that are left over at the lower and right edge stay where they are.

    Attributes:
        size: pixels on a patch's side.
        fixed: one order for all seeds; by default each seed draws its own.
    """

    size: int
    fixed: bool = False

    def __post_init__(self) -> None:
        require_whole(self.size, "size", 1)

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """See ``Intervention.draw``; keeps the patches' ``order``."""
        rows, columns = shape.height // self.size, shape.width // self.size
        source = root(0).child("fixed input") if self.fixed else stream
        order = source.child("patch shuffle").numpy().permutation(rows * columns)
        return Transform(apply=_Patches(int(self.size), rows, columns, order).apply, arrays={"order": order})


@dataclass(frozen=True)
class _Patches:
    """An order of patches.

    Attributes:
        size: pixels on a side.
        rows, columns: of the grid.
        order: int64 [rows * columns]; patch k of the result is patch ``order[k]``.
    """

    size: int
    rows: int
    columns: int
    order: np.ndarray

    def apply(self, images: np.ndarray) -> np.ndarray:
        """uint8 [n, c, h, w] -> a new array; with one patch or none the same one."""
        if len(self.order) < 2:
            return images
        height, width, size = self.rows * self.size, self.columns * self.size, self.size
        grid = images[:, :, :height, :width].reshape(*images.shape[:2], self.rows, size, self.columns, size)
        patches = grid.transpose(0, 1, 2, 4, 3, 5).reshape(*images.shape[:2], -1, size, size)[:, :, self.order]
        back = patches.reshape(*images.shape[:2], self.rows, self.columns, size, size).transpose(0, 1, 2, 4, 3, 5)
        result = images.copy()
        result[:, :, :height, :width] = back.reshape(*images.shape[:2], height, width)
        return result
