"""Images moved by a few pixels, by chance: a crop with padding is the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visavis.checks import excerpt, is_whole, require, require_whole
from visavis.interfaces import EpochDraws
from visavis.streams import Stream

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Shift:
    """Moves a training image up or down and left or right.

    Attributes:
        pixels: the farthest, in each direction; every whole number of pixels is equally likely. At 0 nothing changes.
        fill: brightness of what comes in, from 0 (black) to 255; by default it repeats the edge's pixels. ``Shift(4,
            fill=0)`` is what others call a random crop with a padding of 4.
    """

    pixels: int
    fill: int | None = None

    def __post_init__(self) -> None:
        require_whole(self.pixels, "augmentation.pixels", 0)
        is_level = self.fill is None or (is_whole(self.fill, 0) and self.fill in range(256))
        require(is_level, "augmentation.fill", excerpt(self.fill), "a whole number from 0 to 255, or None")

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """See ``Augmentation.draw``."""
        import torch

        shifts = stream.child("shift").numpy().integers(-self.pixels, self.pixels, (count, 2), endpoint=True)
        shifts_by_row = torch.from_numpy(shifts)

        def apply(images: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
            offsets = shifts_by_row[rows].to(images.device, non_blocking=True)
            height, width = images.shape[2:]
            # Pixel y of the result is taken from y - shift, or from the edge where that lies outside.
            ys = torch.arange(height, device=images.device) - offsets[:, :1]
            xs = torch.arange(width, device=images.device) - offsets[:, 1:]
            rows_within, columns_within = ys.clamp(0, height - 1), xs.clamp(0, width - 1)
            # [n, h * w], in an image's pixels in a row
            sources = (rows_within[:, :, None] * width + columns_within[:, None, :]).flatten(1)
            pixels = images.flatten(2)
            result = pixels.gather(2, sources[:, None].expand_as(pixels)).view_as(images)
            if self.fill is None:
                return result
            is_outside = (ys != rows_within)[:, None, :, None] | (xs != columns_within)[:, None, None, :]
            return result.masked_fill(is_outside, self.fill)

        return EpochDraws(apply, {"shifts": shifts})
