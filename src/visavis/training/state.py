"""The state of a cell between two steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch

from visavis.streams import noise_of, restore_global, take_global
from visavis.training.epoch import Epoch, finite
from visavis.training.fast.precision import Precision
from visavis.training.forward import forward
from visavis.training.plans import enter_epoch
from visavis.training.rates import Rates
from visavis.training.snapshot import Snapshot, Tally, restore, restore_within, take, take_within
from visavis.training.testing import Testing
from visavis.training.to_train import ToTrain


class TrainState:
    """A cell between two steps.

    Args:
        cell: what is trained, and how.
        precision: of the run: of training, and of the tests after all epochs but the last.
        tensor_rates: whether learning rates are tensors, which a recorded step reads anew each time.

    Attributes:
        module, optimizer: in the middle of their training.
        criterion: what a step minimises.
        rates: the optimizer's learning rates.
        tally: of the epoch.
        loss: of the last step, on the device.
        outcome: what is tested and saved.
        epoch: in work.
        signature: all that decides which operations the steps of the epoch consist of.
    """

    def __init__(self, cell: ToTrain, precision: Precision, *, tensor_rates: bool = False) -> None:
        precision = cell.precision(precision)
        self._cell, self._recipe, self._precision = cell, cell.recipe, precision
        device = cell.train.device
        self.module = cell.plan.trained.to(device).to(memory_format=torch.channels_last)
        self.rates = Rates(cell, device if tensor_rates else None)
        self.optimizer = self.rates.optimizer
        self.criterion = self._recipe.loss.criterion(torch.bincount(cell.train.labels, minlength=cell.classes))
        self._testing = Testing(cell, precision, self.criterion, self.module)
        self.outcome = self._testing.outcome
        if cell.start is not None:
            restore(self.module, self.optimizer, cell.start)
            self.outcome.restore(cell.start.arrays)
        self.tally, self.loss = Tally.on(device), torch.zeros((), device=device)
        self.signature: tuple[tuple[bool, ...], ...] = ()
        self.epoch, self._images_done, self._is_over = 0, 0, False
        self._noise: dict[str, np.ndarray] = {}

    def enter(self, epoch: int) -> None:
        """Begins an epoch, or goes on within it where the cell's start lies there."""
        self.epoch, self._images_done, self._is_over = epoch, 0, False
        self._images = self._cell.images(epoch)
        enter_epoch(self._cell.plan, epoch)
        trained = tuple(parameter.requires_grad for parameter in self.module.parameters())
        self.signature = trained, tuple(module.training for module in self.module.modules())
        self.rates.enter(epoch)
        self.tally.clear()
        self._noise = noise_of(self._cell.streams.child("noise", epoch), self._cell.train.device)
        start = self._cell.start
        if start is not None and start.images_done and start.epoch == epoch:
            self._images_done = start.images_done
            self._noise = restore_within(start, self.tally)

    @contextmanager
    def own_noise(self) -> Iterator[None]:
        """Within the block the global generators are the cell's own; outside of it everybody else's."""
        device = self._cell.train.device
        outside = take_global(device)
        restore_global(device, self._noise)
        try:
            yield
        finally:
            self._noise = take_global(device)
            restore_global(device, outside)

    def prepare(self, part: slice) -> tuple[torch.Tensor, torch.Tensor]:
        """Sets the step's learning rates; images and labels of a part of the epoch's order."""
        self.rates.follow(self.epoch, part)
        return self._images.batch(part)

    def step(self, images: torch.Tensor, labels: torch.Tensor) -> None:
        """One step, without a word to the host, so that a GPU never waits.

        Raises:
            NotFinite: the loss isn't, before its update; on a GPU that is seen at the next pause.
        """
        logits = forward(self.module, self._cell.preprocess, images, self._precision)
        loss = self.criterion(logits, labels)
        self.loss = loss.detach()
        if loss.device.type == "cpu":
            self.finite_loss()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.tally.losses += self.loss.double() * len(labels)
        heaviest = labels if labels.ndim == 1 else labels.argmax(1)
        self.tally.hits += (logits.detach().argmax(1) == heaviest).sum()

    def pause(self, images_done: int, seconds: float) -> None:
        """Stands still after a step; waits for the device.

        Args:
            images_done: of the epoch so far.
            seconds: of training since the last pause.

        Raises:
            NotFinite: the last loss isn't.
        """
        self.finite_loss()
        self._images_done = images_done
        self.tally.seconds += seconds

    def finite_loss(self) -> float:
        """The loss of the last step.

        Raises:
            NotFinite: it isn't a finite number.
        """
        return finite(self.loss.item(), self.epoch)

    def test(self) -> Iterator[int]:
        """Asks the network about the test images after the epoch's last step; yields how many are done."""
        return self._testing.ask(self.epoch, self._images)

    def end_epoch(self) -> Epoch:
        """What the epoch leaves; from here on the state is what the next one begins with.

        Raises:
            NotFinite: a loss or a logit isn't.
        """
        epoch = self._testing.end(self.epoch, self.tally, self._images)
        self._is_over = True
        return epoch

    def snapshot(self) -> Snapshot:
        """Copies all that the next step begins with."""
        if self._is_over:
            state = take(self.module, self.optimizer, self.epoch + 1)
        else:
            state = take_within(self.module, self.optimizer, self.epoch, self._images_done, self.tally, self._noise)
        return replace(state, arrays={**state.arrays, **self.outcome.arrays()})

    def tensors(self) -> Iterator[torch.Tensor]:
        """Yields all that a step changes in place."""
        yield from self.module.parameters()
        yield from self.module.buffers()
        yield from (self.tally.losses, self.tally.hits)
        for memory in self.optimizer.state.values():
            yield from (value for value in memory.values() if isinstance(value, torch.Tensor))
