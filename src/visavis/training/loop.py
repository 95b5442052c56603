"""The loop: one order per epoch, slices of it, steps; it stands still a few times a second.

Whoever iterates shows progress, keeps states and stops: the loop knows no watcher, no signal, no folder, and it never
asks which arm it trains.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import torch

from visavis.errors import InvalidStudy
from visavis.streams import changed_generators, restore_global, take_global
from visavis.training.batches import steps
from visavis.training.epoch import Epoch
from visavis.training.fast.cuda_graphs import Recorder, Recordings
from visavis.training.fast.precision import Precision
from visavis.training.fast.threads import at_most
from visavis.training.state import TrainState
from visavis.training.to_train import NoiseDrawn, ToTrain

SECONDS_BETWEEN_PAUSES = 0.2
T = TypeVar("T")


@dataclass(frozen=True)
class Pause:
    """The loop between two steps, with every cell at the same one.

    Attributes:
        epoch: 1 for the first.
        images_done: training images of the epoch so far.
        states: the cells that go on, by number; their snapshots hold until the loop is asked for more.
        endings: what has ended others since the last pause, by number.
        test_progress: the cell whose test images are asked about and how many of them are done; None while it trains.
        epochs: what the epoch has left of each cell that goes on, when it is over.
    """

    epoch: int
    images_done: int
    states: Mapping[int, TrainState]
    endings: Mapping[int, Exception]
    test_progress: tuple[int, int] | None = None
    epochs: Mapping[int, Epoch] = field(default_factory=dict)


def fit(cells: Sequence[ToTrain], precision: Precision, recorder: Recorder | None = None) -> Iterator[Pause]:
    """Trains the ``trained`` modules of several plans in place, step by step side by side, on the examples' device.

    A cell that raises is left behind, and the others go on. The logits of the last epoch, which are the cells'
    predictions, are computed in float32 whatever the precision of training: bfloat16 has so few digits that the two
    largest logits of an image are sometimes equal.

    Args:
        cells: all of them begin at the same step and keep pace: as many epochs, images and images per step; several
            draw no noise while they train.
        precision: of training, and of the tests after all epochs but the last.
        recorder: has whole steps done again as one, where the device can.

    Yields:
        A few times a second while the cells train, after every batch while they are tested, and after each epoch.

    Raises:
        OutOfMemoryError: there is no room for so many at once.
        NoiseDrawn: several have drawn noise; nothing has been yielded since.
    """
    # For all of its life: a consumer's work between two pauses is small, too.
    with at_most(1 if all(cell.is_head for cell in cells) else None):
        yield from _fit(_Group(cells, precision, recorder))


def _fit(group: _Group) -> Iterator[Pause]:
    first, images_done = group.begins_at
    epochs, batch_size, train_images = group.pace
    for epoch in range(first, epochs + 1):
        group.enter(epoch)
        # Steps that are still to be made: none where a run was ended while the epoch was tested.
        ahead = deque(part for part in steps(train_images, batch_size) if part.stop > images_done)
        while ahead and group.states:
            images_done = group.train(ahead)
            yield Pause(epoch, images_done, group.states, group.take_endings())
        for number, state in list(group.states.items()):
            with group.ends_alone(number):
                for count in state.test():
                    yield Pause(epoch, images_done, group.states, group.take_endings(), (number, count))
        ended = group.for_all(TrainState.end_epoch)
        yield Pause(epoch, images_done, group.states, group.take_endings(), epochs=ended)
        if not group.states:
            return
        images_done = 0


def epochs(cell: ToTrain, precision: Precision, recorder: Recorder | None = None) -> Iterator[Epoch]:
    """Trains one cell alone, and yields what each epoch leaves.

    Args:
        cell, precision, recorder: see ``fit``.

    Raises:
        NotFinite: the loss, before its update (on a GPU, a few steps later), or a logit isn't finite.
    """
    for pause in fit([cell], precision, recorder):
        for problem in pause.endings.values():
            raise problem
        yield from pause.epochs.values()


class _Group:
    """Cells at the same step.

    Attributes:
        states: of those that go on, by number.
        pace: epochs, batch size and training images of an epoch.
        begins_at: epoch, and images of it that have been trained on.
    """

    def __init__(self, cells: Sequence[ToTrain], precision: Precision, recorder: Recorder | None) -> None:
        starts, paces = {cell.begins_at for cell in cells}, {cell.pace for cell in cells}
        if len(starts) > 1 or len(paces) > 1:
            raise InvalidStudy(
                "cells can't go side by side",
                got=f"starts {starts}; epochs, images per step and images {paces}",
                expected="the same",
            )
        (self.begins_at,), (self.pace,) = starts, paces
        tensor_rates = recorder is not None
        self.states = {
            number: TrainState(cell, precision, tensor_rates=tensor_rates) for number, cell in enumerate(cells)
        }
        self._alone, self._device = len(cells) == 1, cells[0].train.device
        self._recording = None if recorder is None else Recordings(recorder)
        self._endings: dict[int, Exception] = {}

    def enter(self, epoch: int) -> None:
        """Begins an epoch."""
        self.for_all(lambda state: state.enter(epoch))

    def train(self, ahead: deque[slice]) -> int:
        """Makes steps until it is time to stand still, or none is left; training images of the epoch so far."""
        start = time.perf_counter()
        with self._noise():
            while ahead:
                part = ahead.popleft()
                self._step(part)
                if not self.states or time.perf_counter() - start > SECONDS_BETWEEN_PAUSES:
                    break
        if self._device.type == "cuda":
            torch.cuda.synchronize()
        seconds = (time.perf_counter() - start) / max(len(self.states), 1)  # each cell has taken its share of the time
        self.for_all(lambda state: state.pause(part.stop, seconds))
        return part.stop

    def _step(self, part: slice) -> None:
        batches = self.for_all(lambda state: state.prepare(part))
        states, is_whole = list(self.states.values()), part.stop - part.start == self.pace[1]
        recordings = self._recording if states and is_whole else None
        is_done = recordings is not None and recordings.step(states, list(batches.values()))
        for number, state in list(self.states.items()):
            with self.ends_alone(number):
                if not is_done:
                    state.step(*batches[number])
                state.outcome.follow(state.epoch, part)

    def _noise(self) -> AbstractContextManager[None]:
        """A cell alone draws from its epoch's own generators; cells side by side draw nothing."""
        return next(iter(self.states.values())).own_noise() if self._alone else _silence(self._device)

    def for_all(self, work: Callable[[TrainState], T]) -> dict[int, T]:
        """What the work gives for every cell, by number."""
        results: dict[int, T] = {}
        for number, state in list(self.states.items()):
            with self.ends_alone(number):
                results[number] = work(state)
        return results

    @contextmanager
    def ends_alone(self, number: int) -> Iterator[None]:
        """A cell that raises within the block ends, and the others go on; but for memory, which they share."""
        try:
            yield
        except torch.OutOfMemoryError:
            raise
        except Exception as problem:
            self._endings[number] = problem
            del self.states[number]

    def take_endings(self) -> dict[int, Exception]:
        """What has ended cells since this was asked last."""
        endings, self._endings = self._endings, {}
        return endings


@contextmanager
def _silence(device: torch.device) -> Iterator[None]:
    """Raises where the block draws from the global generators, which are put back."""
    before = take_global(device)
    yield
    if changed_generators(before, take_global(device)):
        restore_global(device, before)
        raise NoiseDrawn
