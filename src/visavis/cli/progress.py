"""Progress on the screen: a live display in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Column

from visavis.errors import one_line
from visavis.events import Event, Watch
from visavis.events.course import Course

SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def show_progress(console: Console, *, plain: bool, quiet: bool = False) -> Iterator[Watch]:
    """Within the block, events given to the result are shown on the console; quietly, only the problems."""
    if quiet:
        yield partial(_tell_trouble, console)
        return
    if plain:
        yield _plain(console, Course())
        return
    course = Course()
    words = TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, overflow="fold"))
    with Progress(BarColumn(bar_width=12), words, console=console, transient=True, expand=True) as progress:
        task = progress.add_task(course.line(), total=None)

        def watch(event: Event) -> None:
            event.move(course)
            _tell(console, event.line())
            progress.update(
                task, total=course.total or None, completed=course.images_done, description=one_line(course.line())
            )

        yield watch


def _tell(console: Console, line: str | None) -> None:
    if line is not None:
        console.print(escape(one_line(line)))


def _tell_trouble(console: Console, event: Event) -> None:
    if event.trouble:
        _tell(console, event.line())


def _plain(console: Console, course: Course) -> Watch:
    """Shows each phase as it begins, and every few seconds how far it is."""
    last = time.monotonic()

    def watch(event: Event) -> None:
        nonlocal last
        phase = course.phase
        event.move(course)
        _tell(console, event.line())
        begins = course.phase not in ("", phase)
        if begins or time.monotonic() - last > SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            _tell(console, course.line())

    return watch
