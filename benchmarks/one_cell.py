"""One cell as visavis trains it, and a process of its own for what is compared with it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import ParamSpec, TypeVar

from visavis.execution.conditions import Conditions
from visavis.execution.together import run_together
from visavis.interfaces import ImageData, Plan
from visavis.results import EpochRow
from visavis.streams import Stream
from visavis.study import Arm

P = ParamSpec("P")
R = TypeVar("R")


def apart(work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """What the work returns, done in a new process, where nothing is set and no memory is held by other work."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments, **named).result()


def plan_of(arm: Arm, data: ImageData, streams: Stream) -> Plan:
    """What of its network is trained, before the first step."""
    network = arm.model.build(data.shape, len(data.classes), streams.child("init"))
    return arm.tuning.plan(network, streams.child("tuning"))


def train_cell(arm: Arm, seed: int, conditions: Conditions) -> EpochRow:
    """Saved like any other; the last epoch's row. Raises what ended the cell early."""
    (result,) = run_together([(arm, seed)], conditions).values()
    if isinstance(result, Exception):
        raise result
    return result
