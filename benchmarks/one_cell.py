"""One cell as visavis trains it, and a process of its own for what is compared with it."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from benchmarks.record import CPU
from visavis.execution.conditions import Conditions
from visavis.execution.fingerprints import data_fingerprints
from visavis.execution.machine import Machine
from visavis.execution.settling import probe_arms
from visavis.execution.stopping import Stopping
from visavis.execution.together import run_together
from visavis.execution.watch import unwatched
from visavis.interfaces import ImageData, Plan
from visavis.recipe import Recipe
from visavis.results import EpochRow
from visavis.store import RunFolder
from visavis.streams import Stream
from visavis.study import Arm, Study
from visavis.training.memory import keep_freed_memory
from visavis.training.precision import Precision, choose

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


def plan_of(arm: Arm, data: ImageData, streams: Stream) -> Plan:
    """What of its network is trained, before the first step."""
    network = arm.model.build(data.shape, len(data.classes), streams.child("init"))
    return arm.tuning.plan(network, streams.child("tuning"))


def probed(study: Study, data: ImageData) -> Precision:
    """The precision that a run of the study would choose on the CPU."""
    keep_freed_memory()  # before the first tensor, as a run does
    return choose(list(probe_arms(study, data, CPU, unwatched).values()))


def timed_cell(
    arm: Arm, seed: int, recipe: Recipe, data: ImageData, precision: Precision, place: Path
) -> tuple[float, EpochRow]:
    """Trains a cell on the CPU as a run does, saved below a folder: its seconds, and the last epoch's row."""
    keep_freed_memory()
    machine, shared = Machine(CPU, precision), data_fingerprints(data)
    conditions = Conditions(data, shared, recipe, machine, RunFolder(place), Stopping(), unwatched)
    start = time.perf_counter()
    last = train_cell(arm, seed, conditions)
    return time.perf_counter() - start, last


def train_cell(arm: Arm, seed: int, conditions: Conditions) -> EpochRow:
    """Saved like any other; the last epoch's row. Raises what ended the cell early."""
    (result,) = run_together([(arm, seed)], conditions).values()
    if isinstance(result, Exception):
        raise result
    return result
