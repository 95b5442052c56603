"""Images turned about their centre, by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visavis.checks import excerpt, is_number, require
from visavis.interfaces import EpochDraws
from visavis.streams import Stream

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Rotate:
    """Turns a training image about its centre; what comes in from outside is black.

    Attributes:
        degrees: the farthest, to either side, in [0, 180]; all angles between are equally likely. At 0 nothing changes.
    """

    degrees: float = 15.0

    def __post_init__(self) -> None:
        is_angle = is_number(self.degrees) and 0 <= self.degrees <= 180
        require(is_angle, "augmentation.degrees", excerpt(self.degrees), "degrees from 0 to 180")

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """See ``Augmentation.draw``; keeps the angles, counter-clockwise."""
        import torch

        from visavis.parts.augmentations.operations import turns
        from visavis.parts.augmentations.pixels import warp

        angles = stream.child("rotate").numpy().uniform(-1, 1, count) * self.degrees
        matrices_by_row = turns(torch.from_numpy(angles))

        def apply(images: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
            return warp(images, matrices_by_row[rows].to(images.device, non_blocking=True), smooth=True)

        return EpochDraws(apply, {"angles": angles})
