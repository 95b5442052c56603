"""The learning rates of an optimizer: by group from the plan and the epoch, by step from the schedule."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import torch

from visavis.checks import excerpt, is_number, require
from visavis.interfaces import Optimizer
from visavis.training.batches import step_count
from visavis.training.plans import group_numbers, optimizer_groups
from visavis.training.to_train import ToTrain


class Rates:
    """An optimizer's learning rates.

    Args:
        cell: what is trained.
        device: that the rates lie on, as tensors that a recorded step reads anew each time; None for numbers.

    Attributes:
        optimizer: whose they are.
        share: of the epoch's learning rates, that the step takes.
    """

    def __init__(self, cell: ToTrain, device: torch.device | None) -> None:
        self._cell, self._recipe = cell, cell.recipe
        groups = optimizer_groups(cell.plan, self._recipe.optimizer.lr)
        self.optimizer, self._tensor = _build(self._recipe.optimizer, groups, device)
        self._group_numbers = group_numbers(self.optimizer, groups)
        self._of_epoch: list[float] = []
        self.share = 1.0

    def enter(self, epoch: int) -> None:
        """Begins an epoch."""
        self._of_epoch = [self._recipe.optimizer.lr * group.scale_in(epoch) for group in self._cell.plan.groups]
        self.scale(1.0)

    def scale(self, share: float) -> None:
        """Sets them to a share of the epoch's; tensors in place: a recorded step reads them."""
        self.share = share
        rates: Sequence[float | torch.Tensor] = [share * rate for rate in self._of_epoch]
        if self._tensor is not None:
            rates = self._tensor.copy_(torch.tensor(rates), non_blocking=True).unbind()
        for settings, number in zip(self.optimizer.param_groups, self._group_numbers, strict=True):
            settings["lr"] = rates[number]

    def follow(self, epoch: int, part: slice) -> None:
        """Sets those of the step that takes a part of an epoch's order.

        Raises:
            InvalidStudy: the schedule gives no share.
        """
        epochs, batch_size, count = self._cell.pace
        step = part.start // batch_size  # all steps before it are whole
        progress = (epoch - 1 + step / step_count(count, batch_size)) / epochs
        share = self._recipe.schedule.share(progress, epochs)
        if share != self.share:
            is_share = is_number(share) and share >= 0
            require(is_share, f"schedule.share({progress:g})", excerpt(share), "a number, 0 or more")
            self.scale(share)


def _build(
    optimizer: Optimizer, groups: list[dict[str, Any]], device: torch.device | None
) -> tuple[torch.optim.Optimizer, torch.Tensor | None]:
    """The optimizer; where a device is given and the optimizer takes them, with learning rates that lie there, all in
    one tensor, float32 [groups].
    """
    if device is not None:
        rates = torch.tensor([group["lr"] for group in groups], dtype=torch.float32, device=device)
        with suppress(TypeError, ValueError, RuntimeError):  # of an optimizer that wants numbers
            tensor_groups = [{**group, "lr": rate} for group, rate in zip(groups, rates.unbind(), strict=True)]
            return optimizer.build(tensor_groups), rates
    return optimizer.build(groups), None
