"""A process at work for a run: it is told to stop by signals, and tells what happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from visavis.events import Watch, ignore
from visavis.runs.journal import Log, warnings_as_events
from visavis.runs.machine import process_for_training
from visavis.runs.signals import StopRequest, stop_on


@contextmanager
def at_work(watch: Watch) -> Iterator[tuple[StopRequest, Log]]:
    """Within the block signals are handled, freed memory is kept, and a library's warning is an event.

    Args:
        watch: is told what happens.
    """
    log = Log(watch)
    warnings = warnings_as_events(log, otherwise=watch is ignore)
    with stop_on() as stop, process_for_training(), warnings:
        yield stop, log
