"""Progress on the screen: a live display in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Column

from visavis.execution.events import (
    ArmAlone,
    CellDamaged,
    CellFailed,
    CellFinished,
    CellHeld,
    CellPassedOver,
    CellSettledElsewhere,
    CellsPlanned,
    CellStarted,
    CheckpointDamaged,
    CheckpointForeign,
    CodeChanged,
    DataAudited,
    DataLoaded,
    EpochDone,
    Event,
    FeaturesDone,
    FileMended,
    FolderHeld,
    PrecisionChosen,
    ProbeFailed,
    StepDone,
    TestingDone,
    TogetherReduced,
    Warned,
    Watch,
)
from visavis.numbers import listed
from visavis.pairing import Alone
from visavis.text import one_line

SECONDS_BETWEEN_LINES = 10.0
MOST_SHOWN = 3
"""Cells in work that one line tells of."""


def _now() -> float:
    """Seconds by a clock that only goes forward."""
    return time.monotonic()


@dataclass
class Going:
    """A cell in work.

    Attributes:
        epochs, train_images: what it has before it.
        epoch, loss: where it is.
        images: training images it has gone through.
        features: how far a frozen backbone, or an evaluation, is with the images; empty where none is at work.
        begun: when.
    """

    epochs: int
    train_images: int
    epoch: int = 1
    loss: float | None = None
    images: int = 0
    features: str = ""
    begun: float = field(default_factory=_now)

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return max(time.monotonic() - self.begun, 1e-9)

    def take(self, event: Event) -> None:
        """Follows the cell by one event."""
        match event:
            case FeaturesDone():
                self.features = f"{event.done:,} of {event.total:,} images through the frozen backbone"
            case StepDone():
                self.epoch, self.loss, self.features = event.epoch, event.loss, ""
                self.images = (event.epoch - 1) * self.train_images + event.done
            case TestingDone():
                self.features = f"epoch {event.epoch} of {self.epochs}, {event.done:,} of {event.total:,} tested"
            case EpochDone():
                self.epoch, self.loss, self.features = event.row.epoch, event.row.train_loss, ""
                self.images = event.row.epoch * self.train_images
            case _:
                pass

    def line(self) -> str:
        """Epoch, loss, images per second."""
        loss = "" if self.loss is None else f", loss {self.loss:.3f}"
        at = self.features or f"epoch {self.epoch} of {self.epochs}{loss}"
        return at + (f", {self.images / self.elapsed:,.0f} images/s" if self.images else "")


@dataclass
class Course:
    """How far a run is, and how fast it goes.

    Attributes:
        cells, finished: of the study.
        waiting: the arms of the cells that haven't begun, one entry a cell.
        images_each: training images that one cell goes through.
        going: the cells in work, by arm and seed.
        images: training images gone through in cells that are over.
        total: training images of this run.
        took: seconds of the last cell of each arm.
    """

    cells: int = 0
    finished: int = 0
    waiting: list[str] = field(default_factory=list)
    images_each: int = 0
    going: dict[tuple[str, int], Going] = field(default_factory=dict)
    images: int = 0
    total: int = 0
    took: dict[str, float] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Follows the run by one event."""
        match event:
            case CellsPlanned():
                self.cells, self.finished, self.images_each = event.total, event.finished, event.images_each
                self.waiting, self.total = list(event.missing), len(event.missing) * event.images_each
            case CellStarted():
                if (event.arm, event.seed) not in self.going:  # else a process has died, and another goes on
                    self._take_from_waiting(event.arm)
                self.going[event.arm, event.seed] = Going(event.epochs, event.train_images)
            case CellSettledElsewhere():
                self.finished += 1
                self._take_from_waiting(event.arm)
                self.total -= self.images_each
            case CellFinished() | CellFailed():
                self.finished += 1
                self.images += self.images_each
                over = self.going.pop((event.arm, event.seed), None)
                if over is not None:
                    self.took[event.arm] = over.elapsed
            case EpochDone() | StepDone() | TestingDone() | FeaturesDone() if (event.arm, event.seed) in self.going:
                self.going[event.arm, event.seed].take(event)
            case _:
                pass

    def _take_from_waiting(self, arm: str) -> None:
        if arm in self.waiting:
            self.waiting.remove(arm)

    @property
    def done(self) -> int:
        """Training images gone through in this run."""
        return self.images + sum(one.images for one in self.going.values())

    @property
    def time_left(self) -> str:
        """Each cell as long as the last of its arm; of an arm that hasn't been seen, as long as the longest."""
        known = dict(self.took)
        left = 0.0
        for (arm, _), one in self.going.items():
            if one.images:
                known[arm] = one.elapsed * self.images_each / one.images
                left += known[arm] - one.elapsed
        if not known:
            return "time left unknown"
        left += sum(known.get(arm, max(known.values())) for arm in self.waiting)
        return f"{duration(left / max(1, len(self.going)))} left"

    def line(self) -> str:
        """Cells done, epoch, loss, time left."""
        said = f"{self.finished} of {self.cells} cells done"
        cells = [f"{arm}, seed {seed}: {one.line()}" for (arm, seed), one in self.going.items()]
        return "; ".join([said, *cells[:MOST_SHOWN], *_more(len(cells))]) + f", {self.time_left}"


