"""When a cell in work is kept, so that a run that ends early goes on where it was."""

from __future__ import annotations

import time
from dataclasses import dataclass

from visavis.options import Cadence
from visavis.results import EpochRow
from visavis.store import CellFolder, Checkpoint
from visavis.training.snapshot import Snapshot


@dataclass(frozen=True)
class Resumption:
    """What a cell's folder holds to go on from.

    Attributes:
        start: the state; None where the cell begins anew.
        damaged_names: of checkpoints that don't read back.
        is_foreign: whether the cell begins anew beside states of another basis, which stay.
    """

    start: Snapshot | None
    damaged_names: tuple[str, ...]
    is_foreign: bool


class Checkpointing:
    """The history of a cell in work, and its states in the cell's folder.

    Args:
        folder: of the cell.
        basis: what has to be the same for a run to go on from a state.
        cadence: how often a state is kept.
        begin: when the cell began, in this sitting, by ``time.perf_counter``.

    Attributes:
        rows: the history so far.
    """

    def __init__(self, folder: CellFolder, basis: str, cadence: Cadence, begin: float) -> None:
        self._folder, self._basis, self._cadence = folder, basis, cadence
        self._begin, self._earlier_seconds = begin, 0.0
        self.rows: list[EpochRow] = []
        self._last, self._last_seconds = time.perf_counter(), cadence.first

    @property
    def seconds(self) -> float:
        """That the cell has taken, over all sittings."""
        return self._earlier_seconds + time.perf_counter() - self._begin

    def resume(self) -> Resumption:
        """The state to go on from; where there is none, the folder is emptied."""
        checkpoint, damaged_names = self._folder.read_checkpoint(self._basis)
        if checkpoint is None:
            is_foreign = self._folder.has_checkpoints and not damaged_names
            self._folder.start()
            return Resumption(None, damaged_names, is_foreign)
        self._folder.forget_failure()
        self.rows, self._earlier_seconds = list(checkpoint.rows), checkpoint.seconds
        return Resumption(
            Snapshot(checkpoint.epoch, checkpoint.images_done, checkpoint.arrays), damaged_names, is_foreign=False
        )

    def append(self, row: EpochRow) -> None:
        """Adds an epoch to the history."""
        self.rows.append(row)
        self._folder.append_history(row)

    def is_due(self, *, within_epoch: bool) -> bool:
        """Whether a state is to be kept now."""
        seconds = time.perf_counter() - self._last
        return self._cadence.is_due(seconds, self._last_seconds, within_epoch=within_epoch)

    def keep(self, state: Snapshot) -> None:
        """Keeps a state.

        Raises:
            StorageError: the folder can't be written.
        """
        start = time.perf_counter()
        checkpoint = Checkpoint(state.epoch, state.images_done, tuple(self.rows), self.seconds, state.arrays)
        self._folder.write_checkpoint(checkpoint, self._basis)
        self._last = time.perf_counter()
        self._last_seconds = self._last - start
