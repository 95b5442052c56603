"""The loop: examples in memory, one order per epoch, slices, steps. It never asks which arm it trains."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from visavis.describe import array_digest
from visavis.errors import NotFinite
from visavis.interfaces import Plan
from visavis.recipe import Recipe
from visavis.results import EpochRow
from visavis.streams import Stream
from visavis.training.batches import epoch_order, steps
from visavis.training.features import Preprocess, forward, in_batches
from visavis.training.groups import enter_epoch, optimizer_groups
from visavis.training.precision import Precision
from visavis.training.snapshot import Snapshot, Tally, restore, restore_within, take, take_within

SECONDS_BETWEEN_REPORTS = 0.2


@dataclass(frozen=True)
class Examples:
    """A part of the data where training wants it.

    Attributes:
        images: uint8 [n, c, h, w] on the device, or what a plan's frozen part makes of them, float32 [n, ...].
        labels: int64 [n] on the device.
    """

    images: torch.Tensor
    labels: torch.Tensor

    @classmethod
    def on(cls, device: torch.device, images: np.ndarray, labels: np.ndarray) -> Examples:
        """Moves arrays to the device; on the CPU a writable contiguous array isn't copied."""
        return cls(torch.from_numpy(_writable(images)).to(device), torch.from_numpy(_writable(labels)).to(device))


def _writable(array: np.ndarray) -> np.ndarray:
    return np.require(array, requirements=["C", "W"])


@dataclass(frozen=True)
class Step:
    """How far an epoch is.

    Attributes:
        epoch: 1 for the first.
        done: images of the epoch so far.
        loss: of the last step.
        snapshot: copies all that the next step begins with; to be called before it.
    """

    epoch: int
    done: int
    loss: float
    snapshot: Callable[[], Snapshot]


@dataclass(frozen=True)
class Evaluation:
    """How far the evaluation after an epoch's last step is; the last step's snapshot still holds.

    Attributes:
        epoch: 1 for the first.
        done, total: test images.
    """

    epoch: int
    done: int
    total: int


@dataclass(frozen=True)
class Epoch:
    """What an epoch leaves.

    Attributes:
        row: for the history.
        logits: float32 [n, classes] of the test images after it.
        snapshot: copies all that the next epoch begins with.
    """

    row: EpochRow
    logits: np.ndarray
    snapshot: Callable[[], Snapshot]


Told = Callable[[Step | Evaluation], None]


def fit(
    plan: Plan,
    preprocess: Preprocess,
    train: Examples,
    test: Examples,
    recipe: Recipe,
    streams: Stream,
    precision: Precision,
    watch: Told | None = None,
    start: Snapshot | None = None,
) -> Iterator[Epoch]:
    """Trains the plan's ``trained`` module in place, on the device of the examples, and yields after each epoch.

    The logits of the last epoch, which are the cell's predictions, are computed in float32 whatever the precision of
    training: bfloat16 has so few digits that the two largest logits of an image are sometimes equal.

    Args:
        plan, preprocess: what is trained, on what a batch is made into.
        train, test: the data; where the plan has a frozen part, what it makes of them.
        recipe: what is held equal.
        streams: ``order`` and ``noise`` of each epoch are drawn from it.
        precision: of training, and of the evaluation after all epochs but the last.
        watch: is told of steps, a few times a second and after an epoch's last, and of evaluation; it may raise.
        start: an earlier state to go on from; every step is a function of the state before it, the plan and the
            streams, so the end is the same to the bit.

    Raises:
        NotFinite: the loss, before its update, or a logit isn't finite.
    """
    module = plan.trained.to(train.images.device).to(memory_format=torch.channels_last)
    optimizer = recipe.optimizer.build(optimizer_groups(plan))
    if start is not None:
        restore(module, optimizer, start)
    weights = class_weights(train.labels) if recipe.balanced else None
    steps_of = _Steps(module, optimizer, preprocess, train, recipe, weights, precision, watch or _untold)
    for epoch in range(1 if start is None else start.epoch, recipe.epochs + 1):
        order = epoch_order(streams.child("order"), epoch, len(train.labels))
        enter_epoch(plan, epoch)
        for group, settings in zip(plan.groups, optimizer.param_groups, strict=True):
            settings["lr"] = group.rate(epoch)
        within = start if start is not None and start.done and start.epoch == epoch else None
        with streams.child("noise", epoch).as_global():
            tally = steps_of.run(epoch, order, within)
        logits = _test_logits(module, preprocess, test, precision, epoch, recipe.epochs, watch)
        row = _row(epoch, order, tally, logits, test, recipe)
        yield Epoch(row, logits.cpu().numpy(), partial(take, module, optimizer, epoch + 1))


