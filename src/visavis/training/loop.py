"""The loop: examples in memory, one order per epoch, slices, steps. It never asks which arm it trains."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

from visavis.errors import InvalidStudy
from visavis.recipe import Recipe
from visavis.training.batches import steps
from visavis.training.lanes import Lane, Runner
from visavis.training.precision import Precision
from visavis.training.recording import Recorded, Recorder
from visavis.training.reports import Epoch

SECONDS_BETWEEN_REPORTS = 0.2

Outcome = Epoch | Exception
"""An epoch, or what ended its lane."""


def fit(lane: Lane, recipe: Recipe, precision: Precision, recorder: Recorder | None = None) -> Iterator[Epoch]:
    """Trains the plan's ``trained`` module in place, on the device of the examples, and yields after each epoch.

    The logits of the last epoch, which are the cell's predictions, are computed in float32 whatever the precision of
    training: bfloat16 has so few digits that the two largest logits of an image are sometimes equal.

    Args:
        lane: what is trained on what.
        recipe: what is held equal.
        precision: of training, and of the evaluation after all epochs but the last.
        recorder: has whole steps done again as one, where the device can.

    Raises:
        NotFinite: the loss, before its update (on a GPU, a few steps later), or a logit isn't finite.
    """
    for outcomes in fit_together([lane], recipe, precision, recorder):
        for outcome in outcomes.values():
            if isinstance(outcome, Exception):
                raise outcome
            yield outcome


def fit_together(
    lanes: Sequence[Lane], recipe: Recipe, precision: Precision, recorder: Recorder | None = None
) -> Iterator[dict[int, Outcome]]:
    """Trains several lanes step by step side by side; yields after each epoch what each has come to, by its number.

    A lane that raises is left behind, and the others go on.

    Args:
        lanes: all of them begin at the same step and have as many images; several draw no noise while they train.
        recipe, precision, recorder: see ``fit``.

    Raises:
        OutOfMemoryError: there is no room for so many at once.
    """
    begins, sizes = {lane.begins_at for lane in lanes}, {len(lane.train) for lane in lanes}
    if len(begins) > 1 or len(sizes) > 1:
        raise InvalidStudy("lanes can't go side by side", got=f"starts {begins}, {sizes} images", expected="the same")
    (first, done), together = begins.pop(), _Together(lanes, recipe, precision, recorder)
    for epoch in range(first, recipe.epochs + 1):
        yield together.epoch(epoch, done)
        if not together.runners:
            return
        done = 0


class _Together:
    """Lanes under way, by their numbers."""

    def __init__(self, lanes: Sequence[Lane], recipe: Recipe, precision: Precision, recorder: Recorder | None) -> None:
        self.runners = {
            number: Runner(lane, recipe, precision, tensor_rates=recorder is not None)
            for number, lane in enumerate(lanes)
        }
        self._lanes, self._size = lanes, recipe.batch_size
        self._recorded = None if recorder is None else Recorded(recorder)
        self._ended: dict[int, Exception] = {}
        self._done = 0

    def epoch(self, epoch: int, done: int) -> dict[int, Outcome]:
        """From a step of an epoch to its end; what each lane has come to."""
        self._ended, epochs = {}, dict[int, Epoch]()

        def evaluate(number: int, runner: Runner) -> None:
            epochs[number] = runner.evaluate()

        with self._noise(epoch):
            self._each(lambda _, runner: runner.enter(epoch))
            self._steps(done)
        with self._all_kept():
            self._each(evaluate)
        return {**epochs, **self._ended}

    def _noise(self, epoch: int) -> AbstractContextManager[None]:
        alone = len(self._lanes) == 1
        return self._lanes[0].streams.child("noise", epoch).as_global() if alone else nullcontext()

    def _steps(self, done: int) -> None:
        count = len(self._lanes[0].train)
        told = begun = time.perf_counter()
        for part in steps(count, self._size):
            if part.stop <= done:
                continue
            self._step(part)
            if self.runners and (time.perf_counter() - told > SECONDS_BETWEEN_REPORTS or part.stop == count):
                self._tell(part.stop, begun)
                begun = told = time.perf_counter()  # what the watchers took isn't training

    def _step(self, part: slice) -> None:
        runners = list(self.runners.values())
        whole = part.stop - part.start == self._size
        if self._recorded and runners and whole and self._recorded.step(runners, part):
            return
        self._each(lambda _, runner: runner.step(*runner.batch(part)))

    def _tell(self, done: int, begun: float) -> None:
        """Each lane has taken its share of the time."""
        self._done = done
        if self._lanes[0].train.device.type == "cuda":
            torch.cuda.synchronize()
        seconds = (time.perf_counter() - begun) / len(self.runners)
        with self._all_kept():
            self._each(lambda _, runner: runner.tell(done, seconds))

    @contextmanager
    def _all_kept(self) -> Iterator[None]:
        """Where a signal comes while lanes are told of one after another, all are told once more, so that each of them
        keeps the state that the last step left.
        """
        try:
            yield
        except KeyboardInterrupt:
            if len(self._lanes) > 1:
                self._each(lambda _, runner: runner.tell(self._done, 0.0))
            raise

    def _each(self, work: Callable[[int, Runner], None]) -> None:
        """The work for every lane; one that raises ends alone, and a signal counts once all have had their turn."""
        asked: KeyboardInterrupt | None = None
        for number, runner in list(self.runners.items()):
            try:
                work(number, runner)
            except torch.OutOfMemoryError:
                raise
            except Exception as problem:
                self._ended[number] = problem
                del self.runners[number]
            except KeyboardInterrupt as signal:
                asked = signal
        if asked is not None:
            raise asked
