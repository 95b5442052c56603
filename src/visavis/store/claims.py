"""Who works on what: a claim is held by one process at a time, on one machine or on several that share a file system.

A claim is a lock of the operating system, which ends with its process, and a record of the holder, whose time of
change says that the holder is alive. The lock tells a dead holder from a living one wherever the file system passes
locks on; where it doesn't, another machine's record counts as alive until it is ``PATIENCE`` old.
"""

from __future__ import annotations

import errno
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from visavis.bounds import Count, Text
from visavis.errors import DamagedFile, StorageError
from visavis.store.files import make_folder, read_document, write_document

CLAIMS = "claims"
"""The folder that claims lie in."""
BEAT = 10.0
"""Seconds between two signs of life."""
SECONDS_BETWEEN_TRIES = 0.5
PATIENCE = 90.0
"""Seconds without a sign of life after which a holder on another machine counts as dead: network file systems may show
a change half a minute late.
"""

LOCKLESS = {errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What file systems without locks answer."""


@dataclass(frozen=True)
class Holder:
    """Who holds a claim.

    Attributes:
        host, process: name of the machine, number of the process there.
        process_start: when the process started, as the system tells it; empty where it doesn't.
        since: when the claim was taken, ISO 8601 in UTC.
        token: the claim's own name.
    """

    host: Text
    process: Count
    process_start: Text
    since: Text
    token: Text

    @classmethod
    def of_this_process(cls) -> Holder:
        """This process, now."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(socket.gethostname(), os.getpid(), _start_of(os.getpid()), now, secrets.token_hex(8))

    def __str__(self) -> str:
        return f"process {self.process} on {self.host} since {self.since}"


@dataclass
class Claim:
    """Something that may be taken within its block, and is held until the block ends, or the process.

    Attributes:
        path: of the claim's files, without their endings.
    """

    path: Path

    def __post_init__(self) -> None:
        # without locks of the system the record is all there is: a file in the lock's place would outlive its holder
        self._lock = FileLock(self.path.with_suffix(".lock"), fallback_to_soft=False)
        self._holder = Holder.of_this_process()
        self._over = threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True, name="claim")

    def take(self) -> Holder | None:
        """Takes it; returns who holds it where another does.

        Raises:
            StorageError: the folder can't be written.
        """
        try:
            make_folder(self.path.parent)
            is_locked = self._acquire()
            elsewhere = self._elsewhere(is_locked)
            if elsewhere is None:
                write_document(_record(self.path), self._holder)
                self._heart.start()
            else:
                self._lock.release()
        except Timeout:
            return read_holder(self.path) or Holder("another machine", 0, "", "a moment ago", "")
        except OSError as problem:
            raise StorageError(f"{self.path} can't be locked", got=problem.strerror or problem) from problem
        return elsewhere

    def _acquire(self) -> bool:
        """Takes the lock; false on a file system without locks."""
        try:
            self._lock.acquire(timeout=0)
        except (OSError, NotImplementedError) as problem:
            if isinstance(problem, Timeout) or getattr(problem, "errno", errno.ENOSYS) not in LOCKLESS:
                raise
            self.path.with_suffix(".lock").touch()
            return False
        return True

    def _elsewhere(self, is_locked: bool) -> Holder | None:
        """Who holds it where the lock doesn't reach: on another machine, or here on a file system without locks."""
        holder = read_holder(self.path)
        if holder is None:
            return None
        if holder.host == self._holder.host:
            return holder if not is_locked and _is_alive(holder) else None
        return holder if _is_fresh(self.path, self._now()) else None

    @property
    def is_ours(self) -> bool:
        """Whether it is still this process's: another machine may have taken it over while this one stood still."""
        holder = read_holder(self.path)
        return holder is not None and holder.token == self._holder.token

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._heart.ident is not None:
            self._heart.join()
        if self.is_ours:
            _record(self.path).unlink(missing_ok=True)
        self._lock.release()

    def _now(self) -> float:
        """The time by the clock that stamps files, which may be another machine's."""
        path = self.path.with_suffix(".lock")
        os.utime(path)
        return path.stat().st_mtime

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            try:
                os.utime(_record(self.path))
            except FileNotFoundError:
                return
            except OSError:  # a file server that is away for a while
                continue


def wait_for(claim: Claim) -> Iterator[Holder]:
    """Takes a claim; as long as another process holds it, yields who, twice a second."""
    while (holder := claim.take()) is not None:
        yield holder
        time.sleep(SECONDS_BETWEEN_TRIES)


def read_holder(path: Path) -> Holder | None:
    """Who is on record as holding a claim; None where nobody is."""
    try:
        return read_document(_record(path), Holder)
    except DamagedFile:
        return None


def living_holder(path: Path) -> Holder | None:
    """Who holds a claim and is alive, as far as can be seen from here without touching it; None where nobody is."""
    holder = read_holder(path)
    if holder is None:
        return None
    if holder.host == socket.gethostname():
        return holder if _is_alive(holder) else None
    return holder if _is_fresh(path, time.time()) else None


def _record(path: Path) -> Path:
    return path.with_suffix(".json")


def _is_alive(holder: Holder) -> bool:
    """Whether a process of this machine still runs."""
    return _start_of(holder.process) == holder.process_start and _is_running(holder.process)


def _is_fresh(path: Path, now: float) -> bool:
    """Whether the record changed lately; one that is dated far ahead is of a clock that was wrong."""
    try:
        return abs(now - _record(path).stat().st_mtime) < PATIENCE
    except OSError:
        return False


def _start_of(process: int) -> str:
    """When a process started, in the system's ticks; a process that took over its number started later."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
