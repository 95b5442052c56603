"""How many threads are worth it, and how long they wait for a core, on a machine that others use too."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch

from visavis.training.fast.precision import WORTH_IT

ROUNDS = 5
LONG_ENOUGH = 1.0
"""Rounds in which numbers of threads are timed in turn, and the seconds after which there are no more."""
GROUPS = Path("/proc/self/cgroup")
HIERARCHIES = Path("/sys/fs/cgroup")
TASKS = Path("/proc/self/task")


def available_cores() -> int:
    """The cores that this process may really use: those that it may run on, within the quota of its container."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # elsewhere than on Linux
        count = os.cpu_count() or 1
    return max(1, math.ceil(min(count, _quota())))


def _quota() -> float:
    """Cores' worth of time that the process's control groups leave it; infinite where none is set."""
    try:
        lines = [line.split(":", 2) for line in GROUPS.read_text().splitlines() if line.count(":") > 1]
    except (OSError, ValueError):
        return math.inf
    quotas = [math.inf]
    for _, controllers, name in lines:
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = HIERARCHIES / controllers if controllers else HIERARCHIES
        inner = top / name.lstrip("/")
        quotas += [_quota_of(folder) for folder in (inner, *inner.parents) if folder.is_relative_to(top)]
    return min(quotas)


def _quota_of(group: Path) -> float:
    """Of one control group, of either version."""
    try:
        if (group / "cpu.max").exists():
            quota, period = (group / "cpu.max").read_text().split()
        else:
            quota, period = ((group / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        cores = float(quota) / float(period)
    except (OSError, ValueError):  # no such file, or "max"
        return math.inf
    return cores if cores > 0 else math.inf


def choose_threads(passes: Sequence[Callable[[], object]], most: int) -> int:
    """The number of threads that some work takes least time with: ``most`` unless fewer are clearly faster, as they are
    for small networks on a machine that others use.

    Args:
        passes: the work.
        most: this number, and halves of it, are tried.
    """
    counts = [most >> halvings for halvings in range(most.bit_length())]
    times: dict[int, list[float]] = {count: [] for count in counts}
    begin = time.perf_counter()
    try:
        for number in range(ROUNDS):
            if number and time.perf_counter() - begin > LONG_ENOUGH:
                break
            for count in counts:
                torch.set_num_threads(count)
                passes[0]()  # which starts the threads
                start = time.perf_counter()
                for work in passes:
                    work()
                times[count].append(time.perf_counter() - start)
    finally:
        torch.set_num_threads(most)
    seconds = {count: median(some) for count, some in times.items()}
    best = min(counts, key=lambda count: seconds[count])
    return best if seconds[most] >= WORTH_IT * seconds[best] else most


@contextmanager
def at_most(count: int | None) -> Iterator[None]:
    """Within the block this process computes with no more threads than so many; None for as many as it has."""
    before = torch.get_num_threads()
    if count is not None:
        torch.set_num_threads(min(before, count))
    try:
        yield
    finally:
        if count is not None:
            torch.set_num_threads(before)


@dataclass(frozen=True)
class CoreTime:
    """Seconds of all threads of this process, as far as the system counts them.

    Attributes:
        run: that they have run.
        waited: that they could have run, but had no core.
    """

    run: float
    waited: float

    @classmethod
    def now(cls) -> CoreTime:
        """So far; zero where the system doesn't count (elsewhere than on Linux)."""
        run = waited = 0
        for task in TASKS.glob("*/schedstat"):
            try:
                numbers = task.read_text().split()
                run, waited = run + int(numbers[0]), waited + int(numbers[1])
            except (OSError, ValueError, IndexError):  # of a thread that has just ended
                continue
        return cls(run / 1e9, waited / 1e9)

    def share_waited_since(self, earlier: CoreTime) -> float:
        """Of the time since then in which threads had something to do, the share in which they had no core."""
        run, waited = max(self.run - earlier.run, 0.0), max(self.waited - earlier.waited, 0.0)
        return waited / (run + waited) if run + waited > 0 else 0.0
