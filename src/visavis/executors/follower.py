"""A run that other processes work on, seen from the one that began it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

from visavis.events import Event, read_event
from visavis.events.course import Course
from visavis.runs.trainer import Work


class Follower:
    """Tells what other processes write of a run, as if it happened here.

    Attributes:
        course: which cells have been begun, and neither finished nor failed since; and why some have failed.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._read = work.folder.events_size
        self._here = socket.gethostname(), os.getpid()
        self.course = Course()

    def look(self) -> None:
        """Tells of what is new."""
        for event in self._fresh():
            event.move(self.course)
            self._work.log.tell(event)

    def _fresh(self) -> Iterator[Event]:
        lines, self._read = self._work.folder.read_events_after(self._read)
        for plain in lines:
            event = read_event(plain) if self._is_of_this_run(plain) else None
            if event is not None:
                yield event

    def _is_of_this_run(self, plain: dict[str, Any]) -> bool:
        return plain.get("run") == self._work.log.run and (plain.get("host"), plain.get("process")) != self._here
