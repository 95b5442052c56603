"""When a cell in work is kept, so that a run that ends early goes on where it was."""

from __future__ import annotations

import time

from visavis.execution.events import CheckpointDamaged, CheckpointForeign, EpochDone, StepDone, TestingDone
from visavis.execution.stopping import Stopping
from visavis.execution.watch import Watch
from visavis.options import Cadence
from visavis.results import EpochRow
from visavis.store import CellFolder, Checkpoint
from visavis.training.reports import Epoch, Evaluation, Step
from visavis.training.snapshot import Snapshot


class Keeper:
    """Follows the training of one cell: writes its history, keeps states of it, and ends it when that is asked.

    Args:
        place: the cell's folder.
        arm, seed: the cell.
        basis: what has to be the same for a run to go on from a state.
        cadence, stopping, watch: when to keep, when to end, whom to tell.
        begun: when the cell began, in this sitting, by ``time.perf_counter``.
    """

    def __init__(
        self,
        place: CellFolder,
        arm: str,
        seed: int,
        basis: str,
        cadence: Cadence,
        stopping: Stopping,
        watch: Watch,
        begun: float,
    ) -> None:
        self._place, self._arm, self._seed, self._basis, self._cadence = place, arm, seed, basis, cadence
        self._stopping, self._watch = stopping, watch
        self._begun, self._before = begun, 0.0
        self._rows: list[EpochRow] = []
        self._step: Step | None = None
        self._kept, self._took = time.perf_counter(), cadence.first

    @property
    def seconds(self) -> float:
        """That the cell has taken, over all sittings."""
        return self._before + time.perf_counter() - self._begun

    @property
    def rows(self) -> list[EpochRow]:
        """The history so far."""
        return self._rows

    def resume(self) -> Snapshot | None:
        """The state to go on from, None where there is none; then the folder is emptied."""
        found, bad = self._place.read_checkpoint(self._basis)
        for name in bad:
            self._watch(CheckpointDamaged(name))
        if found is None:
            if self._place.has_checkpoints and not bad:
                self._watch(CheckpointForeign(self._arm, self._seed))
            self._place.start()
            return None
        self._place.forget_failure()
        self._rows, self._before = list(found.rows), found.seconds
        return Snapshot(found.epoch, found.done, found.arrays)

    def told(self, at: Step | Evaluation) -> None:
        """Follows steps and evaluation.

        Raises:
            Stopped: that was asked; the state is kept.
        """
        match at:
            case Step():
                self._step = at
                self._watch(StepDone(self._arm, self._seed, at.epoch, at.done, at.loss))
            case Evaluation():
                self._watch(TestingDone(self._arm, self._seed, at.epoch, at.done, at.total))
        if self._stopping.is_asked and self._step is not None:
            self._keep(self._step.snapshot())
            self._stopping.end()
        if isinstance(at, Step) and self._is_due(within_epoch=True):
            self._keep(at.snapshot())

    def take(self, epoch: Epoch, *, is_last: bool) -> None:
        """Follows a finished epoch."""
        self._rows.append(epoch.row)
        self._place.append_history(epoch.row)
        self._watch(EpochDone(self._arm, self._seed, epoch.row))
        if not is_last and self._is_due(within_epoch=False):
            self._keep(epoch.snapshot())

    def leave(self, epoch: Epoch) -> None:
        """Keeps what the next epoch begins with, before the run ends."""
        self._keep(epoch.snapshot())

    def _is_due(self, *, within_epoch: bool) -> bool:
        return self._cadence.is_due(time.perf_counter() - self._kept, self._took, within_epoch=within_epoch)

    def _keep(self, state: Snapshot) -> None:
        start = time.perf_counter()
        found = Checkpoint(state.epoch, state.done, tuple(self._rows), self.seconds, state.arrays)
        self._place.write_checkpoint(found, self._basis)
        self._kept = time.perf_counter()
        self._took = self._kept - start
