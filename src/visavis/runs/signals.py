"""SIGINT and SIGTERM: what is in work is kept before the process ends."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(KeyboardInterrupt):
    """A signal asked the run to stop; what was in work is kept.

    Attributes:
        code: the exit code that says so, 128 and the signal's number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.code = 128 + number


class StopRequest:
    """Whether a signal has come, and whether the moment bears that it ends the run.

    Args:
        second_ends: whether a second signal ends the process at once, which a person means by it.
    """

    def __init__(self, *, second_ends: bool = True) -> None:
        self._number: int | None = None
        self._is_patient = False
        self._second_ends = second_ends

    @property
    def has_come(self) -> bool:
        """Whether the run is to stop."""
        return self._number is not None

    def obey(self) -> None:
        """Ends the run if that has been asked.

        Raises:
            Stopped: it has.
        """
        if self._number is not None:
            raise Stopped(self._number)

    @contextmanager
    def patience(self) -> Iterator[None]:
        """Within the block a signal is noted only: the block asks, and ends the run when its work is kept."""
        self._is_patient = True
        try:
            yield
        finally:
            self._is_patient = False

    def handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """The handler of the signals; a second one ends the process at once."""
        if self._number is not None:
            if not self._second_ends:
                return
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self._number = number
        if not self._is_patient:
            self.obey()


@contextmanager
def stop_on(signals: Sequence[signal.Signals] = SIGNALS, *, second_ends: bool = True) -> Iterator[StopRequest]:
    """Within the block the signals are handled; afterwards they are as they were before. Elsewhere than in the main
    thread, where signals can't be handled, nothing is.
    """
    stop = StopRequest(second_ends=second_ends)
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    earlier = {number: signal.signal(number, stop.handle) for number in signals}
    try:
        yield stop
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
