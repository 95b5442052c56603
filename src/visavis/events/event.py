"""What an event is: it says itself, so that whoever shows or keeps events knows no kinds of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from visavis.events.course import CellCourse, Course


@dataclass(frozen=True)
class Event:
    """Something that happens while a study runs; its fields are plain data.

    Attributes:
        says: the line that stays on the screen, with ``{0}`` for the event; empty for none.
        is_kept: whether it is written to the folder's ``events.jsonl``.
        trouble: whether it is told even to who wants no progress.
        kinds: every event, by the name that it has in ``events.jsonl``.
    """

    says: ClassVar[str] = ""
    is_kept: ClassVar[bool] = True
    trouble: ClassVar[bool] = False
    kinds: ClassVar[dict[str, type[Event]]] = {}

    def __init_subclass__(cls) -> None:
        Event.kinds[cls.__name__] = cls  # a line of events.jsonl finds its kind here again

    def line(self) -> str | None:
        """The line that stays on the screen; None for none."""
        return self.says.format(self) or None

    def move(self, course: Course) -> None:
        """Moves the progress display on."""


@dataclass(frozen=True)
class CellEvent(Event):
    """Something happens to a cell."""

    arm: str
    seed: int

    @property
    def cell(self) -> str:
        """Which, as a phrase."""
        return f"{self.arm}, seed {self.seed}"


@dataclass(frozen=True)
class CellMoved(CellEvent):
    """A cell in work moves on."""

    def move(self, course: Course) -> None:
        """See ``Event``."""
        cell = course.in_work.get((self.arm, self.seed))
        if cell is not None:
            self.move_cell(cell)

    def move_cell(self, cell: CellCourse) -> None:
        """Moves the display of the cell on."""


Watch = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Shows nothing."""


def read_event(plain: Mapping[str, Any]) -> Event | None:
    """The event that a line of ``events.jsonl`` tells of; None where it makes no sense."""
    kind = Event.kinds.get(str(plain.get("event")))
    try:
        return None if kind is None else msgspec.convert(plain, kind)
    except (msgspec.ValidationError, RecursionError):  # a stranger's line may be nested without end
        return None
