"""A rectangle of a training image replaced by another image's, with both labels (CutMix: Yun et al. 2019)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visavis.checks import require_positive
from visavis.interfaces import EpochDraws
from visavis.parts.augmentations.mixup import as_they_are
from visavis.streams import Stream

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class CutMix:
    """Puts into a training image a rectangle of the one beside it in the epoch's order; labels are shared by area.

    Attributes:
        alpha: the image's share of the area is drawn from Beta(alpha, alpha), at 1 all are equally likely; what of a
            rectangle lies outside of the image is lost.
    """

    alpha: float = 1.0

    def __post_init__(self) -> None:
        require_positive(self.alpha, "augmentation.alpha")

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """See ``Augmentation.draw``; keeps centre (down, across) and share of the side of each rectangle."""
        import torch

        from visavis.parts.augmentations.pixels import within

        generator = stream.child("cut-mix").numpy()
        sides = np.sqrt(1 - generator.beta(self.alpha, self.alpha, count))
        rectangles = np.column_stack([generator.random((count, 2)), sides])
        rectangles_by_row = torch.from_numpy(rectangles)

        def mix(images: torch.Tensor, partners: torch.Tensor, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            whole, rectangle = torch.tensor(images.shape[2:]), rectangles_by_row[rows]
            centres, halves = (rectangle[:, :2] * whole).floor(), (rectangle[:, 2:] * whole / 2).floor()
            starts = (centres - halves).clamp(min=0).long()
            ends = torch.minimum(centres + halves, whole).long()
            shares = 1 - (ends - starts).prod(1) / whole.prod()
            starts, ends = (points.to(images.device, non_blocking=True) for points in (starts, ends))
            is_partner = within(starts, ends, images)
            return torch.where(is_partner, partners, images), shares.float().to(images.device, non_blocking=True)

        return EpochDraws(as_they_are, {"rectangles": rectangles}, mix)
