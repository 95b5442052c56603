"""The cells of a study, trained: what is missing, and nobody else trains."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Protocol

from visavis.cells import Conditions, Machine, Result, SideBySide, images_gone_through
from visavis.design.arm import Arm
from visavis.design.study import Study
from visavis.errors import TrainingError
from visavis.events.cells import (
    CandidateFinished,
    CellDamaged,
    CellFailed,
    CellFinished,
    CellHeld,
    CellPassedOver,
    CellSettledElsewhere,
    CellsPlanned,
    CellStarted,
    EpochDone,
)
from visavis.runs.chooser import Chooser, chosen_arm
from visavis.runs.core_watch import CoreWatch
from visavis.runs.failures import failure_of, trace_of
from visavis.runs.journal import Log
from visavis.runs.rounds import Judge
from visavis.runs.signals import StopRequest
from visavis.store import SECONDS_BETWEEN_TRIES, CellFolder, CellState, RunFolder


@dataclass(frozen=True)
class Work:
    """What an executor is given.

    Attributes:
        folder: the run folder, where other processes leave what they make.
        cells: arm and seed of each that is to be trained.
        machine: what each has to be trained by.
        stop: says when to stop.
        log: of the run; lines that other processes write are marked with its ``run``.
    """

    folder: RunFolder
    cells: tuple[tuple[str, int], ...]
    machine: Machine
    stop: StopRequest
    log: Log


class Executor(Protocol):
    """Has cells trained by other processes.

    Attributes:
        processes: how many of them share this machine.
        at_once: cells that are trained at the same time, as far as that is known.
    """

    @property
    def processes(self) -> int:
        """How many of them share this machine."""

    @property
    def at_once(self) -> int:
        """Cells that are trained at the same time, as far as that is known."""

    def __call__(self, work: Work) -> None:
        """Returns when the cells are finished or have failed, or can't be trained elsewhere."""


@dataclass(frozen=True)
class _Cell:
    """An arm and a seed, and where they are kept."""

    arm: Arm
    seed: int
    folder: CellFolder

    @property
    def key(self) -> tuple[str, int]:
        """The arm's name, and the seed."""
        return self.arm.name, self.seed


