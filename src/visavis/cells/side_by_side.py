"""Cells side by side in one process, which a GPU trains at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import torch

from visavis.cells.cell import Cell
from visavis.cells.conditions import Conditions
from visavis.design.arm import Arm
from visavis.events import Event
from visavis.events.runs import TogetherParted, TogetherReduced
from visavis.training import Epoch, NoiseDrawn, Pause, draws_noise, fit, recorder_of

Key = tuple[str, int]
Result = Epoch | Exception
"""A finished cell's last epoch, or what ended it."""


class SideBySide:
    """Cells that one process trains and saves; each comes to what it would have come to alone.

    Iterating trains them and yields what happens; between two events all cells stand at the same step, and ``keep``
    keeps their states. Cells that draw noise while they train, those that go on from different states, and those that
    don't keep pace (other epochs, batch sizes, numbers of images) are trained after one another. Where there is no room
    for all, half of them are trained first: the batches stay as they are.

    Args:
        cells: arms and seeds, claimed.
        conditions: what is held equal.

    Attributes:
        results: what each cell has come to, by its arm and seed.
    """

    def __init__(self, cells: Sequence[tuple[Arm, int]], conditions: Conditions) -> None:
        self._pairs, self._conditions = cells, conditions
        self.results: dict[Key, Result] = {}
        self._cells: list[Cell] = []
        self._pause: Pause | None = None

    def __iter__(self) -> Iterator[Event]:
        yield from self._train(self._pairs)

    def keep(self) -> None:
        """Keeps the state of every cell that is being trained."""
        if self._pause is not None:
            for number, state in self._pause.states.items():
                self._cells[number].keep(state)

    @property
    def is_ending(self) -> bool:
        """Whether the cells have had their last epoch, and only have to be saved."""
        return self._pause is not None and any(self._cells[number].is_over for number in self._pause.states)

    def _train(self, pairs: Sequence[tuple[Arm, int]]) -> Iterator[Event]:
        try:
            yield from self._train_at_once(pairs)
        except torch.OutOfMemoryError as problem:
            if len(pairs) == 1:
                ((arm, seed),) = pairs
                self.results[arm.name, seed] = problem
                return
            rest = self._without_result(pairs)
            half = max(len(rest) // 2, 1)
            yield TogetherReduced(len(rest), half)
            yield from self._train(rest[:half])
            yield from self._train(rest[half:])
        except NoiseDrawn:
            rest = self._without_result(pairs)
            yield TogetherParted(len(rest))
            for pair in rest:
                yield from self._train([pair])

    def _without_result(self, pairs: Sequence[tuple[Arm, int]]) -> list[tuple[Arm, int]]:
        return [(arm, seed) for arm, seed in pairs if (arm.name, seed) not in self.results]

    def _train_at_once(self, pairs: Sequence[tuple[Arm, int]]) -> Iterator[Event]:
        cells: dict[Key, Cell] = {}
        for arm, seed in pairs:
            key = arm.name, seed
            try:
                cells[key] = Cell(arm, seed, self._conditions)
                yield from cells[key].resume()
            except torch.OutOfMemoryError:
                raise
            except Exception as problem:
                self.results[key] = problem
                cells.pop(key, None)
        for group in _groups(cells):
            yield from self._fit(group)

    def _fit(self, cells: dict[Key, Cell]) -> Iterator[Event]:
        """Trains and saves what can go side by side."""
        keys, machine = list(cells), self._conditions.machine
        self._cells = list(cells.values())
        recorder = recorder_of(machine.device)
        try:
            to_train = [cell.to_train for cell in self._cells]
            for pause in fit(to_train, machine.precision, recorder):
                self.results |= {keys[number]: problem for number, problem in pause.endings.items()}
                # All cells follow before anything is told: who is told may stop here, and then all are kept alike.
                events = [self._cells[number].follow(pause, number) for number in pause.states]
                self._pause = pause
                yield from filter(None, events)
        finally:
            self._cells, self._pause = [], None
        for key, cell in cells.items():
            if key not in self.results:
                self.results[key] = _finish(cell, len(keys))


def _groups(cells: dict[Key, Cell]) -> Iterable[dict[Key, Cell]]:
    """Cells that can go side by side."""
    if len(cells) == 1:
        return [cells]
    groups: dict[object, dict[Key, Cell]] = {}
    for key, cell in cells.items():
        alone = key if draws_noise(cell.to_train) else None
        groups.setdefault((alone, cell.to_train.begins_at, cell.to_train.pace), {})[key] = cell
    return groups.values()


def _finish(cell: Cell, beside: int) -> Result:
    try:
        return cell.finish(beside)
    except Exception as problem:
        return problem
