"""A part of the image made as large as the whole, by chance (random resized crop: Szegedy et al. 2015)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visavis.checks import excerpt, is_number, require
from visavis.interfaces import EpochDraws
from visavis.streams import Stream

if TYPE_CHECKING:
    import torch

FLATTEST = 3 / 4
"""Ratio of a part's sides; the tallest is as tall as this is flat."""


@dataclass(frozen=True)
class ResizedCrop:
    """Shows a part of a training image, stretched to the whole image's size.

    Attributes:
        smallest: share of the image's area that a part has at least, in (0, 1]; all shares up to 1 are equally likely.
            torchvision's own is .08.
    """

    smallest: float = 0.08

    def __post_init__(self) -> None:
        is_share = is_number(self.smallest) and 0 < self.smallest <= 1
        require(is_share, "augmentation.smallest", excerpt(self.smallest), "a share of the area, 0 < smallest <= 1")

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """See ``Augmentation.draw``; keeps top, left, height and width of each, as shares."""
        import torch

        from visavis.parts.augmentations.pixels import warp

        generator = stream.child("resized-crop").numpy()
        area = generator.uniform(self.smallest, 1, count)
        ratio = np.exp(generator.uniform(np.log(FLATTEST), -np.log(FLATTEST), count))
        sides = np.minimum(np.sqrt(np.stack([area * ratio, area / ratio], axis=1)), 1)
        parts = np.hstack([generator.random((count, 2)) * (1 - sides), sides])
        parts_by_row = torch.from_numpy(parts)

        def apply(images: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
            lengths = torch.tensor(images.shape[2:])
            parts = parts_by_row[rows]
            starts, sides = parts[:, :2], parts[:, 2:]
            matrices = torch.zeros(len(rows), 2, 3, dtype=torch.float64)
            # rows of a matrix are x, then y; a part's centre, from the image's
            centres = (starts + sides / 2 - 0.5) * lengths
            matrices[:, 0, 0], matrices[:, 1, 1] = sides[:, 1], sides[:, 0]
            matrices[:, 0, 2], matrices[:, 1, 2] = centres[:, 1], centres[:, 0]
            return warp(images, matrices.float().to(images.device, non_blocking=True), smooth=True)

        return EpochDraws(apply, {"parts": parts})
