"""Cells as jobs of Slurm, through submitit (needs the extra ``visavis[slurm]``)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from visavis.errors import UsageError
from visavis.executors.hands import Hands
from visavis.executors.pool import Pool, drive
from visavis.executors.worker import Errand, Source, train_cell
from visavis.runs.trainer import Work

MANY_JOBS = 64
"""Jobs at once, where nothing is asked for."""
LONGEST = 24 * 60
"""Minutes that a cell may take where no option says otherwise; one that is cut off goes on in another job."""


@dataclass(frozen=True)
class SlurmJobs:
    """Trains each cell as a job of an array.

    Attributes:
        source: how each job comes to the study; visavis, the data and the run folder have to be where they are here.
        at_once: jobs of the array that run at a time.
        options: for submitit, such as ``timeout_min`` or ``slurm_partition``.
        cluster: ``slurm``, or ``local`` for processes of this machine in Slurm's stead.
        words: see ``ExecutorClass``.
    """

    source: Source
    at_once: int
    options: tuple[tuple[str, str | int], ...] = ()
    cluster: str = "slurm"
    words: ClassVar[tuple[str, ...]] = ("slurm",)

    @classmethod
    def from_hands(cls, source: Source, hands: Hands) -> SlurmJobs:
        """See ``ExecutorClass``."""
        options = dict(map(_option, hands.slurm or ()))
        cluster = str(options.pop("cluster", "slurm"))
        return cls(source, hands.jobs or MANY_JOBS, tuple(options.items()), cluster)

    @property
    def processes(self) -> int:
        """See ``Executor``: a job has a machine's cores as it asks for them."""
        return self.at_once if self.cluster == "local" else 1

    def __call__(self, work: Work) -> None:
        """See ``Executor``."""
        errand = Errand.of(work, self.source)
        drive(work, lambda: self._pool(errand, work.folder.path / "slurm"))

    @contextmanager
    def _pool(self, errand: Errand, logs: Path) -> Iterator[Pool]:
        submitit = _submitit()
        executor = submitit.AutoExecutor(folder=logs, cluster=self.cluster)
        gpus = 1 if errand.machine.device.type == "cuda" else 0
        executor.update_parameters(name="visavis", cpus_per_task=errand.machine.threads, gpus_per_node=gpus)
        executor.update_parameters(timeout_min=LONGEST, slurm_array_parallelism=self.at_once)
        executor.update_parameters(**dict(self.options))
        pool = _Jobs(executor, errand, _terminate if self.cluster == "local" else _cancel)
        yield pool
        for job in pool.jobs:
            job.wait()


def _option(word: str) -> tuple[str, str | int]:
    name, sign, value = word.partition("=")
    if not sign:
        raise UsageError(f"--slurm {word} can't be read", expected="NAME=VALUE", do="--slurm slurm_partition=gpu")
    return name, int(value) if value.isdigit() else value


def _cancel(job: Any) -> None:
    """Slurm's way: SIGTERM, and half a minute to end."""
    job.cancel(check=False)


def _terminate(job: Any) -> None:
    """The same for a process of this machine, whose number is the job's; submitit would kill it after a second."""
    with suppress(ProcessLookupError):
        os.kill(int(job.job_id), signal.SIGTERM)


def _submitit() -> Any:
    try:
        import submitit
    except ImportError as problem:
        raise UsageError("--executor slurm needs submitit", got=problem, do="pip install 'visavis[slurm]'") from problem
    return submitit


@dataclass(frozen=True)
class _Jobs:
    """A cluster that takes cells."""

    executor: Any
    errand: Errand
    cancel: Callable[[Any], None]
    jobs: list[Any] = field(default_factory=list)

    def submit(self, cells: Sequence[tuple[str, int]]) -> list[_Job]:
        """See ``Pool``; the cells are one array."""
        with self.executor.batch():
            self.jobs.extend(self.executor.submit(train_cell, self.errand, *cell) for cell in cells)
        return [_Job(job) for job in self.jobs]

    def stop(self) -> None:
        """See ``Pool``."""
        for job in self.jobs:
            self.cancel(job)


@dataclass(frozen=True)
class _Job:
    """A cell given to Slurm."""

    job: Any

    def done(self) -> bool:
        """See ``Task``."""
        return bool(self.job.done())

    def problem(self) -> BaseException | None:
        """See ``Task``."""
        problem: BaseException | None = self.job.exception()
        return problem
