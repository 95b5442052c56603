"""What training minimises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visavis.checks import require

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class NLL:
    """Negative log-likelihood of the log-softmax of the logits, the (weighted) mean over the batch."""

    def __call__(self, logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
        """See ``Loss.__call__``."""
        import torch

        return torch.nn.functional.nll_loss(torch.log_softmax(logits, dim=1), labels, weights)


@dataclass(frozen=True)
class CrossEntropy:
    """Cross-entropy of the softmax of the logits, the (weighted) mean over the batch.

    Attributes:
        label_smoothing: share of the target that is spread over all classes, in [0, 1).
    """

    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        smoothing = self.label_smoothing
        require(0 <= smoothing < 1, "recipe.loss.label_smoothing", smoothing, "0 <= label_smoothing < 1")

    def __call__(self, logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
        """See ``Loss.__call__``."""
        import torch

        return torch.nn.functional.cross_entropy(logits, labels, weights, label_smoothing=self.label_smoothing)
