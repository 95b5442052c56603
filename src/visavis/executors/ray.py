"""Cells as tasks of Ray, on this machine or on a cluster (needs the extra ``visavis[ray]``)."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from visavis.errors import UsageError
from visavis.executors.hands import Hands
from visavis.executors.pool import TRIES, FutureTask, Pool, drive
from visavis.executors.worker import Errand, Source, train_cell
from visavis.runs.signals import SIGNALS
from visavis.runs.trainer import Work

SECONDS_TO_END = 120.0
"""That tasks are given to keep what is in work."""
SETTINGS = {
    "RAY_AUTH_MODE": "token",  # a cluster without it runs whatever anyone sends
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
"""Of Ray's environment, where the user has set none."""
LOCAL = {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
"""How Ray is started on this machine: nothing listens to the network."""


@dataclass(frozen=True)
class RayTasks:
    """Trains each cell as a task of Ray.

    Attributes:
        source: how each process comes to the study; on a cluster, visavis, the data and the run folder have to be where
            they are here.
        processes: cells at once on this machine; on a cluster Ray goes by the cores.
        address: of a cluster (``auto``, ``host:port``); None for this machine.
        words: see ``ExecutorClass``.
    """

    source: Source
    processes: int
    address: str | None = None
    words: ClassVar[tuple[str, ...]] = ("address",)

    @classmethod
    def from_hands(cls, source: Source, hands: Hands) -> RayTasks:
        """See ``ExecutorClass``."""
        return cls(source, hands.jobs or 1, hands.address)

    @property
    def at_once(self) -> int:
        """See ``Executor``."""
        return self.processes

    def __call__(self, work: Work) -> None:
        """See ``Executor``."""
        errand = Errand.of(work, self.source)
        drive(work, lambda: self._pool(errand))

    @contextmanager
    def _pool(self, errand: Errand) -> Iterator[Pool]:
        ray, threads = _ray(), errand.machine.threads
        cores = self.processes * threads
        where: dict[str, Any] = {"address": self.address} if self.address else {"num_cpus": cores, **LOCAL}
        handlers = {number: signal.getsignal(number) for number in SIGNALS}
        ray.init(**where, log_to_driver=False, logging_level="ERROR", namespace="visavis")
        if threading.current_thread() is threading.main_thread():  # Ray sets handlers of its own, which end the process
            for number, handler in handlers.items():
                signal.signal(number, handler)
        gpus = 1 if errand.machine.device.type == "cuda" else 0
        task = ray.remote(num_cpus=threads, num_gpus=gpus, max_retries=TRIES - 1, retry_exceptions=False)(train_cell)
        pool = _Tasks(ray, task, errand)
        try:
            yield pool
        finally:
            ray.wait(
                pool.references, num_returns=len(pool.references), timeout=SECONDS_TO_END
            ) if pool.references else None
            ray.shutdown()


def _ray() -> Any:
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as problem:
        raise UsageError("--executor ray needs Ray", got=problem, do="pip install 'visavis[ray]'") from problem
    return ray


@dataclass(frozen=True)
class _Tasks:
    """A cluster that takes cells."""

    ray: Any
    task: Any
    errand: Errand
    references: list[Any] = field(default_factory=list)

    def submit(self, cells: Sequence[tuple[str, int]]) -> list[_Task]:
        """See ``Pool``."""
        self.references.extend(self.task.remote(self.errand, *cell) for cell in cells)
        return [_Task(reference.future()) for reference in self.references]

    def stop(self) -> None:
        """See ``Pool``."""
        for reference in self.references:
            self.ray.cancel(reference, force=False)


@dataclass(frozen=True)
class _Task(FutureTask):
    """A cell given to Ray, which wraps what its process raised."""

    def problem(self) -> BaseException | None:
        """See ``Task``."""
        problem = super().problem()
        return getattr(problem, "cause", None) or problem
