"""A study, cell by cell: load, admit, settle the machine, train what is missing and nobody else trains."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from visavis.cells.conditions import Conditions
from visavis.cells.machine import Machine
from visavis.cells.side_by_side import Result, SideBySide
from visavis.data import ImageData
from visavis.describe import Plain
from visavis.design.arm import Arm
from visavis.design.study import Study
from visavis.errors import TrainingError
from visavis.events import (
    CellDamaged,
    CellFailed,
    CellFinished,
    CellHeld,
    CellPassedOver,
    CellSettledElsewhere,
    CellsPlanned,
    CellStarted,
    Watch,
    ignore,
)
from visavis.options import USUAL, Options, empty
from visavis.runs.failures import failure_of, trace_of
from visavis.runs.journal import Log, warnings_as_events
from visavis.runs.machine import threads_restored
from visavis.runs.prepare import prepare
from visavis.runs.signals import Stopping, stopping
from visavis.store import SECONDS_BETWEEN_TRIES, CellFolder, CellState, RunFolder
from visavis.training import freed_memory_kept


def run_study(
    study: Study,
    out: str | Path,
    options: Options = USUAL,
    *,
    watch: Watch = ignore,
    origin: Mapping[str, Plain] | None = None,
    study_file: str | None = None,
    beside: Mapping[str, str] | None = None,
    executor: Executor | None = None,
) -> RunFolder:
    """Trains the cells of a study that aren't finished yet, and that no other process trains.

    SIGINT and SIGTERM end the run after the step in work, whose state is kept (in the main thread; a second signal ends
    the process at once). What happens is also written to ``events.jsonl`` in the folder.

    Args:
        study: what to run.
        out: the run folder; a finished or interrupted run of the same study is continued. Any number of processes may
            run one study in one folder.
        options: where and how fast.
        watch: is told what happens.
        origin: how the run was asked for, kept for the report.
        study_file: text of the study's file, kept beside the results.
        beside: texts of the modules beside that file which it imports, by their path from there; kept, too.
        executor: has the cells trained by other processes; what they leave undone is trained here.

    Raises:
        VisavisError: the study, its data or the folder can't be used; nothing is written then. A cell that can't be
            trained to its end doesn't raise: it leaves its reason in the folder (with ``fail_fast`` it raises, too).
        Stopped: a signal asked for it.
    """
    if out == "":
        raise empty("out")
    folder, log = RunFolder(Path(out)), Log(watch)
    processes = 1 if executor is None else executor.processes
    warned = warnings_as_events(log, otherwise=watch is ignore)
    with stopping() as asked_to_stop, threads_restored(), freed_memory_kept(), warned:
        prepared = prepare(study, folder, options, processes, asked_to_stop, log, origin, study_file, beside or {})
        run = Training(study, prepared.data, prepared.shared, prepared.machine, folder, asked_to_stop, log)
        run.cells(executor)
    return folder


@dataclass(frozen=True)
class Work:
    """What an executor is given.

    Attributes:
        folder: the run folder, where other processes leave what they make.
        cells: arm and seed of each that is to be trained.
        machine: what each has to be trained by.
        stopping: says when to stop.
        log: of the run; lines that other processes write are marked with its ``run``.
    """

    folder: RunFolder
    cells: tuple[tuple[str, int], ...]
    machine: Machine
    stopping: Stopping
    log: Log


class Executor(Protocol):
    """Has cells trained by other processes.

    Attributes:
        processes: how many of them share this machine.
    """

    @property
    def processes(self) -> int:
        """How many of them share this machine."""

    def __call__(self, work: Work) -> None:
        """Returns when the cells are finished or have failed, or can't be trained elsewhere."""


@dataclass(frozen=True)
class _Cell:
    """An arm and a seed, and where they are kept."""

    arm: Arm
    seed: int
    place: CellFolder


