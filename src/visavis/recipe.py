"""What is held equal in training: the same recipe serves every arm of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from visavis.checks import require_part, require_whole

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

    epochs: int
    batch_size: int
    optimizer: Optimizer
    loss: Loss
    balanced: bool = False

    def __post_init__(self) -> None:
        require_whole(self.epochs, "recipe.epochs", 1)
        require_whole(self.batch_size, "recipe.batch_size", 2)
        require_part(self.optimizer, "recipe.optimizer", "build", "visavis.SGD()")
        require_part(self.loss, "recipe.loss", "__call__", "visavis.CrossEntropy()")
