"""What happens to a run as a whole: its data, folder, seeds, machine. A new event is one class."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.bounds import Seed
from visavis.conclusions import Alone
from visavis.errors import one_line
from visavis.events.course import Course, duration
from visavis.events.event import Event
from visavis.quantities import count, list_text

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
class DataUnderstood(Event):
    """How the files were read.

    Attributes:
        classes: their names, the first few.
        count: how many there are.
        split: how train and test were told apart.
        notes: sentences on what else was told from names and columns, and on what is passed over.
    """

    classes: tuple[str, ...]
    count: int
    split: str
    notes: tuple[str, ...]

    def line(self) -> str:
        """See ``Event``."""
        more = self.count - len(self.classes)
        names = ", ".join([*map(one_line, self.classes), *([f"and {more:,} more"] if more else [])])
        return " ".join([f"{self.count:,} classes: {names}. {self.split}", *self.notes])


@dataclass(frozen=True)
class OtherImagesLoaded(Event):
    """Further test images, which have a name, are there.

    Attributes:
        source: a sentence that says where they come from.
    """

    says = "{0.name}: {0.images:,} further test images. {0.source}"
    name: str
    images: int
    source: str


@dataclass(frozen=True)
class OtherImagesLeft(Event):
    """The folder, given by its path, has further test images under a name that the study doesn't give."""

    trouble = True
    says = (
        "cells trained now aren't asked about {0.name}, which the study doesn't have: "
        "visavis test {0.folder} --data PATH --name '{0.name}' asks them later"
    )
    name: str
    folder: str


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
class ArmsTold(Event):
    """What all arms share, and what they differ in."""

    says = "{0.text}"
    text: str


@dataclass(frozen=True)
class TimeEstimated(Event):
    """About how long training will take, by the probe.

    Attributes:
        seconds: of all cells.
        cells: how many there are.
    """

    seconds: float
    cells: int

    def line(self) -> str:
        """See ``Event``."""
        return f"about {duration(self.seconds)} of training for {count(self.cells, 'cell')}"


@dataclass(frozen=True)
class FrozenInStep(Event):
    """What an arm freezes is run in every step, since no augmented image is the same twice.

    Attributes:
        images: that go through it for each seed.
        otherwise: that would without augmentation.
    """

    arm: str
    images: int
    otherwise: int

    def line(self) -> str:
        """See ``Event``."""
        return (
            f"{self.arm}: what is frozen runs in every step, since no augmented image is the same twice: "
            f"{self.images:,} images for each seed; without augmentation {self.otherwise:,}, kept for all seeds"
        )


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
class Looked(Event):
    """The results were looked at, as seeds are trained until the study is decided.

    Attributes:
        seeds: that were compared.
        most: that there may be.
        is_decided: whether every contrast that the study is about is decided.
        next_look: the seed, counted from one, after which the next look is; None where this was the last.
    """

    seeds: int
    most: int
    is_decided: bool
    next_look: int | None

    def line(self) -> str:
        """See ``Event``."""
        outcome = "decided" if self.is_decided else "not decided"
        plan = f"; next look after seed {self.next_look}" if self.next_look is not None else ""
        return f"{self.seeds} of at most {self.most} seeds; {outcome}{plan}"


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


# Of the machine


@dataclass(frozen=True)
class FewerThreads(Event):
    """A step is computed with fewer threads than there could be, since that is faster."""

    says = "training with {0.count} of {0.most} threads, which is faster here (--threads chooses)"
    count: int
    most: int


@dataclass(frozen=True)
class CoresShared(Event):
    """The run has fewer cores than it could use.

    Attributes:
        share: of the time in which its threads had something to do, that they had no core.
        load: processes that want to run on this machine, on average over the last minute.
        cores: that the machine has.
    """

    share: float
    load: float
    cores: int

    def line(self) -> str:
        """See ``Event``."""
        return (
            f"slow: this run waits {100 * self.share:.0f} % of its time for a core; other processes use this machine "
            f"(load {self.load:.1f} on {count(self.cores, 'core')}), or a quota holds the run back"
        )


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
class TogetherParted(Event):
    """Cells side by side have drawn noise, as a loss or an optimizer may.

    Attributes:
        cells: that are trained one by one from their last states.
    """

    says = "{0.cells} cells draw random numbers while they train; they are trained one by one"
    cells: int


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