@dataclass(frozen=True)
class Training:
    """The cells of a study, trained by this process, as many side by side as the machine says."""

    study: Study
    data: ImageData
    shared: dict[str, str]
    machine: Machine
    folder: RunFolder
    stopping: Stopping
    log: Log

    def cells(self, executor: Executor | None = None) -> None:
        """Seed by seed, so that an interrupted study holds as many whole pairs as it can; what others train is waited
        for, and taken over where they die.
        """
        waiting = self._planned()
        if executor is not None and waiting:
            keys = tuple((cell.arm.name, cell.seed) for cell in waiting)
            executor(Work(self.folder, keys, self.machine, self.stopping, self.log))
            waiting = [cell for cell in waiting if not cell.place.is_settled()]
        told: dict[tuple[str, int], str] = {}
        while waiting:
            left = []
            for start in range(0, len(waiting), self.machine.together):
                self.stopping.end()
                for cell, holder in self._try(waiting[start : start + self.machine.together]):
                    left.append(cell)
                    key = cell.arm.name, cell.seed
                    if told.get(key) != holder:
                        self.log(CellHeld(*key, holder))
                    told[key] = holder
            if len(left) == len(waiting):
                time.sleep(SECONDS_BETWEEN_TRIES)
            waiting = left

    def _planned(self) -> list[_Cell]:
        """What there is to do; tells of it, and of what isn't done."""
        pairs = [(arm, seed) for seed in self.study.seeds for arm in self.study.all_arms]
        cells = [_Cell(arm, seed, self.folder.cell(arm.name, seed)) for arm, seed in pairs]
        states = [cell.place.state for cell in cells]
        passed = [not self.machine.options.retry_failed and state is CellState.failed for state in states]
        missing = [
            cell
            for cell, state, over in zip(cells, states, passed, strict=True)
            if state is not CellState.done and not over
        ]
        images_each = self.study.recipe.epochs * len(self.data.train)
        done = sum(state is CellState.done for state in states)
        arms = tuple(cell.arm.name for cell in missing)
        self.log(CellsPlanned(len(cells), done, images_each, arms))
        for cell, state, over in zip(cells, states, passed, strict=True):
            if over:
                self.log(CellPassedOver(cell.arm.name, cell.seed, cell.place.read_failure() or ""))
            elif state is CellState.damaged:
                self.log(CellDamaged(cell.arm.name, cell.seed, cell.place.damage))
            elif state is CellState.failed:
                cell.place.forget_failure()
        return missing

    def cell(self, arm: str, seed: int) -> None:
        """Trains one cell, unless it is settled or another process trains it."""
        found = next(one for one in self.study.all_arms if one.name == arm)
        self._try([_Cell(found, seed, self.folder.cell(arm, seed))])

    def _try(self, cells: Sequence[_Cell]) -> list[tuple[_Cell, str]]:
        """Trains cells side by side, but those that another process trains; returns these, and who does."""
        held, taken = [], []
        with ExitStack() as claims:
            for cell in cells:
                claim = claims.enter_context(cell.place.claim)
                settled = cell.place.is_settled()
                holder = None if settled else claim.take()
                if holder is not None:
                    held.append((cell, str(holder)))
                elif settled or cell.place.is_settled():  # while the claim was another's
                    self.log(CellSettledElsewhere(cell.arm.name, cell.seed))
                else:
                    taken.append(cell)
            if taken:
                self._train(taken)
        return held

    def _train(self, cells: Sequence[_Cell]) -> None:
        recipe = self.study.recipe
        for cell in cells:
            self.log(CellStarted(cell.arm.name, cell.seed, recipe.epochs, len(self.data.train)))
        conditions = Conditions(self.data, self.shared, recipe, self.machine, self.folder)
        work = SideBySide([(cell.arm, cell.seed) for cell in cells], conditions)
        with self.stopping.patience():
            for event in work:
                self.log(event)
                if self.stopping.is_asked and not work.is_ending:
                    work.keep()
                    self.stopping.end()
        failures = [self._settle(cell, work.results[cell.arm.name, cell.seed]) for cell in cells]
        first = next((failure for failure in failures if failure is not None), None)
        if self.machine.options.fail_fast and first is not None:
            raise first

    def _settle(self, cell: _Cell, result: Result) -> TrainingError | None:
        """Tells how a cell has ended; returns its failure, if it is one."""
        name, seed = cell.arm.name, cell.seed
        if not isinstance(result, Exception):
            self.log(CellFinished(name, seed, result.test_accuracy))
            return None
        failure = failure_of(result, self.study.recipe.batch_size)
        cell.place.write_failure(str(failure))
        self.log(CellFailed(name, seed, str(failure), type(failure).__name__, trace_of(result)))
        if failure is not result:
            failure.__cause__ = result
        return failure
