"""Who trains the cells of ``visavis run``: this process, or one of the executors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visavis.cli.flags import Flags, flag
from visavis.errors import UsageError
from visavis.executors import EXECUTORS, executor_class

if TYPE_CHECKING:
    from visavis.runs import Executor


def choose_hands(
    flags: Flags, study: str, settings: Mapping[str, Any], *, quick: bool
) -> tuple[Executor | None, int | None]:
    """Who trains the cells, None for this process; and how many this process trains side by side, None for the default.

    A GPU is shared by the cells of one process; several GPUs have a process each, or as many as are asked for.

    Args:
        flags: what the command was told.
        study, quick, settings: from which other processes build the study, see ``Source``.

    Raises:
        UsageError: the words can't be used together.
    """
    from visavis.executors.worker import Source

    hashable = tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in settings.items())
    hands, source = flags.hands, Source(study, quick, hashable, flags.variation, Path.cwd())
    name = hands.executor or "processes"
    if name not in EXECUTORS:
        raise UsageError(f"no executor {name!r}", expected=" or ".join(EXECUTORS))
    kind = executor_class(name)
    if not set(hands.words) <= set(kind.words):
        raise UsageError(_uses_of_words(), got=f"--executor {name}")
    if hands.executor is not None:
        return kind.from_hands(source, hands), None
    gpus = _gpus(flags.options.device)
    if gpus > 1:
        return kind.from_hands(source, replace(hands, jobs=hands.jobs or gpus)), None
    if gpus == 1:
        return None, hands.jobs
    return (None if hands.jobs in (None, 1) else kind.from_hands(source, hands)), None


def _uses_of_words() -> str:
    """``--address is for --executor ray, --slurm for --executor slurm``."""
    uses = [f"{flag(word)} for --executor {name}" for name in EXECUTORS for word in executor_class(name).words]
    return ", ".join(uses).replace(" for ", " is for ", 1)


def _gpus(device: str | None) -> int:
    """How many GPUs the run may use: all of them where none is named."""
    import torch

    if device is None:
        return torch.cuda.device_count()
    return int(device.startswith("cuda"))