@dataclass(frozen=True)
class Trainer:
    """Trains the cells of a study in this process, as many side by side as the machine says.

    Attributes:
        study: whose cells.
        conditions: what is held equal.
        stop: says when to stop.
        log: is told what happens.
        judge: of candidates of tuned arms; None where single cells are trained for another process.
    """

    study: Study
    conditions: Conditions
    stop: StopRequest
    log: Log
    judge: Judge | None = None
    _images: dict[str, int] = field(default_factory=dict, repr=False, compare=False)
    _cores: CoreWatch = field(default_factory=CoreWatch, repr=False, compare=False)

    def train_all(self, seeds: Sequence[int], executor: Executor | None = None) -> None:
        """Seed by seed, so that an interrupted study holds as many whole pairs as it can; what others train is waited
        for, and taken over where they die. Other processes are given the candidates of all seeds at once, then what is
        chosen in them.
        """
        cells = self._missing_cells(seeds)
        if not self.study.tuned_arms:
            self._train_everywhere(cells, executor)
            return
        for block in [[seed] for seed in seeds] if executor is None else [seeds]:
            while cells := self._trainable(block):
                self._train_everywhere(cells, executor)

    def _trainable(self, seeds: Sequence[int]) -> list[_Cell]:
        """What can be trained of some seeds now; a cell that several of them wait for stands there once."""
        assert self.judge is not None
        chooser = Chooser(self.conditions.folder, self.judge, self.study.headline, self.log)
        return self._cells(
            pair for seed in seeds for arm in self.study.all_arms for pair in chooser.trainable(arm, seed)
        )

    def _cells(self, pairs: Iterable[tuple[Arm, int]]) -> list[_Cell]:
        """The cells of arms and seeds, each once."""
        return list({(arm.name, seed): self._cell(arm, seed) for arm, seed in pairs}.values())

    def _train_everywhere(self, cells: list[_Cell], executor: Executor | None) -> None:
        """Until each of the cells is settled."""
        if executor is not None and cells:
            keys = tuple(cell.key for cell in cells)
            executor(Work(self.conditions.folder, keys, self.conditions.machine, self.stop, self.log))
            cells = [cell for cell in cells if not cell.folder.is_settled()]
        holders: dict[tuple[str, int], str] = {}
        while cells:
            cells_of_others: list[_Cell] = []
            for start in range(0, len(cells), self.conditions.machine.together):
                self.stop.obey()
                for cell, holder in self._train_free(cells[start : start + self.conditions.machine.together]):
                    cells_of_others.append(cell)
                    if holders.get(cell.key) != holder:
                        self.log(CellHeld(*cell.key, holder))
                    holders[cell.key] = holder
            if len(cells_of_others) == len(cells):
                time.sleep(SECONDS_BETWEEN_TRIES)
            cells = cells_of_others

    def train_one(self, arm_name: str, seed: int) -> None:
        """Trains one cell, unless it is settled or another process trains it."""
        self._train_free([self._cell(self._arm_of(arm_name, seed), seed)])

    def _arm_of(self, name: str, seed: int) -> Arm:
        """What a cell trains, by its name."""
        for entry in self.study.all_arms:
            if entry.name == name:
                return entry if isinstance(entry, Arm) else chosen_arm(entry, self.conditions.folder.cell(name, seed))
        return next(arm for arm in self.study.trained_arms if arm.name == name)

    def _cell(self, arm: Arm, seed: int) -> _Cell:
        return _Cell(arm, seed, self.conditions.folder.cell(arm.name, seed))

    def _images_of(self, arm: Arm) -> int:
        """Training images that a cell of an arm goes through; by the first seed, which was rehearsed: a training set
        that raises in another one fails that cell, not the run.
        """
        if arm.name not in self._images:
            seed = self.study.seeds[0]
            self._images[arm.name] = images_gone_through(arm, seed, self.conditions.data.of(seed))
        return self._images[arm.name]

    def settled_seeds(self) -> int:
        """How many seeds there are, from the first one on, that are settled in every arm."""
        folder, names = self.conditions.folder, [arm.name for arm in self.study.all_arms]
        rows = ([folder.cell(name, seed) for name in names] for seed in self.study.seeds)
        return sum(1 for _ in takewhile(lambda row: all(cell.is_settled() for cell in row), rows))

    def _missing_cells(self, seeds: Sequence[int]) -> list[_Cell]:
        """What there is to do; tells of it, and of what isn't done."""
        retry_failed = self.conditions.machine.options.retry_failed
        cells = self._cells(pair for seed in seeds for pair in self.study.cells([seed]))
        states = {cell.key: cell.folder.state for cell in cells}
        final_states = {CellState.done} if retry_failed else {CellState.done, CellState.failed}
        missing = [cell for cell in cells if states[cell.key] not in final_states]
        arms = {cell.arm.name: cell.arm for cell in missing}
        images = {name: self._images_of(arm) for name, arm in arms.items()}
        done_count = sum(state is CellState.done for state in states.values())
        self.log(CellsPlanned(len(cells), done_count, tuple(cell.arm.name for cell in missing), images))
        for cell in cells:
            self._tell_state(cell, states[cell.key], retry_failed=retry_failed)
        if retry_failed:
            self._forget_failed_candidates(seeds)
        return missing

    def _forget_failed_candidates(self, seeds: Sequence[int]) -> None:
        """Of every round: which candidates a later one has, only the earlier one tells."""
        for arm in self.study.tuned_arms:
            for seed in dict.fromkeys(map(arm.trial_seed, seeds)):
                for trial in arm.trials():
                    self.conditions.folder.cell(trial.name, seed).forget_failure()

    def _tell_state(self, cell: _Cell, state: CellState, *, retry_failed: bool) -> None:
        """Tells of a cell that isn't tried again, or is trained anew; what is tried again has failed no more."""
        if state is CellState.damaged:
            self.log(CellDamaged(*cell.key, cell.folder.damage))
        elif state is CellState.failed and retry_failed:
            cell.folder.forget_failure()
        elif state is CellState.failed:
            self.log(CellPassedOver(*cell.key, cell.folder.read_failure() or ""))

    def _train_free(self, cells: Sequence[_Cell]) -> list[tuple[_Cell, str]]:
        """Trains cells side by side, but those that another process trains; returns these, and who does."""
        busy: list[tuple[_Cell, str]] = []
        free: list[_Cell] = []
        with ExitStack() as claims:
            for cell in cells:
                claim = claims.enter_context(cell.folder.claim)
                is_settled = cell.folder.is_settled()
                holder = None if is_settled else claim.take()
                if holder is not None:
                    busy.append((cell, str(holder)))
                elif is_settled or cell.folder.is_settled():  # while the claim was another's
                    self.log(CellSettledElsewhere(*cell.key))
                else:
                    free.append(cell)
            if free:
                self._train(free)
        return busy

    def _train(self, cells: Sequence[_Cell]) -> None:
        for cell in cells:
            self.log(CellStarted(*cell.key, cell.arm.epochs, self._images_of(cell.arm) // cell.arm.epochs))
        group, in_work = SideBySide([(cell.arm, cell.seed) for cell in cells], self.conditions), list(cells)
        with self.stop.patience():
            for event in group:  # between two events all cells stand at the same step
                self.log(event)
                if isinstance(event, EpochDone):
                    self._cores.look(self.log)
                if group.is_ending:  # those that have had their last epoch are saved, whatever has ended the others
                    continue
                in_work = self._settle_all(in_work, group)
                if self.stop.has_come:
                    group.keep()
                    self.stop.obey()
            self._settle_all(in_work, group)

    def _settle_all(self, cells: Sequence[_Cell], group: SideBySide) -> list[_Cell]:
        """Settles the cells that have ended, as soon as they have; returns those that go on.

        Raises:
            TrainingError: one has failed, with ``fail_fast``; the states of the others are kept.
        """
        settled = [self._settle(cell, group.results[cell.key]) for cell in cells if cell.key in group.results]
        failure = next(filter(None, settled), None)
        if failure is not None and self.conditions.machine.options.fail_fast:
            group.keep()
            raise failure
        return [cell for cell in cells if cell.key not in group.results]

    def _settle(self, cell: _Cell, result: Result) -> TrainingError | None:
        """Tells how a cell has ended; returns its failure, if it is one."""
        if not isinstance(result, Exception):
            is_candidate = cell.arm.held_out is not None
            self.log((CandidateFinished if is_candidate else CellFinished)(*cell.key, result.row.test_accuracy))
            return None
        failure = failure_of(result, cell.arm.batch_size)
        cell.folder.write_failure(str(failure))
        self.log(CellFailed(*cell.key, str(failure), type(failure).__name__, trace_of(result)))
        if failure is not result:
            failure.__cause__ = result
        return failure
