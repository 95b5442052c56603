"""What happens to the cells of a run. A new event is one class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from visavis.events.course import CellCourse, Course
from visavis.events.event import CellEvent, CellMoved, Event
from visavis.results import EpochRow


@dataclass(frozen=True)
class CellsPlanned(Event):
    """What there is to do.

    Attributes:
        total: cells of the study.
        finished: those that were finished before.
        missing: the arm of each cell that is to be trained.
        images: training images that a cell of each of these arms goes through, all epochs together.
    """

    total: int
    finished: int
    missing: tuple[str, ...]
    images: Mapping[str, int]

    def line(self) -> str | None:
        """See ``Event``."""
        return f"{self.finished} of {self.total} cells are finished already" if self.finished else None

    def move(self, course: Course) -> None:
        """See ``Event``."""
        course.plan(self.total, self.finished, self.missing, self.images)


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
class CandidateFinished(CellFinished):
    """A candidate's predictions for the images that were held out are saved."""

    def line(self) -> str:
        """See ``Event``."""
        return f"{self.cell}: accuracy on the images held out {100 * self.accuracy:.1f} %"


@dataclass(frozen=True)
class CandidateChosen(CellEvent):
    """Which candidate the cell of a tuned arm trains.

    Attributes:
        candidate, count: its number, from 1 on, and how many there are.
        metric, value_text: by which it was chosen, on the images that were held out.
        failures: candidates that failed.
    """

    candidate: int
    count: int
    metric: str
    value_text: str
    failures: int

    def line(self) -> str:
        """See ``Event``."""
        failures = f"; {self.failures} failed" if self.failures else ""
        return (
            f"{self.cell}: candidate {self.candidate} of {self.count} is the best, {self.metric.replace('_', ' ')} "
            f"{self.value_text} on the images held out{failures}"
        )


@dataclass(frozen=True)
class CellAsked(CellEvent):
    """The network of a finished cell has been asked about further test images, which have a name."""

    says = "{0.cell}: asked about {0.test}"
    test: str


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
