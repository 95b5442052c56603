"""Cells side by side in one process, which a GPU trains at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch

from visavis.execution.cell import OpenCell
from visavis.execution.conditions import Conditions
from visavis.execution.events import TogetherReduced
from visavis.execution.stopping import Stopping
from visavis.results import EpochRow
from visavis.study import Arm
from visavis.training.lanes import draws_noise
from visavis.training.loop import Outcome, fit_together
from visavis.training.recording import recorder_of

Key = tuple[str, int]
Result = EpochRow | Exception
"""A finished cell's last row, or what ended it."""


def run_together(cells: Sequence[tuple[Arm, int]], conditions: Conditions) -> dict[Key, Result]:
    """Trains cells side by side and saves them; each comes to what it would have come to alone.

    Cells that draw noise while they train, and those that go on from different states, are trained after one another.
    Where there is no room for all, half of them are trained first: the batches stay as they are.

    Args:
        cells: claimed.
        conditions: what is held equal.

    Returns:
        What each cell has come to, by its arm and seed.

    Raises:
        Stopped: a signal asked for it; what is in work is kept.
    """
    try:
        return _run(cells, conditions)
    except torch.OutOfMemoryError as problem:
        if len(cells) == 1:
            ((arm, seed),) = cells
            return {(arm.name, seed): problem}
        half = len(cells) // 2
        conditions.watch(TogetherReduced(len(cells), half))
    return run_together(cells[:half], conditions) | run_together(cells[half:], conditions)


def _run(cells: Sequence[tuple[Arm, int]], conditions: Conditions) -> dict[Key, Result]:
    results: dict[Key, Result] = {}
    opened: dict[Key, OpenCell] = {}
    for arm, seed in cells:
        try:
            opened[arm.name, seed] = OpenCell(arm, seed, conditions)
        except torch.OutOfMemoryError:
            raise
        except Exception as problem:
            results[arm.name, seed] = problem
    for keys in _groups(opened):
        results |= _train({key: opened[key] for key in keys}, conditions)
    return results


def _groups(opened: dict[Key, OpenCell]) -> Iterable[list[Key]]:
    """Cells that can go side by side."""
    if len(opened) == 1:
        return [list(opened)]
    groups: dict[object, list[Key]] = {}
    for key, cell in opened.items():
        alone = key if draws_noise(cell.lane) else None
        groups.setdefault((alone, cell.lane.begins_at), []).append(key)
    return groups.values()


def _train(cells: dict[Key, OpenCell], conditions: Conditions) -> dict[Key, Result]:
    """Trains and saves what can go side by side."""
    keys, machine = list(cells), conditions.machine
    results: dict[Key, Result] = {}
    with conditions.stopping.patience():
        lanes = [cells[key].lane for key in keys]
        for outcomes in fit_together(lanes, conditions.recipe, machine.precision, recorder_of(machine.device)):
            results |= _taken(
                {keys[number]: outcome for number, outcome in outcomes.items()}, cells, conditions.stopping
            )
        for key in keys:
            if key not in results:
                results[key] = _finished(cells[key], len(keys))
    return results


def _taken(outcomes: dict[Key, Outcome], cells: dict[Key, OpenCell], stopping: Stopping) -> dict[Key, Result]:
    """Hands every cell its epoch; returns what has ended.

    Raises:
        Stopped: a signal asked for it; all states are kept. After the last epoch it can wait.
    """
    going, ended = [], dict[Key, Result]()
    for key, outcome in outcomes.items():
        if isinstance(outcome, Exception):
            ended[key] = outcome
        else:
            cells[key].take(outcome)
            going.append(cells[key])
    if stopping.is_asked and not any(cell.is_over for cell in going):
        for cell in going:
            cell.leave()
        stopping.end()
    return ended


def _finished(cell: OpenCell, beside: int) -> Result:
    try:
        return cell.finish(beside)
    except Exception as problem:
        return problem
