"""Optimizers, without their learning rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visavis.checks import require

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent; the learning rates are the tuning's.

    Attributes:
        momentum: share of the last step that is kept, in [0, 1).
        weight_decay: factor of the L2 penalty.
    """

    momentum: float = 0.0
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        require(0 <= self.momentum < 1, "recipe.optimizer.momentum", self.momentum, "0 <= momentum < 1")
        require(self.weight_decay >= 0, "recipe.optimizer.weight_decay", self.weight_decay, "0 or more")

    def build(self, groups: Sequence[dict[str, Any]]) -> torch.optim.Optimizer:
        """See ``Optimizer.build``."""
        import torch

        tensors = any(isinstance(group["lr"], torch.Tensor) for group in groups)  # which only "fused" reads in place
        return torch.optim.SGD(
            list(groups), momentum=self.momentum, weight_decay=self.weight_decay, fused=tensors or None
        )
