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
from visavis.errors import TrainingError
from visavis.interfaces import Plan
from visavis.recipe import Recipe
from visavis.results import EpochRow
from visavis.streams import Stream
from visavis.training.batches import epoch_order, steps
from visavis.training.features import Preprocess, forward, in_batches
from visavis.training.groups import enter_epoch, optimizer_groups
from visavis.training.precision import Precision
from visavis.training.snapshot import Snapshot, restore, take

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
    """

    epoch: int
    done: int
    loss: float


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


def fit(
    plan: Plan,
    preprocess: Preprocess,
    train: Examples,
    test: Examples,
    recipe: Recipe,
    streams: Stream,
    precision: Precision,
    watch: Callable[[Step], None] | None = None,
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
        watch: is told of steps.
        start: the state after an earlier epoch, to go on from; every epoch is a function of the state before it, the
            plan and the streams, so the end is the same to the bit.

    Raises:
        TrainingError: the loss or a logit isn't finite.
    """
    module = plan.trained.to(train.images.device).to(memory_format=torch.channels_last)
    optimizer = recipe.optimizer.build(optimizer_groups(plan))
    if start is not None:
        restore(module, optimizer, start)
    weights = class_weights(train.labels) if recipe.balanced else None
    for epoch in range(1 if start is None else start.epoch + 1, recipe.epochs + 1):
        order = epoch_order(streams.child("order"), epoch, len(train.labels))
        begun = time.perf_counter()
        enter_epoch(plan, epoch)
        for group, settings in zip(plan.groups, optimizer.param_groups, strict=True):
            settings["lr"] = group.rate(epoch)
        with streams.child("noise", epoch).as_global():
            loss, accuracy = _train(
                module, optimizer, preprocess, train, order, recipe, weights, precision, epoch, watch
            )
        seconds = time.perf_counter() - begun
        last = epoch == recipe.epochs
        logits = in_batches(module, preprocess, test.images, Precision.fp32 if last else precision)
        _require_finite(logits, epoch)
        yield Epoch(
            EpochRow(
                epoch=epoch,
                train_loss=loss,
                train_accuracy=accuracy,
                test_loss=float(recipe.loss(logits, test.labels)),
                test_accuracy=float((logits.argmax(1) == test.labels).double().mean()),
                seconds=seconds,
                images_per_second=len(order) / seconds,
                order=array_digest(order),
            ),
            logits.cpu().numpy(),
            partial(take, module, optimizer, epoch),
        )


def class_weights(labels: torch.Tensor) -> torch.Tensor:
    """float32 [classes]: images / (classes x images of the class)."""
    counts = torch.bincount(labels)
    return len(labels) / (len(counts) * counts.float())


def _train(
    module: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    preprocess: Preprocess,
    train: Examples,
    order: np.ndarray,
    recipe: Recipe,
    weights: torch.Tensor | None,
    precision: Precision,
    epoch: int,
    watch: Callable[[Step], None] | None,
) -> tuple[float, float]:
    """One epoch; the mean loss and accuracy over its images."""
    rows = torch.from_numpy(order).to(train.images.device)
    losses = torch.zeros((), dtype=torch.float64, device=rows.device)
    hits = torch.zeros((), dtype=torch.int64, device=rows.device)
    reported = time.perf_counter()
    for part in steps(len(order), recipe.batch_size):
        batch, labels = train.images[rows[part]], train.labels[rows[part]]
        logits = forward(module, preprocess, batch, precision)
        loss = recipe.loss(logits, labels, weights)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses += loss.detach().double() * len(labels)
        hits += (logits.detach().argmax(1) == labels).sum()
        if watch is not None and time.perf_counter() - reported > SECONDS_BETWEEN_REPORTS:
            reported = time.perf_counter()
            watch(Step(epoch, part.stop, _finite(loss.item(), epoch)))
    return _finite(float(losses) / len(order), epoch), int(hits) / len(order)


def _require_finite(logits: torch.Tensor, epoch: int) -> None:
    if not bool(torch.isfinite(logits).all()):
        raise TrainingError(
            f"the logits aren't finite after epoch {epoch}", expected="numbers", do="lower the learning rate"
        )


def _finite(loss: float, epoch: int) -> float:
    if not math.isfinite(loss):
        raise TrainingError(
            f"the loss isn't finite in epoch {epoch}", got=loss, expected="a number", do="lower the learning rate"
        )
    return loss
