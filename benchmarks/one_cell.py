"""One cell as visavis trains it, and a process of its own for what is compared with it."""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np

from benchmarks.record import CPU
from visavis.cells.assemble import assemble
from visavis.cells.conditions import Conditions
from visavis.cells.machine import Machine
from visavis.cells.rehearsal import rehearse
from visavis.cells.side_by_side import SideBySide
from visavis.cells.study_data import StudyData
from visavis.data import ImageData
from visavis.design.arm import Arm
from visavis.design.study import Study
from visavis.events import ignore
from visavis.interfaces import Plan
from visavis.results import EpochRow
from visavis.runs.probe import probe_arms
from visavis.store import RunFolder
from visavis.training.fast.memory import keep_freed_memory
from visavis.training.fast.precision import Precision, choose

P = ParamSpec("P")
R = TypeVar("R")


def apart(work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """What the work returns, done in a new process, where nothing is set and no memory is held by other work."""
    spawning, usual = multiprocessing.get_context("spawn"), multiprocessing.get_start_method()
    with ProcessPoolExecutor(1, spawning, initializer=_start_by, initargs=(usual,)) as pool:
        return pool.submit(work, *arguments, **named).result()


def _start_by(method: str) -> None:
    """A spawned process would spawn its own, such as those of a DataLoader, which takes seconds each."""
    multiprocessing.set_start_method(method, force=True)


def plan_of(arm: Arm, seed: int, data: ImageData) -> Plan:
    """What of its network is trained, before the first step; made without going through all the images."""
    few = replace(data, train=data.train.take(np.arange(2)), test=data.test.take(np.arange(2)))
    return assemble(arm, seed, few).plan


def probed(study: Study, data: ImageData) -> Precision:
    """The precision that a run of the study would choose on the CPU."""
    keep_freed_memory()  # before the first tensor, as a run does
    rehearsals = {arm.name: rehearse(arm, study.seeds[0], data) for arm in study.trained_arms}
    return choose(list(probe_arms(study, data, rehearsals, CPU, ignore).values()))


def timed_cell(arm: Arm, seed: int, data: ImageData, precision: Precision, place: Path) -> tuple[float, EpochRow]:
    """Trains a cell on the CPU as a run does, saved below a folder: its seconds, and the last epoch's row."""
    keep_freed_memory()
    conditions = Conditions(StudyData(data), Machine(CPU, precision), RunFolder(place))
    start = time.perf_counter()
    last = train_cell(arm, seed, conditions)
    return time.perf_counter() - start, last


def train_cell(arm: Arm, seed: int, conditions: Conditions) -> EpochRow:
    """Saved like any other; the last epoch's row. Raises what ended the cell early."""
    work = SideBySide([(arm, seed)], conditions)
    deque(work, maxlen=0)
    (result,) = work.results.values()
    if isinstance(result, Exception):
        raise result
    return result.row
