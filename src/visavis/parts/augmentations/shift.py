"""Images moved by a few pixels, by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visavis.checks import require_whole
from visavis.interfaces import EpochDraws
from visavis.streams import Stream

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Shift:
    """Moves a training image up or down and left or right; what comes in repeats the edge's pixels.

    Attributes:
        pixels: the farthest, in each direction; every whole number of pixels is equally likely. At 0 nothing changes.
    """

    pixels: int

    def __post_init__(self) -> None:
        require_whole(self.pixels, "augmentation.pixels", 0)

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """See ``Augmentation.draw``."""
        import torch

        shifts = stream.child("shift").numpy().integers(-self.pixels, self.pixels, (count, 2), endpoint=True)
        shifts_by_row = torch.from_numpy(shifts)

        def apply(images: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
            offsets = shifts_by_row[rows].to(images.device, non_blocking=True)
            height, width = images.shape[2:]
            # Pixel y of the result is taken from y - shift, or from the edge where that lies outside.
            ys = (torch.arange(height, device=images.device) - offsets[:, :1]).clamp(0, height - 1)
            xs = (torch.arange(width, device=images.device) - offsets[:, 1:]).clamp(0, width - 1)
            sources = (ys[:, :, None] * width + xs[:, None, :]).flatten(1)  # [n, h * w], in an image's pixels in a row
            pixels = images.flatten(2)
            return pixels.gather(2, sources[:, None].expand_as(pixels)).view_as(images)

        return EpochDraws(apply, {"shifts": shifts})