def _more(cells: int) -> list[str]:
    return [f"{cells - MOST_SHOWN} more in work"] if cells > MOST_SHOWN else []


def duration(seconds: float) -> str:
    """``42 s``, ``3 min 5 s``, ``2 h 10 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def milestone(event: Event) -> str | None:
    """The line that stays on the screen, for events that deserve one."""
    return _milestone_of_study(event) or _milestone_of_cell(event) or _trouble(event)


def _milestone_of_study(event: Event) -> str | None:
    match event:
        case DataLoaded():
            left_out = f"; {event.left_out} unreadable files left out" if event.left_out else ""
            return f"{event.name}: {event.train:,} training and {event.test:,} test images{left_out}"
        case DataAudited(audit=audit) if audit.problems:
            return f"audit: {'; '.join(f'{one.count:,} {one.what}' for one in audit.problems)}"
        case PrecisionChosen():
            probed = "" if event.speedup is None else f" (bf16 is {event.speedup:.1f} x as fast as fp32 here)"
            return f"training on {event.device} in {event.name}{probed}"
        case CellsPlanned(finished=finished) if finished:
            return f"{finished} of {event.total} cells are finished already"
        case ArmAlone():
            return str(Alone(event.arm, event.nearest, event.slots))
        case CodeChanged():
            return f"{event.changes} changed: the cells of {listed(event.arms)} are trained anew"
        case FolderHeld():
            return f"waiting: the study is being settled by {event.holder}"
        case _:
            return None


SETTLED = {
    CellFailed: "failed: {}",
    CellPassedOver: "failed before, and isn't tried again: {}",
    CellDamaged: "is damaged and trained anew: {}",
}
"""What is said of a cell with a reason."""


def _milestone_of_cell(event: Event) -> str | None:
    match event:
        case CellFinished():
            return f"{event.arm}, seed {event.seed}: test accuracy {100 * event.accuracy:.1f} %"
        case CellFailed() | CellPassedOver() | CellDamaged():
            return f"{event.arm}, seed {event.seed} {SETTLED[type(event)].format(event.reason)}"
        case CellHeld():
            return f"{event.arm}, seed {event.seed} is trained by {event.holder}"
        case CellSettledElsewhere():
            return f"{event.arm}, seed {event.seed}: settled by another process"
        case _:
            return None


def _trouble(event: Event) -> str | None:
    match event:
        case CheckpointDamaged():
            return f"a checkpoint is damaged ({event.name}); the one before it is taken, or the beginning"
        case CheckpointForeign():
            return (
                f"{event.arm}, seed {event.seed} begins anew: its checkpoint is of other code, another processor, "
                "version, number of threads, precision or --deterministic, and stays until the cell is done"
            )
        case FileMended():
            return f"{event.name} is damaged, and made anew"
        case TogetherReduced():
            return f"no room for {event.cells} cells side by side; {event.now} are tried"
        case ProbeFailed():
            return f"{event.arm} can't be probed: {event.reason}"
        case Warned():
            return f"warning: {event.text}"
        case _:
            return None


PROBLEMS = (
    ArmAlone
    | CodeChanged
    | CellFailed
    | CellPassedOver
    | CellDamaged
    | CheckpointDamaged
    | CheckpointForeign
    | FileMended
    | ProbeFailed
    | Warned
)
"""Events that are told even to who wants no progress."""


@contextmanager
def show_progress(console: Console, *, plain: bool, quiet: bool = False) -> Iterator[Watch]:
    """Within the block, events given to the result are shown on the console; quietly, only the problems."""
    course = Course()
    if quiet:
        yield partial(_tell_problem, console)
        return
    if plain:
        yield _plain(console, course)
        return
    words = TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, overflow="fold"))
    with Progress(BarColumn(bar_width=12), words, console=console, transient=True, expand=True) as progress:
        task = progress.add_task("loading data and networks", total=None)

        def watch(event: Event) -> None:
            course.take(event)
            text = milestone(event)
            if text:
                console.print(escape(one_line(text)))
            if course.total:
                progress.update(task, total=course.total, completed=course.done, description=one_line(course.line()))

        yield watch


def _tell_problem(console: Console, event: Event) -> None:
    if isinstance(event, PROBLEMS):
        console.print(escape(one_line(milestone(event) or "")))


def _plain(console: Console, course: Course) -> Watch:
    last = time.monotonic()

    def watch(event: Event) -> None:
        nonlocal last
        course.take(event)
        text = milestone(event)
        if text:
            console.print(escape(one_line(text)))
        due = time.monotonic() - last > SECONDS_BETWEEN_LINES
        if due and isinstance(event, EpochDone | StepDone | FeaturesDone | TestingDone):
            last = time.monotonic()
            console.print(escape(one_line(course.line())))

    return watch
