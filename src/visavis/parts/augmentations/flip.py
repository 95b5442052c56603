"""Images mirrored left to right, by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visavis.checks import require_share
from visavis.interfaces import EpochDraws
from visavis.streams import Stream

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Flip:
    """Mirrors a training image left to right.

    Attributes:
        probability: of each image in each epoch, in [0, 1]; at 0 nothing changes.
    """

    probability: float = 0.5

    def __post_init__(self) -> None:
        require_share(self.probability, "augmentation.probability")

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """See ``Augmentation.draw``."""
        import torch

        flips = stream.child("flip").numpy().random(count) < self.probability
        flips_by_row = torch.from_numpy(flips)

        def apply(images: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
            indices = flips_by_row[rows].nonzero().flatten().to(images.device, non_blocking=True)
            return images.index_copy(0, indices, images.index_select(0, indices).flip(3))

        return EpochDraws(apply, {"flips": flips})
