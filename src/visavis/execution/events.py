"""What happens while a study runs, for whoever wants to show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from visavis.audit import Audit
from visavis.results import EpochRow


@dataclass(frozen=True)
class DataLoaded:
    """The images are there."""

    name: str
    train: int
    test: int
    left_out: int


@dataclass(frozen=True)
class DataAudited:
    """The images have been looked through."""

    audit: Audit


@dataclass(frozen=True)
class ArmAlone:
    """The way in which the study is made, an arm stands in no contrast; see ``pairing.Alone``."""

    arm: str
    nearest: str
    slots: tuple[str, ...]


@dataclass(frozen=True)
class CodeChanged:
    """Cells are trained anew, as was asked: code that their arms use has changed.

    Attributes:
        changes: files, and what in them.
        arms: those that use it.
    """

    changes: str
    arms: tuple[str, ...]


@dataclass(frozen=True)
class PrecisionChosen:
    """The arithmetic is settled.

    Attributes:
        name: of the precision.
        speedup: of bf16 over fp32 in the probe; None where the precision was given or recorded before.
    """

    name: str
    device: str
    speedup: float | None


@dataclass(frozen=True)
class ProbeFailed:
    """An arm's network can't be trained on a batch; its cells will tell why."""

    arm: str
    reason: str


@dataclass(frozen=True)
class CellsPlanned:
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


@dataclass(frozen=True)
class CellStarted:
    """A cell begins."""

    arm: str
    seed: int
    epochs: int
    train_images: int


@dataclass(frozen=True)
class FeaturesDone:
    """So many images have gone through a frozen backbone (told a few times a second).

    Attributes:
        arm, seed: the cell that waits for it.
        done, total: images of the part at hand.
    """

    arm: str
    seed: int
    done: int
    total: int


@dataclass(frozen=True)
class StepDone:
    """A training step is done (told a few times a second)."""

    arm: str
    seed: int
    epoch: int
    done: int
    loss: float


@dataclass(frozen=True)
class TestingDone:
    """So many test images have gone through the network after an epoch (told batch by batch)."""

    arm: str
    seed: int
    epoch: int
    done: int
    total: int


@dataclass(frozen=True)
class CheckpointDamaged:
    """A state of the cell in work doesn't read back; an earlier one is gone back to, or the beginning."""

    name: str


@dataclass(frozen=True)
class CheckpointForeign:
    """The cell in work begins anew beside an earlier state of another basis: other code, another processor, version,
    precision, number of threads or ``deterministic``. It is kept until the cell is finished.
    """

    arm: str
    seed: int


@dataclass(frozen=True)
class FileMended:
    """A file of the folder doesn't read back; it is made anew."""

    name: str


@dataclass(frozen=True)
class SeedsAdded:
    """The study grows by seeds after results could be seen.

    Attributes:
        seeds: those before.
    """

    seeds: tuple[int, ...]


@dataclass(frozen=True)
class EpochDone:
    """An epoch is done."""

    arm: str
    seed: int
    row: EpochRow


@dataclass(frozen=True)
class TogetherReduced:
    """The device has no room for so many cells side by side.

    Attributes:
        cells: that were tried.
        now: that are tried next.
    """

    cells: int
    now: int


@dataclass(frozen=True)
class CellFinished:
    """A cell's predictions are saved."""

    arm: str
    seed: int
    accuracy: float


@dataclass(frozen=True)
class CellFailed:
    """A cell can't be trained to its end; the others go on.

    Attributes:
        kind: the class of the error.
        trace: where it was raised, for a developer; empty where that says nothing.
    """

    arm: str
    seed: int
    reason: str
    kind: str
    trace: str = ""


@dataclass(frozen=True)
class CellPassedOver:
    """A cell isn't trained: it failed before, and nobody asked for another try."""

    arm: str
    seed: int
    reason: str


@dataclass(frozen=True)
class CellHeld:
    """Another process trains a cell.

    Attributes:
        holder: which, as a phrase.
    """

    arm: str
    seed: int
    holder: str


@dataclass(frozen=True)
class CellSettledElsewhere:
    """Another process has finished a cell, or failed to."""

    arm: str
    seed: int


@dataclass(frozen=True)
class CellDamaged:
    """What a finished cell left doesn't read back; it is trained anew."""

    arm: str
    seed: int
    reason: str


@dataclass(frozen=True)
class FolderHeld:
    """Another process settles the study in the folder just now.

    Attributes:
        holder: which, as a phrase.
    """

    holder: str


@dataclass(frozen=True)
class Warned:
    """A library has a warning.

    Attributes:
        text: what it says.
        kind: the warning's class.
        place: file and line that it is about.
    """

    text: str
    kind: str
    place: str


Event = (
    DataLoaded
    | DataAudited
    | ArmAlone
    | CodeChanged
    | PrecisionChosen
    | ProbeFailed
    | CellsPlanned
    | CellStarted
    | FeaturesDone
    | StepDone
    | TestingDone
    | CheckpointDamaged
    | CheckpointForeign
    | FileMended
    | SeedsAdded
    | EpochDone
    | TogetherReduced
    | CellFinished
    | CellFailed
    | CellPassedOver
    | CellHeld
    | CellSettledElsewhere
    | CellDamaged
    | FolderHeld
    | Warned
)
Watch = Callable[[Event], None]
BY_NAME: Mapping[str, type] = {kind.__name__: kind for kind in get_args(Event)}


def read_event(plain: Mapping[str, Any]) -> Event | None:
    """The event that a line of ``events.jsonl`` tells of; None where it makes no sense, or is of the data's audit."""
    kind = BY_NAME.get(str(plain.get("event")))
    if kind is None or kind is DataAudited:
        return None
    found = {name: plain[name] for name in kind.__dataclass_fields__ if name in plain}  # type: ignore[attr-defined]
    try:
        if kind is EpochDone:
            found["row"] = EpochRow(**found["row"])
        event: Event = kind(**found)
    except (KeyError, TypeError):
        return None
    return event


def unwatched(event: Event) -> None:
    """Shows nothing."""
