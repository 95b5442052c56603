"""Images made brighter or darker, flatter or steeper, by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visavis.checks import require_share
from visavis.interfaces import EpochDraws
from visavis.streams import Stream

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Jitter:
    """Changes a training image's brightness, then its contrast about its mean.

    Attributes:
        brightness, contrast: the farthest that a factor lies from 1, in [0, 1]; all factors between are equally likely.
            At 0 nothing changes.
    """

    brightness: float = 0.2
    contrast: float = 0.2

    def __post_init__(self) -> None:
        require_share(self.brightness, "augmentation.brightness")
        require_share(self.contrast, "augmentation.contrast")

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """See ``Augmentation.draw``; keeps the two factors of each."""
        import torch

        reach = np.array([self.brightness, self.contrast])
        factors = 1 + reach * stream.child("jitter").numpy().uniform(-1, 1, (count, 2))
        factors_by_row = torch.from_numpy(factors.astype(np.float32))

        def apply(images: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
            factors = factors_by_row[rows].to(images.device, non_blocking=True)
            brightness, contrast = (factor.view(-1, 1, 1, 1) for factor in factors.unbind(1))
            # a sum of whole numbers is the same however many images stand beside it
            mean = brightness * (images.sum((1, 2, 3), dtype=torch.int64).view(-1, 1, 1, 1) / images[0].numel()).float()
            pixels = (images * brightness - mean) * contrast + mean
            return pixels.round().clamp(0, 255).to(torch.uint8)

        return EpochDraws(apply, {"factors": factors})
