"""Two training images shown through each other, with both labels (mixup: Zhang et al. 2018)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visavis.checks import require_positive
from visavis.interfaces import EpochDraws
from visavis.streams import Stream

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Mixup:
    """Blends a training image with the one beside it in the epoch's order; the label is shared out alike.

    Attributes:
        alpha: the image's share is drawn from Beta(alpha, alpha): small values leave most images nearly alone, at 1 all
            shares are equally likely.
    """

    alpha: float = 0.2

    def __post_init__(self) -> None:
        require_positive(self.alpha, "augmentation.alpha")

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """See ``Augmentation.draw``; keeps the share of each."""
        import torch

        shares = stream.child("mixup").numpy().beta(self.alpha, self.alpha, count)
        shares_by_row = torch.from_numpy(shares).float()

        def mix(images: torch.Tensor, partners: torch.Tensor, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            share = shares_by_row[rows].to(images.device, non_blocking=True)
            weight = share.view(-1, 1, 1, 1)
            return (images * weight + partners * (1 - weight)).round_().to(torch.uint8), share

        return EpochDraws(as_they_are, {"shares": shares}, mix)


def as_they_are(images: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:  # noqa: ARG001
    """What becomes of each image before two are mixed: nothing."""
    return images
