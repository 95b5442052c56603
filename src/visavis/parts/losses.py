"""What training minimises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from visavis.checks import excerpt, is_number, require, require_not_negative, require_part
from visavis.interfaces import Criterion

if TYPE_CHECKING:
    import torch


class ClassWeights(Protocol):
    """How much an image of each class weighs in the training loss."""

    def of(self, counts: torch.Tensor) -> torch.Tensor:
        """float32 [classes].

        Args:
            counts: int64 [classes], training images of each class.
        """


@dataclass(frozen=True)
class Balanced:
    """Every class counts alike: an image of class k weighs images / (classes x images of k)."""

    def of(self, counts: torch.Tensor) -> torch.Tensor:
        """See ``ClassWeights.of``."""
        return int(counts.sum()) / (len(counts) * counts.clamp(min=1).float())


@dataclass(frozen=True)
class EffectiveNumber:
    """Classes weighed by their effective number of images, between no weights and ``Balanced``: an image of a class
    with n images weighs (1 - beta) / (1 - beta ** n), scaled to a mean of 1
    over the classes (Cui et al. 2019, arXiv 1901.05555).

    Attributes:
        beta: in [0, 1): at 0 all weigh the same, towards 1 as the inverse of their number.
    """

    beta: float = 0.999

    def __post_init__(self) -> None:
        is_beta = is_number(self.beta) and 0 <= self.beta < 1
        require(is_beta, "loss.weights.beta", excerpt(self.beta), "0 <= beta < 1")

    def of(self, counts: torch.Tensor) -> torch.Tensor:
        """See ``ClassWeights.of``."""
        weights = (1 - self.beta) / (1 - self.beta ** counts.clamp(min=1).double())
        return (weights / weights.mean()).float()


@dataclass(frozen=True)
class NLL:
    """Negative log-likelihood of the log-softmax of the logits, the weighted mean over the batch.

    Attributes:
        weights: of the classes; None for the same weight for every image.
    """

    weights: ClassWeights | None = None

    def __post_init__(self) -> None:
        require_weights(self.weights)

    def criterion(self, counts: torch.Tensor) -> Criterion:
        """See ``Loss.criterion``."""
        from torch.nn.functional import log_softmax, nll_loss

        weights = weights_of(self.weights, counts)

        def likelihood(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            if labels.ndim == 2:
                return _of_shares(logits, labels, labels, weights)
            return nll_loss(log_softmax(logits, dim=1), labels, weights)

        return likelihood


@dataclass(frozen=True)
class CrossEntropy:
    """Cross-entropy of the softmax of the logits, the weighted mean over the batch.

    Attributes:
        label_smoothing: share of the target that is spread over all classes, in [0, 1).
        weights: of the classes; None for the same weight for every image.
    """

    label_smoothing: float = 0.0
    weights: ClassWeights | None = None

    def __post_init__(self) -> None:
        smoothing = self.label_smoothing
        is_share = is_number(smoothing) and 0 <= smoothing < 1
        require(is_share, "loss.label_smoothing", excerpt(smoothing), "0 <= label_smoothing < 1")
        require_weights(self.weights)

    def criterion(self, counts: torch.Tensor) -> Criterion:
        """See ``Loss.criterion``."""
        from torch.nn.functional import cross_entropy

        weights = weights_of(self.weights, counts)

        def entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            if labels.ndim == 2:
                target = (1 - self.label_smoothing) * labels + self.label_smoothing / labels.shape[1]
                return _of_shares(logits, target, labels, weights)
            return cross_entropy(logits, labels, weights, label_smoothing=self.label_smoothing)

        return entropy


@dataclass(frozen=True)
class Focal:
    """Cross-entropy that turns from images that are right already: each is scaled by (1 - p) ** gamma, with p the
    probability of its true class; the mean over the batch (Lin et al. 2017, arXiv 1708.02002).

    Attributes:
        gamma: 0 or more; at 0 it is the cross-entropy.
        weights: of the classes; None for the same weight for every image. As in the paper, the mean is not divided by
            the weights.
    """

    gamma: float = 2.0
    weights: ClassWeights | None = None

    def __post_init__(self) -> None:
        require_not_negative(self.gamma, "loss.gamma")
        require_weights(self.weights)

    def criterion(self, counts: torch.Tensor) -> Criterion:
        """See ``Loss.criterion``."""
        import torch
        from torch.nn.functional import cross_entropy, log_softmax

        weights = weights_of(self.weights, counts)
        smallest = torch.finfo(torch.float32).tiny

        def focus(losses: torch.Tensor) -> torch.Tensor:
            # 1 - p, exact for small losses. At 0 its power has no slope where gamma is below 1.
            return losses * (-(-losses).expm1()).clamp(min=smallest) ** self.gamma

        def focal(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            if labels.ndim == 2:
                shares = labels if weights is None else labels * weights
                return (shares * focus(-log_softmax(logits, dim=1))).sum(1).mean()
            losses = focus(cross_entropy(logits, labels, reduction="none"))
            return (losses if weights is None else losses * weights[labels]).mean()

        return focal


@dataclass(frozen=True)
class BinaryCrossEntropy:
    """Each class against all others: the binary cross-entropy of the sigmoid of every logit, summed over the classes;
    the weighted mean over the batch (Wightman et al. 2021, arXiv 2110.00476). Tests and tables keep the softmax of the
    logits: their log-loss isn't what this minimises.

    Attributes:
        weights: of the classes; None for the same weight for every image.
    """

    weights: ClassWeights | None = None

    def __post_init__(self) -> None:
        require_weights(self.weights)

    def criterion(self, counts: torch.Tensor) -> Criterion:
        """See ``Loss.criterion``."""
        from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

        weights = weights_of(self.weights, counts)

        def binary(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            shares = labels if labels.ndim == 2 else one_hot(labels, logits.shape[1]).to(logits.dtype)
            losses = binary_cross_entropy_with_logits(logits, shares, reduction="none").sum(1)
            if weights is None:
                return losses.mean()
            of_images = (shares * weights).sum(1)
            return (losses * of_images).sum() / of_images.sum()

        return binary


def _of_shares(
    logits: torch.Tensor, target: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor | None
) -> torch.Tensor:
    """Cross-entropy of shares of the classes, the weighted mean over the batch; for one class alone what it is for an
    index, where ``torch.nn.functional.cross_entropy`` divides by the images instead of their weights.

    Args:
        logits: float32 [n, classes].
        target: what the softmax should be, float32 [n, classes].
        labels: the same before any smoothing, which says what an image weighs.
        weights: of the classes.
    """
    from torch.nn.functional import log_softmax

    losses = -target * log_softmax(logits, dim=1)
    return losses.sum(1).mean() if weights is None else (losses * weights).sum() / (labels * weights).sum()


def weights_of(weights: ClassWeights | None, counts: torch.Tensor) -> torch.Tensor | None:
    """float32 [classes], or None where every image weighs the same."""
    return None if weights is None else weights.of(counts)


def require_weights(weights: object) -> None:
    """Refuses what are no class weights.

    Raises:
        InvalidStudy: with what is expected.
    """
    if weights is not None:
        require_part(weights, "loss.weights", "of", "visavis.Balanced()")
