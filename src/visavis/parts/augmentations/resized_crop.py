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
"""Width of a part over its height, in pixels; the widest is as wide as this is tall."""
TRIES = 10
"""Areas and ratios that are drawn for an image; the first part that fits is taken, and where none does the whole."""


@dataclass(frozen=True)
class ResizedCrop:
    """Shows a part of a training image, stretched to the whole image's size.

    Attributes:
        smallest: share of the image's area that a part has at least, in (0, 1]; all shares up to 1 are equally likely,
            as far as a part of the drawn shape fits. At 1 nothing changes. torchvision's own is .08.
    """

    smallest: float = 0.08

    def __post_init__(self) -> None:
        is_share = is_number(self.smallest) and 0 < self.smallest <= 1
        require(is_share, "augmentation.smallest", excerpt(self.smallest), "a share of the area, 0 < smallest <= 1")

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """See ``Augmentation.draw``; keeps areas, ratios of width to height, and corners (down, across), as shares."""
        import torch

        from visavis.parts.augmentations.pixels import warp

        generator = stream.child("resized-crop").numpy()
        areas = generator.uniform(self.smallest, 1, (count, TRIES))
        ratios = np.exp(generator.uniform(np.log(FLATTEST), -np.log(FLATTEST), (count, TRIES)))
        corners = generator.random((count, 2))
        by_row = [torch.from_numpy(array) for array in (areas, ratios, corners)]

        def apply(images: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
            lengths = torch.tensor(images.shape[2:])
            areas, ratios, corners = (array[rows] for array in by_row)
            sides = _sides(areas, ratios, lengths)
            matrices = torch.zeros(len(rows), 2, 3, dtype=torch.float64)
            # rows of a matrix are x, then y; a part's centre, from the image's
            centres = (corners - 0.5) * (1 - sides) * lengths
            matrices[:, 0, 0], matrices[:, 1, 1] = sides[:, 1], sides[:, 0]
            matrices[:, 0, 2], matrices[:, 1, 2] = centres[:, 1], centres[:, 0]
            matrices = matrices.float().to(images.device, non_blocking=True)
            return warp(images, matrices, smooth=True, fill_edge=True)

        return EpochDraws(apply, {"areas": areas, "ratios": ratios, "corners": corners})


def _sides(areas: torch.Tensor, ratios: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Height and width of each part, as shares of the image's: of the first try that fits, or of the whole."""
    import torch

    ratios = ratios * (lengths[0] / lengths[1])  # of shares, and not of pixels
    sides = torch.stack([(areas / ratios).sqrt(), (areas * ratios).sqrt()], 2)
    fits = (sides <= 1).all(2)
    first = sides[torch.arange(len(sides)), fits.int().argmax(1)]
    return torch.where(fits.any(1, keepdim=True), first, torch.ones(()))
