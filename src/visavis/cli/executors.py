"""Who trains the cells of ``visavis run``: this process, others of this machine, Ray or Slurm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from visavis.cli.flags import Hands
from visavis.errors import UsageError

if TYPE_CHECKING:
    from visavis.executors import Source
    from visavis.runs import Executor

MANY_JOBS = 64
"""Jobs of Slurm at once, where nothing is asked for."""


def choose_hands(hands: Hands, source: Source, device: str | None) -> tuple[Executor | None, int | None]:
    """Who trains the cells, None for this process; and how many this process trains side by side, None for the default.

    A GPU is shared by the cells of one process; several GPUs have a process each, or as many as are asked for.

    Args:
        hands: what the command was told.
        source: how other processes come to the study.
        device: that was asked for.

    Raises:
        UsageError: the words can't be used together.
    """
    kind = hands.executor or "processes"
    if kind not in EXECUTORS:
        raise UsageError(f"no executor {kind!r}", expected=" or ".join(EXECUTORS))
    if (hands.address and kind != "ray") or (hands.slurm and kind != "slurm"):
        raise UsageError("--address is for --executor ray, --slurm for --executor slurm", got=f"--executor {kind}")
    if hands.executor is not None:
        return EXECUTORS[kind](source, hands), None
    gpus = _gpus(device)
    if gpus > 1:
        return EXECUTORS[kind](source, replace(hands, jobs=hands.jobs or gpus)), None
    if gpus == 1:
        return None, hands.jobs
    return (None if hands.jobs in (None, 1) else EXECUTORS[kind](source, hands)), None


def _gpus(device: str | None) -> int:
    """How many GPUs the run may use: all of them where none is named."""
    import torch

    if device is None:
        return torch.cuda.device_count()
    return int(device.startswith("cuda"))


def _processes(source: Source, hands: Hands) -> Executor:
    from visavis.executors import Processes

    return Processes(source, hands.jobs or 1)


def _ray_tasks(source: Source, hands: Hands) -> Executor:
    from visavis.executors import RayTasks

    return RayTasks(source, hands.jobs or 1, hands.address)


def _slurm_jobs(source: Source, hands: Hands) -> Executor:
    from visavis.executors import SlurmJobs

    options = dict(map(_option, hands.slurm or ()))
    cluster = str(options.pop("cluster", "slurm"))
    return SlurmJobs(source, hands.jobs or MANY_JOBS, tuple(options.items()), cluster)


def _option(word: str) -> tuple[str, str | int]:
    name, sign, value = word.partition("=")
    if not sign:
        raise UsageError(f"--slurm {word} can't be read", expected="NAME=VALUE", do="--slurm slurm_partition=gpu")
    return name, int(value) if value.isdigit() else value


EXECUTORS: Mapping[str, Callable[[Source, Hands], Executor]] = {
    "processes": _processes,
    "ray": _ray_tasks,
    "slurm": _slurm_jobs,
}
"""Who can train cells in this process's stead, by the name that the command takes."""
