"""A rectangle of a training image hidden, by chance (random erasing: Zhong et al. 2020)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visavis.checks import excerpt, is_number, require, require_share
from visavis.interfaces import EpochDraws
from visavis.streams import Stream

if TYPE_CHECKING:
    import torch

SMALLEST = 0.02
FLATTEST = 0.3
"""Ratio of a rectangle's sides; the tallest is as tall as this is flat."""
GREY = 128


@dataclass(frozen=True)
class Erase:
    """Hides a rectangle of a training image behind grey.

    Attributes:
        probability: of each image in each epoch, in [0, 1]; at 0 nothing changes.
        share: the largest, of the image's area; the smallest is .02, and all between are equally likely.
    """

    probability: float = 0.5
    share: float = 0.33

    def __post_init__(self) -> None:
        require_share(self.probability, "augmentation.probability")
        is_share = is_number(self.share) and SMALLEST <= self.share <= 1
        require(is_share, "augmentation.share", excerpt(self.share), f"a share of the area, from {SMALLEST} to 1")

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """See ``Augmentation.draw``; keeps top, left, height and width of each, as shares."""
        import torch

        from visavis.parts.augmentations.pixels import within

        generator = stream.child("erase").numpy()
        is_erased = generator.random(count) < self.probability
        area = generator.uniform(SMALLEST, self.share, count)
        ratio = np.exp(generator.uniform(np.log(FLATTEST), -np.log(FLATTEST), count))
        corners = generator.random((count, 2))
        sides = np.minimum(np.sqrt(np.stack([area * ratio, area / ratio], axis=1)), 1) * is_erased[:, None]
        rectangles = np.hstack([corners, sides])
        rectangles_by_row = torch.from_numpy(rectangles)

        def apply(images: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
            whole = torch.tensor(images.shape[2:])
            shares = rectangles_by_row[rows]
            corners, sides = shares[:, :2], shares[:, 2:]
            lengths = (sides * whole).round().long()
            starts = (corners * (whole - lengths + 1)).long()
            starts, ends = (points.to(images.device, non_blocking=True) for points in (starts, starts + lengths))
            return images.masked_fill(within(starts, ends, images), GREY)

        return EpochDraws(apply, {"rectangles": rectangles})
