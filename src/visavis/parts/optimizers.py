"""Optimizers with their learning rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from visavis.checks import excerpt, is_number, require, require_not_negative, require_positive
from visavis.errors import InvalidStudy

if TYPE_CHECKING:
    import torch

Groups = Sequence[dict[str, Any]]
"""Of ``params`` and ``lr``."""


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent.

    Attributes:
        lr: learning rate.
        momentum: share of the last step that is kept, in [0, 1).
        weight_decay: factor of the L2 penalty.
        nesterov: whether the gradient is looked up ahead of the step; needs momentum.
    """

    lr: float
    momentum: float = 0.0
    weight_decay: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        require_positive(self.lr, "optimizer.lr")
        _require_below_1(self.momentum, "momentum")
        require_not_negative(self.weight_decay, "optimizer.weight_decay")
        require(not self.nesterov or self.momentum > 0, "optimizer.nesterov", "momentum 0", "a momentum above 0")

    def build(self, groups: Groups) -> torch.optim.Optimizer:
        """See ``Optimizer.build``."""
        import torch

        return _built(torch.optim.SGD, groups, vars(self))


@dataclass(frozen=True)
class Adam:
    """Steps by running means of the gradients and of their squares (Kingma and Ba 2015); weight decay is an L2 penalty.

    Attributes:
        lr: learning rate.
        betas: shares of the running means of gradients and of their squares that are kept, in [0, 1).
        eps: is added to the root of the squares.
        weight_decay: factor of the L2 penalty.
    """

    lr: float
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        _require_adam(self.lr, self.betas, self.eps, self.weight_decay)
        object.__setattr__(self, "betas", tuple(self.betas))

    def build(self, groups: Groups) -> torch.optim.Optimizer:
        """See ``Optimizer.build``."""
        import torch

        return _built(torch.optim.Adam, groups, vars(self))


@dataclass(frozen=True)
class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019).

    Attributes:
        lr: learning rate.
        betas: shares of the running means of gradients and of their squares that are kept, in [0, 1).
        eps: is added to the root of the squares.
        weight_decay: share of the weights, times the learning rate, that each step takes away.
    """

    lr: float
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.01

    def __post_init__(self) -> None:
        _require_adam(self.lr, self.betas, self.eps, self.weight_decay)
        object.__setattr__(self, "betas", tuple(self.betas))

    def build(self, groups: Groups) -> torch.optim.Optimizer:
        """See ``Optimizer.build``."""
        import torch

        return _built(torch.optim.AdamW, groups, vars(self))


@dataclass(frozen=True)
class Torch:
    """Any optimizer of ``torch.optim`` that takes a gradient at each step: ``Torch(torch.optim.RMSprop, lr=1e-3)``.

    Attributes:
        optimizer: the class, or its name.
        lr: learning rate.
        options: its other arguments, such as ``{"alpha": 0.9}``.
    """

    optimizer: type | str
    lr: float
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_positive(self.lr, "optimizer.lr")
        require(isinstance(self.options, Mapping), "optimizer.options", excerpt(self.options), "a dict of arguments")
        object.__setattr__(self, "optimizer", _name_in_torch(self.optimizer))  # by which it is described
        object.__setattr__(self, "options", dict(self.options))
        self._try()

    def _try(self) -> None:
        """Makes a step with it, so that a slip is told when the study is made."""
        import torch

        weight = torch.zeros(1, 1, requires_grad=True)
        weight.grad = torch.zeros(1, 1)
        try:
            self.build([{"params": [weight], "lr": self.lr}]).step()
        except Exception as problem:  # optimizers raise whatever comes to hand
            raise InvalidStudy(
                f"torch.optim.{self.optimizer} can't be used", got=problem, do="see its documentation for its options"
            ) from problem

    def build(self, groups: Groups) -> torch.optim.Optimizer:
        """See ``Optimizer.build``."""
        import torch

        options = {**self.options, **({"capturable": True} if _has_tensors(groups) else {})}
        optimizer: torch.optim.Optimizer = getattr(torch.optim, str(self.optimizer))(
            list(groups), lr=self.lr, **options
        )
        return optimizer


UNFIT = ("LBFGS", "SparseAdam")
"""Optimizers that want to compute the loss themselves, several times a step; that want sparse gradients."""


def _name_in_torch(optimizer: object) -> str:
    """The name of an optimizer of ``torch.optim``, given by it or as a class.

    Raises:
        InvalidStudy: there is no such optimizer, or it can't be used here; those with near names are named.
    """
    import torch

    kinds = {name: kind for name, kind in vars(torch.optim).items() if _is_optimizer(kind)}
    name = optimizer.__name__ if isinstance(optimizer, type) else str(optimizer)
    if optimizer not in (name, kinds.get(name)) or name not in kinds:
        names = {kind.lower(): kind for kind in kinds}
        near = [names[kind] for kind in get_close_matches(name.lower(), names, n=3)]
        raise InvalidStudy(
            "optimizer.optimizer can't be used",
            got=excerpt(optimizer),
            expected=f"an optimizer of torch.optim that takes one gradient a step: {', '.join(near or kinds)}",
        )
    return name


def _is_optimizer(kind: object) -> bool:
    import torch

    if not isinstance(kind, type) or not issubclass(kind, torch.optim.Optimizer):
        return False
    return kind is not torch.optim.Optimizer and kind.__name__ not in UNFIT


def _built(kind: type[torch.optim.Optimizer], groups: Groups, options: Mapping[str, Any]) -> torch.optim.Optimizer:
    """An optimizer of PyTorch; "fused", so that it reads learning rates in place, where these are tensors."""
    settings: dict[str, Any] = {**options, "fused": _has_tensors(groups) or None}
    return kind(list(groups), **settings)


def _has_tensors(groups: Groups) -> bool:
    """Whether the learning rates are tensors, which only "fused" and "capturable" optimizers read in place."""
    import torch

    return any(isinstance(group["lr"], torch.Tensor) for group in groups)


def _require_below_1(value: object, name: str) -> None:
    require(is_number(value) and 0 <= value < 1, f"optimizer.{name}", excerpt(value), f"0 <= {name} < 1")


def _require_adam(lr: object, betas: object, eps: object, weight_decay: object) -> None:
    require_positive(lr, "optimizer.lr")
    is_pair = isinstance(betas, tuple | list) and len(betas) == 2
    require(is_pair, "optimizer.betas", excerpt(betas), "two numbers, such as (0.9, 0.999)")
    for beta in betas:  # type: ignore[attr-defined]
        _require_below_1(beta, "betas")
    require_not_negative(eps, "optimizer.eps")
    require_not_negative(weight_decay, "optimizer.weight_decay")
