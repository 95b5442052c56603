"""What is held equal in training: the same recipe serves every arm of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from visavis.checks import require, require_part, require_whole

if TYPE_CHECKING:
    import torch


class Optimizer(Protocol):
    """Turns parameter groups into an optimizer."""

    def build(self, groups: Sequence[dict[str, Any]]) -> torch.optim.Optimizer:
        """An optimizer over groups of ``params`` and ``lr``.

        Where steps are recorded on a GPU, the learning rates come as tensors; an optimizer that raises at them is
        asked again with numbers, and its steps aren't recorded.
        """


class Loss(Protocol):
    """What training minimises."""

    def __call__(self, logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
        """The mean loss of a batch: ``logits`` [n, classes] in float32, ``labels`` [n], ``weights`` [classes]."""


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


@dataclass(frozen=True)
class Recipe:
    """How every arm is trained.

    Attributes:
        epochs: passes over the training images, at least 1.
        batch_size: images per step, at least 2 (batch normalisation needs two); the last step of an epoch takes what
            is left over, and a single image left over joins the step before.
        optimizer: the optimizer without its learning rates.
        loss: what is minimised.
        balanced: whether every class counts alike in the training loss: an image of class k weighs
            images / (classes x images of k).
    """

    epochs: int = 10
    batch_size: int = 64
    optimizer: Optimizer = SGD(momentum=0.9)
    loss: Loss = CrossEntropy()
    balanced: bool = False

    def __post_init__(self) -> None:
        require_whole(self.epochs, "recipe.epochs", 1)
        require_whole(self.batch_size, "recipe.batch_size", 2)
        require_part(self.optimizer, "recipe.optimizer", "build", "visavis.SGD()")
        require_part(self.loss, "recipe.loss", "__call__", "visavis.CrossEntropy()")
