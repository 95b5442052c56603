"""Has all cells of a run trained by a pool of processes, whatever it is made of, and starts again what they lose."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from visavis.errors import TrainingError, VisavisError, WorkersError
from visavis.events.cells import CellFailed
from visavis.executors.follower import Follower
from visavis.runs.trainer import Work

SECONDS_BETWEEN_LOOKS = 0.1
TRIES = 3
"""How often a cell may take its process with it before it counts as failed."""


class Task(Protocol):
    """A cell given away."""

    def done(self) -> bool:
        """Whether its process is through with it, well or not."""

    def problem(self) -> BaseException | None:
        """What ended it, if it wasn't its own end; of tasks that are done."""


@dataclass(frozen=True)
class FutureTask:
    """A cell given away for a future."""

    future: Future[None]

    def done(self) -> bool:
        """See ``Task``."""
        return self.future.done()

    def problem(self) -> BaseException | None:
        """See ``Task``."""
        return None if self.future.cancelled() else self.future.exception()


class Pool(Protocol):
    """Processes that take tasks."""

    def submit(self, cells: Sequence[tuple[str, int]]) -> Sequence[Task]:
        """Has cells trained, given by arm and seed."""

    def stop(self) -> None:
        """Asks all processes to keep what is in work and end."""


OpenPool = Callable[[], AbstractContextManager[Pool]]
"""Opens a pool, whose block ends when all of its processes have."""


def drive(work: Work, open_pool: OpenPool) -> None:
    """Until every cell is finished or has failed, or is trained by another run.

    Raises:
        Stopped: a signal asked for it; the cells in work are kept.
        VisavisError: a process can't take part; or, with ``fail_fast``, a cell has failed.
    """
    follower, tries = Follower(work), Counter[tuple[str, int]]()
    queue: Sequence[tuple[str, int]] = work.cells
    while queue:
        problem = _train(work, queue, open_pool, follower)
        folders = {cell: work.folder.cell(*cell) for cell in queue}
        rest = [cell for cell, folder in folders.items() if not folder.is_settled() and folder.holder is None]
        orphans = [cell for cell in rest if cell in follower.course.in_work]
        # 1. Nothing has moved, and no cell is to blame: the processes can't work at all.
        if rest and not orphans and len(rest) == len(queue):
            raise WorkersError("no process trains a cell", got=problem, do="run again with --jobs 1") from problem
        # 2. A cell that was in work when its process ended may have ended it; those that only waited can't have.
        tries.update(orphans)
        follower.course.in_work.clear()
        for cell in orphans:
            if tries[cell] >= TRIES:
                _give_up(work, cell, problem)
        queue = [cell for cell in rest if tries[cell] < TRIES]


def _train(
    work: Work, cells: Sequence[tuple[str, int]], open_pool: OpenPool, follower: Follower
) -> BaseException | None:
    """Once through the cells; returns what ended processes that should have gone on."""
    try:
        with open_pool() as pool:
            tasks = pool.submit(cells)
            try:
                _follow(work, tasks, follower)
            except BaseException:
                pool.stop()
                raise
    finally:
        follower.look()  # also of what processes told while they ended
    _end_on_failure(work, follower)
    _raise_declared(tasks)
    return next((problem for task in tasks if (problem := task.problem()) is not None), None)


def _follow(work: Work, tasks: Sequence[Task], follower: Follower) -> None:
    """Until all tasks are done."""
    while not all(task.done() for task in tasks):
        follower.look()
        work.stop.obey()
        _end_on_failure(work, follower)
        _raise_declared(tasks)
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _end_on_failure(work: Work, follower: Follower) -> None:
    failures = follower.course.failures
    if work.machine.options.fail_fast and failures:
        raise TrainingError(failures[0])


def _raise_declared(tasks: Sequence[Task]) -> None:
    """What a process refuses, every other one would refuse too."""
    for task in tasks:
        problem = task.problem() if task.done() else None
        if isinstance(problem, VisavisError):
            raise problem


def _give_up(work: Work, cell: tuple[str, int], problem: BaseException | None) -> None:
    reason = TrainingError(
        f"the process that trains the cell has died {TRIES} times", got=problem, do="free memory, then --retry-failed"
    )
    work.folder.cell(*cell).write_failure(str(reason))
    work.log(CellFailed(*cell, str(reason), type(reason).__name__))
