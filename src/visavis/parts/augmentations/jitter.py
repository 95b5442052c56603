"""Images made brighter or darker, flatter or steeper, more or less colourful, by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visavis.checks import excerpt, is_number, require, require_share
from visavis.errors import InvalidStudy
from visavis.interfaces import EpochDraws
from visavis.streams import Stream

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Jitter:
    """Changes a training image's brightness, then its contrast about its mean, its saturation, and its hue.

    Attributes:
        brightness, contrast, saturation: the farthest that a factor lies from 1, in [0, 1]; all factors between are
            equally likely. At 0 nothing changes.
        hue: the farthest turn of the colours to either side, as a share of the circle of hues, in [0, .5].
    """

    brightness: float = 0.2
    contrast: float = 0.2
    saturation: float = 0.0
    hue: float = 0.0

    def __post_init__(self) -> None:
        for name in ("brightness", "contrast", "saturation"):
            require_share(getattr(self, name), f"augmentation.{name}")
        is_turn = is_number(self.hue) and 0 <= self.hue <= 0.5
        require(is_turn, "augmentation.hue", excerpt(self.hue), "a share of the circle of hues, from 0 to .5")

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """See ``Augmentation.draw``; keeps the three factors and the turn of each."""
        import torch

        from visavis.parts.augmentations import pixels

        reach = np.array([self.brightness, self.contrast, self.saturation, self.hue])
        changes = np.array([1.0, 1, 1, 0]) + reach * stream.child("jitter").numpy().uniform(-1, 1, (count, 4))
        changes_by_row = torch.from_numpy(changes.astype(np.float32))
        steps = (pixels.brighten, pixels.scale_contrast, pixels.saturate, pixels.turn_hue)
        numbers = [number for number in range(4) if reach[number]]

        def apply(images: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
            if images.shape[1] != 3 and (self.saturation or self.hue):
                got = f"images of {images.shape[1]} channels"
                raise InvalidStudy(
                    "augmentation.saturation and augmentation.hue can't be used",
                    got=got,
                    expected="red, green and blue",
                    do="leave both at 0, or decode the images in colour: --data with channels=3",
                )
            changes = changes_by_row[rows].to(images.device, non_blocking=True)
            for number in numbers:
                images = steps[number](images, changes[:, number])
            return images

        return EpochDraws(apply, {"changes": changes})
