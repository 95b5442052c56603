"""What happens while a study runs, for whoever wants to show it. A new event is one class of this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from visavis.bounds import Seed
from visavis.events.course import CellCourse, Course
from visavis.events.event import CellEvent, CellMoved, Event
from visavis.quantities import list_text
from visavis.results import Alone, EpochRow


def read_event(plain: Mapping[str, Any]) -> Event | None:
    """The event that a line of ``events.jsonl`` tells of; None where it makes no sense."""
    kind = Event.kinds.get(str(plain.get("event")))
    try:
        return None if kind is None else msgspec.convert(plain, kind)
    except (msgspec.ValidationError, RecursionError):  # a stranger's line may be nested without end
        return None


# Before the first cell


@dataclass(frozen=True)
class Preparation(Event):
    """Something is done that can take its time (told a few times a second where it is counted).

    Attributes:
        phase: what is done.
        progress: how far it is, as a phrase; empty at the beginning.
    """

    is_kept = False
    phase: str
    progress: str = ""

    def move(self, course: Course) -> None:
        """See ``Event``."""
        course.phase, course.progress = self.phase, self.progress


@dataclass(frozen=True)
class DataLoaded(Event):
    """The images are there."""

    name: str
    train: int
    test: int
    left_out: int

    def line(self) -> str:
        """See ``Event``."""
        left_out = f"; {self.left_out} unreadable files left out" if self.left_out else ""
        return f"{self.name}: {self.train:,} training and {self.test:,} test images{left_out}"


@dataclass(frozen=True)
class DataAudited(Event):
    """The images have been looked through.

    Attributes:
        problems: what should be looked at, a phrase each.
    """

    problems: tuple[str, ...]

    def line(self) -> str | None:
        """See ``Event``."""
        return f"audit: {'; '.join(self.problems)}" if self.problems else None


@dataclass(frozen=True)
class FolderHeld(Event):
    """Another process, given as a phrase, settles the study in the folder just now."""

    says = "waiting: the study is being settled by {0.holder}"
    holder: str


@dataclass(frozen=True)
class FileMended(Event):
    """A file of the folder doesn't read back; it is made anew."""

    trouble = True
    says = "{0.name} is damaged, and made anew"
    name: str


@dataclass(frozen=True)
class ArmAlone(Event):
    """The way in which the study is made, an arm stands in no contrast."""

    trouble = True
    says = "{0.arm}"
    arm: Alone


@dataclass(frozen=True)
class CodeChanged(Event):
    """Cells are trained anew, as was asked: code that their arms use has changed.

    Attributes:
        changes: files, and what in them, as a phrase.
        arms: those that use it.
    """

    trouble = True
    changes: str
    arms: tuple[str, ...]

    def line(self) -> str:
        """See ``Event``."""
        return f"{self.changes} changed: the cells of {list_text(self.arms)} are trained anew"


@dataclass(frozen=True)
class SeedsAdded(Event):
    """The study grows by seeds after results could be seen; told are the seeds before."""

    seeds: tuple[Seed, ...]


@dataclass(frozen=True)
class ProbeFailed(Event):
    """An arm's network can't be trained on a batch; its cells will tell why."""

    trouble = True
    says = "{0.arm} can't be probed: {0.reason}"
    arm: str
    reason: str


@dataclass(frozen=True)
class PrecisionChosen(Event):
    """The arithmetic is settled.

    Attributes:
        name: of the precision.
        speedup: of bf16 over fp32 in the probe; None where the precision was given or recorded before.
    """

    name: str
    device: str
    speedup: float | None

    def line(self) -> str:
        """See ``Event``."""
        reason = "" if self.speedup is None else f" (bf16 is {self.speedup:.1f} x as fast as fp32 here)"
        return f"training on {self.device} in {self.name}{reason}"


@dataclass(frozen=True)
class CellsPlanned(Event):
    """What there is to do.

    Attributes:
        total: cells of the study.
        finished: those that were finished before.
        images_each: training images that one cell goes through, all epochs together.
        missing: the arm of each cell that is to be trained.
    """

    total: int
    finished: int
    images_each: int
    missing: tuple[str, ...]

    def line(self) -> str | None:
        """See ``Event``."""
        return f"{self.finished} of {self.total} cells are finished already" if self.finished else None

    def move(self, course: Course) -> None:
        """See ``Event``."""
        course.plan(self.total, self.finished, self.images_each, self.missing)


# Of a cell


@dataclass(frozen=True)
class CellPassedOver(CellEvent):
    """A cell isn't trained: it failed before, and nobody asked for another try."""

    trouble = True
    says = "{0.cell} failed before, and isn't tried again: {0.reason}"
    reason: str