def _untold(at: Step | Evaluation) -> None:
    """Nobody watches."""


def _test_logits(
    module: torch.nn.Module,
    preprocess: Preprocess,
    test: Examples,
    precision: Precision,
    epoch: int,
    epochs: int,
    watch: Told | None,
) -> torch.Tensor:
    def told(done: int) -> None:
        if watch is not None:
            watch(Evaluation(epoch, done, len(test.labels)))

    logits = in_batches(module, preprocess, test.images, Precision.fp32 if epoch == epochs else precision, told)
    if not bool(torch.isfinite(logits).all()):
        raise NotFinite(
            f"the logits aren't finite after epoch {epoch}", expected="numbers", do="lower the learning rate"
        )
    return logits


def _row(epoch: int, order: np.ndarray, tally: Tally, logits: torch.Tensor, test: Examples, recipe: Recipe) -> EpochRow:
    return EpochRow(
        epoch=epoch,
        train_loss=_finite(float(tally.losses) / len(order), epoch),
        train_accuracy=int(tally.hits) / len(order),
        test_loss=float(recipe.loss(logits, test.labels)),
        test_accuracy=float((logits.argmax(1) == test.labels).double().mean()),
        seconds=tally.seconds,
        images_per_second=len(order) / tally.seconds,
        order=array_digest(order),
    )


def class_weights(labels: torch.Tensor) -> torch.Tensor:
    """float32 [classes]: images / (classes x images of the class)."""
    counts = torch.bincount(labels)
    return len(labels) / (len(counts) * counts.float())


@dataclass(frozen=True)
class _Steps:
    """The steps of an epoch, with what they share."""

    module: torch.nn.Module
    optimizer: torch.optim.Optimizer
    preprocess: Preprocess
    train: Examples
    recipe: Recipe
    weights: torch.Tensor | None
    precision: Precision
    watch: Told

    def run(self, epoch: int, order: np.ndarray, start: Snapshot | None) -> Tally:
        """An epoch from its first step, or from a state within it; the sums over its images."""
        rows = torch.from_numpy(order).to(self.train.images.device)
        tally, done = Tally.on(rows.device), 0
        if start is not None:
            restore_within(start, tally)
            done = start.done
        told, begun, before = time.perf_counter(), time.perf_counter(), tally.seconds
        for part in steps(len(order), self.recipe.batch_size):
            if part.stop <= done:
                continue
            loss = self._step(rows[part], epoch, tally)
            if time.perf_counter() - told > SECONDS_BETWEEN_REPORTS or part.stop == len(order):
                value = _finite(loss.item(), epoch)  # waits for the device
                tally.seconds = before + time.perf_counter() - begun
                snapshot = partial(take_within, self.module, self.optimizer, epoch, part.stop, tally)
                self.watch(Step(epoch, part.stop, value, snapshot))
                begun = told = time.perf_counter()  # what the watcher took isn't training
                before = tally.seconds
        return tally

    def _step(self, rows: torch.Tensor, epoch: int, tally: Tally) -> torch.Tensor:
        batch, labels = self.train.images[rows], self.train.labels[rows]
        logits = forward(self.module, self.preprocess, batch, self.precision)
        loss = self.recipe.loss(logits, labels, self.weights)
        if loss.device.type == "cpu":  # elsewhere asking at every step would make the device wait
            _finite(loss.item(), epoch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        tally.losses += loss.detach().double() * len(labels)
        tally.hits += (logits.detach().argmax(1) == labels).sum()
        return loss.detach()


def _finite(loss: float, epoch: int) -> float:
    if not math.isfinite(loss):
        raise NotFinite(
            f"the loss isn't finite in epoch {epoch}", got=loss, expected="a number", do="lower the learning rate"
        )
    return loss
