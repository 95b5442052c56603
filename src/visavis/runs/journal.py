"""What happens in a run, told to whoever watches and written to the folder's ``events.jsonl``."""

from __future__ import annotations

import os
import secrets
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TextIO

from visavis.describe import Plain
from visavis.events import Event, Watch, ignore
from visavis.events.runs import Warned
from visavis.store import RunFolder


class Log:
    """Writes the events that matter later, and tells a watcher of each.

    Args:
        watch: is told; where its screen has gone away the run goes on without it.
        run: what the lines of this run are marked with; by default a token of its own.

    Attributes:
        run: the mark.
    """

    def __init__(self, watch: Watch = ignore, run: str | None = None) -> None:
        self._watch = watch
        self.run = run or secrets.token_hex(4)
        self._folder: RunFolder | None = None
        self._early: list[dict[str, Plain]] = []

    def open(self, folder: RunFolder) -> None:
        """From now on there is a folder to write to; what came before is written now."""
        self._folder = folder
        for plain in self._early:
            folder.append_event(plain)
        self._early.clear()

    def __call__(self, event: Event) -> None:
        """Takes an event."""
        if event.is_kept:
            self._write(event)
        self.tell(event)

    def tell(self, event: Event) -> None:
        """Tells the watcher of what is written already."""
        try:
            self._watch(event)
        except (OSError, SystemExit):  # Rich ends the program where a pipe is closed
            self._watch = ignore

    def _write(self, event: Event) -> None:
        plain = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "host": socket.gethostname(),
            "process": os.getpid(),
            "run": self.run,
            "event": type(event).__name__,
            **asdict(event),
        }
        if self._folder is None:
            self._early.append(plain)
        else:
            self._folder.append_event(plain)


@contextmanager
def warnings_as_events(log: Log, *, otherwise: bool) -> Iterator[None]:
    """Within the block a library's warning is an event, each text once, instead of lines on the screen.

    Args:
        log: takes the events.
        otherwise: whether the warning is shown as Python shows it, too: nobody watches.
    """
    texts: set[str] = set()
    with warnings.catch_warnings():
        show = warnings.showwarning

        def tell(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            text = str(message)
            if text not in texts:
                texts.add(text)
                log(Warned(text, category.__name__, f"{filename}:{lineno}"))
            if otherwise:
                show(message, category, filename, lineno, file, line)

        module: Any = warnings
        module.showwarning = tell
        yield