@dataclass(frozen=True)
class CellDamaged(CellEvent):
    """What a finished cell left doesn't read back; it is trained anew."""

    trouble = True
    says = "{0.cell} is damaged and trained anew: {0.reason}"
    reason: str


@dataclass(frozen=True)
class CellHeld(CellEvent):
    """Another process, given as a phrase, trains a cell."""

    says = "{0.cell} is trained by {0.holder}"
    holder: str


@dataclass(frozen=True)
class CellSettledElsewhere(CellEvent):
    """Another process has finished a cell, or failed to."""

    says = "{0.cell}: settled by another process"

    def move(self, course: Course) -> None:
        """See ``Event``."""
        course.end_elsewhere(self.arm)


@dataclass(frozen=True)
class CellStarted(CellEvent):
    """A cell begins."""

    epochs: int
    train_images: int

    def move(self, course: Course) -> None:
        """See ``Event``."""
        course.begin(self.arm, self.seed, CellCourse(self.epochs, self.train_images))


@dataclass(frozen=True)
class CheckpointDamaged(Event):
    """A state of the cell in work doesn't read back; an earlier one is gone back to, or the beginning."""

    trouble = True
    says = "a checkpoint is damaged ({0.name}); the one before it is taken, or the beginning"
    name: str


@dataclass(frozen=True)
class CheckpointForeign(CellEvent):
    """The cell in work begins anew beside an earlier state of another basis: other code, another processor, version,
    precision, number of threads or ``deterministic``. It is kept until the cell is finished.
    """

    trouble = True
    says = (
        "{0.cell} begins anew: its checkpoint is of other code, another processor, version, number of threads, "
        "precision or --deterministic, and stays until the cell is done"
    )


@dataclass(frozen=True)
class FeaturesDone(CellMoved):
    """So many images have gone through a frozen backbone, which a cell waits for (told a few times a second)."""

    is_kept = False
    images: int
    total: int

    def move_cell(self, cell: CellCourse) -> None:
        """See ``CellMoved``."""
        cell.at = f"{self.images:,} of {self.total:,} images through the frozen backbone"


@dataclass(frozen=True)
class StepDone(CellMoved):
    """A training step is done (told a few times a second)."""

    is_kept = False
    epoch: int
    images: int
    loss: float

    def move_cell(self, cell: CellCourse) -> None:
        """See ``CellMoved``."""
        cell.step(self.epoch, self.images, self.loss)


@dataclass(frozen=True)
class TestingDone(CellMoved):
    """So many test images have gone through the network after an epoch (told batch by batch)."""

    is_kept = False
    epoch: int
    images: int
    total: int

    def move_cell(self, cell: CellCourse) -> None:
        """See ``CellMoved``."""
        cell.at = f"epoch {self.epoch} of {cell.epochs}, {self.images:,} of {self.total:,} tested"


@dataclass(frozen=True)
class EpochDone(CellMoved):
    """An epoch is done."""

    row: EpochRow

    def move_cell(self, cell: CellCourse) -> None:
        """See ``CellMoved``."""
        cell.end_epoch(self.row.epoch, self.row.train_loss, self.row.seconds)


@dataclass(frozen=True)
class CellFinished(CellEvent):
    """A cell's predictions are saved."""

    accuracy: float

    def line(self) -> str:
        """See ``Event``."""
        return f"{self.cell}: test accuracy {100 * self.accuracy:.1f} %"

    def move(self, course: Course) -> None:
        """See ``Event``."""
        course.end(self.arm, self.seed)


@dataclass(frozen=True)
class CellFailed(CellEvent):
    """A cell can't be trained to its end; the others go on.

    Attributes:
        kind: the class of the error.
        trace: where it was raised, for a developer; empty where that says nothing.
    """

    trouble = True
    says = "{0.cell} failed: {0.reason}"
    reason: str
    kind: str
    trace: str = ""

    def move(self, course: Course) -> None:
        """See ``Event``."""
        course.end(self.arm, self.seed)
        course.failures.append(self.reason)


# Of the machine


@dataclass(frozen=True)
class TogetherReduced(Event):
    """The device has no room for so many cells side by side.

    Attributes:
        cells: that were tried.
        now: that are tried next.
    """

    says = "no room for {0.cells} cells side by side; {0.now} are tried"
    cells: int
    now: int


@dataclass(frozen=True)
class Warned(Event):
    """A library has a warning.

    Attributes:
        text: what it says.
        kind: the warning's class.
        location: file and line that it is about.
    """

    trouble = True
    says = "warning: {0.text}"
    text: str
    kind: str
    location: str
