"""Cells on the cores of this machine, each process with its share of the threads."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from typing import ClassVar

import torch

from visavis.cells import Machine
from visavis.executors.hands import Hands
from visavis.executors.pool import FutureTask, Pool, drive
from visavis.executors.worker import Errand, Source, train_cell
from visavis.runs.trainer import Work

OVER = threading.Event()
"""In a process of a pool: the one that opened it has ended it, or died."""


@dataclass(frozen=True)
class Processes:
    """Trains cells in processes of this machine.

    Attributes:
        source: how each comes to the study.
        processes: how many at once.
        words: see ``ExecutorClass``.
    """

    source: Source
    processes: int
    words: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def from_hands(cls, source: Source, hands: Hands) -> Processes:
        """See ``ExecutorClass``."""
        return cls(source, hands.jobs or 1)

    @property
    def at_once(self) -> int:
        """See ``Executor``."""
        return self.processes

    def __call__(self, work: Work) -> None:
        """See ``Executor``."""
        errand = Errand.of(work, self.source)
        drive(work, lambda: _pool(errand, min(self.processes, len(work.cells))))


@contextmanager
def _pool(errand: Errand, count: int) -> Iterator[Pool]:
    """Processes that end with their work kept when this end of a pipe is closed, also because this process dies."""
    context = multiprocessing.get_context("spawn")  # the threads of PyTorch and CUDA don't survive a fork
    receiver, sender = context.Pipe(duplex=False)
    counter = context.Value("i", 0)
    arguments = (receiver, str(errand.machine.threads), _visible_gpus(errand.machine), counter)
    executor = ProcessPoolExecutor(count, context, initializer=_begin, initargs=arguments)
    try:
        yield _Local(executor, errand, sender)
    except BaseException:
        sender.close()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        sender.close()
        receiver.close()


def _visible_gpus(machine: Machine) -> tuple[str, ...]:
    """The GPUs that processes share out, as CUDA names them; none where one is named, or none is used."""
    if machine.device != torch.device("cuda"):
        return ()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    return tuple(visible.split(",")) if visible else tuple(map(str, range(torch.cuda.device_count())))


def _begin(lifeline: Connection, threads: str, gpus: Sequence[str], counter: Synchronized[int]) -> None:
    """In a new process: the terminal's Ctrl-C is for the one that started it, whose end is this one's. The GPUs are
    taken in turn.
    """
    os.environ["OMP_NUM_THREADS"] = threads
    if gpus:
        with counter.get_lock():
            os.environ["CUDA_VISIBLE_DEVICES"] = gpus[counter.value % len(gpus)]  # read when CUDA is first used
            counter.value += 1
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True, name="lifeline").start()


def _end_with(lifeline: Connection) -> None:
    try:
        lifeline.recv_bytes()
    except (EOFError, OSError):
        OVER.set()
        os.kill(os.getpid(), signal.SIGTERM)  # ends a process that waits for a cell; one that trains keeps its state


def _train(errand: Errand, arm: str, seed: int) -> None:
    """Trains a cell; where nobody is left to give another, the process ends.

    A pool that has lost a process sends the others a signal of its own, perhaps a second one while a state is written.
    """
    train_cell(errand, arm, seed, (signal.SIGTERM,), second_ends=False)
    if OVER.is_set():
        os._exit(0)


@dataclass(frozen=True)
class _Local:
    """A pool of processes."""

    executor: ProcessPoolExecutor
    errand: Errand
    lifeline: Connection

    def submit(self, cells: Sequence[tuple[str, int]]) -> list[FutureTask]:
        """See ``Pool``."""
        return [FutureTask(self._submit(*cell)) for cell in cells]

    def _submit(self, arm: str, seed: int) -> Future[None]:
        try:
            return self.executor.submit(_train, self.errand, arm, seed)
        except BrokenProcessPool as problem:  # a process has died while others are still given cells
            future: Future[None] = Future()
            future.set_exception(problem)
            return future

    def stop(self) -> None:
        """See ``Pool``."""
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.lifeline.close()
