"""A cell in training: its network, optimizer, order and noise, and what it does at each step."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from visavis.describe import array_digest
from visavis.errors import NotFinite
from visavis.interfaces import Plan
from visavis.recipe import Recipe
from visavis.results import EpochRow
from visavis.streams import Stream, drawn, restore_global, take_global
from visavis.training.batches import epoch_order
from visavis.training.examples import Examples
from visavis.training.features import Preprocess, forward, in_batches
from visavis.training.groups import enter_epoch, optimizer_groups
from visavis.training.precision import Precision
from visavis.training.reports import Epoch, Evaluation, Step, Told, untold
from visavis.training.snapshot import Snapshot, Tally, restore, restore_within, take, take_within


@dataclass(frozen=True)
class Lane:
    """A cell that is to be trained, perhaps beside others.

    Attributes:
        plan, preprocess: what is trained, on what a batch is made into.
        train, test: the data; where the plan has a frozen part, what it makes of them.
        streams: ``order`` and ``noise`` of each epoch are drawn from it.
        watch: is told of steps, a few times a second and after an epoch's last, and of evaluation; it may raise.
        start: an earlier state to go on from; every step is a function of the state before it, the plan and the
            streams, so the end is the same to the bit.
    """

    plan: Plan
    preprocess: Preprocess
    train: Examples
    test: Examples
    streams: Stream
    watch: Told = untold
    start: Snapshot | None = None

    @property
    def begins_at(self) -> tuple[int, int]:
        """Epoch, and images of it that have been trained on."""
        return (1, 0) if self.start is None else (self.start.epoch, self.start.done)


def draws_noise(lane: Lane) -> bool:
    """Whether its steps draw noise, as dropout does; tried on a copy with two images. What fails there does so alone,
    too.
    """
    device = lane.train.device
    module = copy.deepcopy(lane.plan.trained).to(device).train()
    images, _ = lane.train.take(lane.train.rows(np.arange(2)))
    before = take_global(device)
    try:
        forward(module, lane.preprocess, images, Precision.fp32)
    except Exception:
        return True
    else:
        return bool(drawn(before, take_global(device)))
    finally:
        restore_global(device, before)


class Runner:
    """A lane under way.

    Args:
        lane: what is trained.
        recipe: what is held equal.
        precision: of training, and of the evaluation after all epochs but the last.
        tensor_rates: whether learning rates are tensors, which a recorded step reads anew each time.

    Attributes:
        lane: what is trained.
        module, optimizer: in the middle of their training.
        tally: of the epoch.
        loss: of the last step, on the device.
        signature: all that decides which operations the steps of the epoch consist of.
    """

    def __init__(self, lane: Lane, recipe: Recipe, precision: Precision, *, tensor_rates: bool = False) -> None:
        self.lane, self._recipe, self._precision = lane, recipe, precision
        device = lane.train.device
        self.module = lane.plan.trained.to(device).to(memory_format=torch.channels_last)
        self.optimizer, self._rates = _build(recipe, lane.plan, device if tensor_rates else None)
        if lane.start is not None:
            restore(self.module, self.optimizer, lane.start)
        self._weights = class_weights(lane.train.labels) if recipe.balanced else None
        self.tally, self.loss = Tally.on(device), torch.zeros((), device=device)
        self.signature: tuple[tuple[bool, ...], ...] = ()
        self._epoch, self._order, self._rows = 0, np.zeros(0, np.int64), torch.zeros(0, dtype=torch.int64)

    def enter(self, epoch: int) -> None:
        """Begins an epoch, or goes on within it where the lane's start lies there; noise has to be the epoch's own."""
        self._epoch = epoch
        self._order = epoch_order(self.lane.streams.child("order"), epoch, len(self.lane.train))
        self._rows = self.lane.train.rows(self._order)
        enter_epoch(self.lane.plan, epoch)
        trained = tuple(parameter.requires_grad for parameter in self.module.parameters())
        self.signature = trained, tuple(module.training for module in self.module.modules())
        for number, group in enumerate(self.lane.plan.groups):
            self.set_rate(number, group.rate(epoch))
        self.tally.clear()
        start = self.lane.start
        if start is not None and start.done and start.epoch == epoch:
            restore_within(start, self.tally)

    def set_rate(self, group: int, rate: float) -> None:
        """Sets a group's learning rate, in place where it is a tensor: a recorded step reads it from there."""
        if self._rates:
            self._rates[group].fill_(rate)
        self.optimizer.param_groups[group]["lr"] = self._rates[group] if self._rates else rate

    def batch(self, part: slice) -> tuple[torch.Tensor, torch.Tensor]:
        """Images and labels of a part of the epoch's order, on the device."""
        return self.lane.train.take(self._rows[part])

    def step(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        """One step, without a word to the host, so that a GPU never waits.

        Raises:
            NotFinite: the loss isn't, before its update; on a GPU that is seen when a step is told.
        """
        logits = forward(self.module, self.lane.preprocess, images, self._precision)
        loss = self._recipe.loss(logits, labels, self._weights)
        self.loss = loss.detach()
        if loss.device.type == "cpu":
            self._finite_loss()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.tally.losses += self.loss.double() * len(labels)
        self.tally.hits += (logits.detach().argmax(1) == labels).sum()

    def tell(self, done: int, seconds: float) -> None:
        """Tells of the last step; waits for the device.

        Args:
            done: images of the epoch so far.
            seconds: of training since the last time.

        Raises:
            NotFinite: its loss isn't.
        """
        value = self._finite_loss()
        self.tally.seconds += seconds
        snapshot = partial(take_within, self.module, self.optimizer, self._epoch, done, self.tally)
        self.lane.watch(Step(self._epoch, done, value, snapshot))

    def evaluate(self) -> Epoch:
        """Ends an epoch: the logits of the test images, in float32 after the last.

        Raises:
            NotFinite: a loss or a logit isn't.
        """
        epoch, test = self._epoch, self.lane.test
        precision = Precision.fp32 if epoch == self._recipe.epochs else self._precision
        logits = in_batches(self.module, self.lane.preprocess, test.images, precision, self._tell_tested, test.device)
        if not bool(torch.isfinite(logits).all()):
            raise NotFinite(
                f"the logits aren't finite after epoch {epoch}", expected="numbers", do="lower the learning rate"
            )
        row = EpochRow(
            epoch=epoch,
            train_loss=_finite(float(self.tally.losses) / len(self._order), epoch),
            train_accuracy=int(self.tally.hits) / len(self._order),
            test_loss=float(self._recipe.loss(logits, test.labels)),
            test_accuracy=float((logits.argmax(1) == test.labels).double().mean()),
            seconds=self.tally.seconds,
            images_per_second=len(self._order) / self.tally.seconds,
            order=array_digest(self._order),
        )
        return Epoch(row, logits.cpu().numpy(), partial(take, self.module, self.optimizer, epoch + 1))

    def tensors(self) -> Iterator[torch.Tensor]:
        """Yields all that a step changes in place."""
        yield from self.module.parameters()
        yield from self.module.buffers()
        yield from (self.tally.losses, self.tally.hits)
        for memory in self.optimizer.state.values():
            yield from (value for value in memory.values() if isinstance(value, torch.Tensor))

    def _tell_tested(self, done: int) -> None:
        self.lane.watch(Evaluation(self._epoch, done, len(self.lane.test)))

    def _finite_loss(self) -> float:
        return _finite(self.loss.item(), self._epoch)


def _build(recipe: Recipe, plan: Plan, device: torch.device | None) -> tuple[torch.optim.Optimizer, list[torch.Tensor]]:
    """The optimizer, with learning rates as tensors on the device, where one is given and the optimizer takes them."""
    groups = optimizer_groups(plan)
    if device is not None:
        rates = [torch.tensor(group["lr"], dtype=torch.float32, device=device) for group in groups]
        with suppress(TypeError, ValueError, RuntimeError):  # of an optimizer that wants numbers
            tensor_groups = [{**group, "lr": rate} for group, rate in zip(groups, rates, strict=True)]
            return recipe.optimizer.build(tensor_groups), rates
    return recipe.optimizer.build(groups), []


def class_weights(labels: torch.Tensor) -> torch.Tensor:
    """float32 [classes]: images / (classes x images of the class)."""
    counts = torch.bincount(labels)
    return len(labels) / (len(counts) * counts.float())


def _finite(loss: float, epoch: int) -> float:
    if not math.isfinite(loss):
        raise NotFinite(
            f"the loss isn't finite in epoch {epoch}", got=loss, expected="a number", do="lower the learning rate"
        )
    return loss
