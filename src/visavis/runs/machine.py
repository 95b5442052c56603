"""What is settled once for all cells of a study: the device, the threads, the arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import torch

from visavis.cells import Machine, describe_environment
from visavis.describe import Plain
from visavis.errors import InvalidStudy
from visavis.events import Watch
from visavis.events.runs import PrecisionChosen
from visavis.options import Options
from visavis.runs.probe import speedup
from visavis.store import EnvironmentDocument, Origin, RunFolder
from visavis.training import Precision, Probe, available_cores, freed_memory_kept, keep_freed_memory, settle_arithmetic

TOGETHER_ON_GPU = 4
"""Cells of which each alone leaves most of a GPU idle; a CPU is filled by one."""


@contextmanager
def process_for_training() -> Iterator[None]:
    """Within the block freed memory is kept; after it, it is given back, and there are as many threads as before."""
    threads = torch.get_num_threads()
    with freed_memory_kept():
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def settle_device(options: Options) -> torch.device:
    """The device that is asked for, or a GPU where there is one; the process's arithmetic is settled, too.

    Raises:
        InvalidStudy: there is no such device.
    """
    device = find_device(options.device)
    settle_arithmetic(deterministic=options.deterministic)
    return device


def become(machine: Machine) -> None:
    """Has this process train as the machine says, for the rest of its life."""
    keep_freed_memory()
    torch.set_num_threads(machine.threads)
    settle_arithmetic(deterministic=machine.options.deterministic)


def find_device(name: str | None) -> torch.device:
    """The device of that name, by default a GPU where there is one.

    Raises:
        InvalidStudy: there is none.
    """
    name = name or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as problem:  # its text lists every type that PyTorch has ever had
        raise InvalidStudy("no such device", got=repr(name), expected="cpu or cuda") from problem
    try:
        torch.ones(1, device=device).item()
    except (RuntimeError, AssertionError) as problem:
        raise InvalidStudy(
            f"no device {name!r} here", got=str(problem).splitlines()[0], expected="cpu, or a GPU that torch sees"
        ) from problem
    return device


def settle_precision(folder: RunFolder, options: Options) -> Precision | None:
    """The precision of the folder's earlier cells, or else the one that is asked for; None where it is to be probed.

    Raises:
        InvalidStudy: another one is asked for than the earlier cells were trained in.
    """
    wish = None if options.precision is None else Precision[options.precision]
    environment = folder.recall(EnvironmentDocument)
    record = Precision[environment.precision] if environment else _precision_of_cells(folder)
    if record is not None and wish not in (None, record):
        raise InvalidStudy(
            "the precision of a run can't be changed",
            got=wish.name,
            expected=record.name,
            do="leave --precision out, or choose another --out",
        )
    return record or wish


def _precision_of_cells(folder: RunFolder) -> Precision | None:
    """Of a finished cell, in a folder whose environment doesn't read back."""
    if not folder.has(EnvironmentDocument) or not folder.exists():
        return None
    study = folder.study
    cells = (folder.cell(arm, seed) for seed in study.seeds for arm in study.arms)
    return next((Precision[cell.read_document().precision] for cell in cells if cell.is_finished()), None)


def settle_threads(folder: RunFolder, threads: int | None, processes: int) -> None:
    """Sets this process's threads: those of the folder's earlier cells, those asked for, or a share of the cores.

    Args:
        folder: of the run.
        threads: those asked for.
        processes: that are to share the machine.

    Raises:
        InvalidStudy: other threads are asked for than the earlier cells were trained with.
    """
    environment = folder.recall(EnvironmentDocument)
    record = environment.threads if environment else None
    if record is not None and threads not in (None, record):
        raise InvalidStudy(
            "the number of threads of a run can't be changed",
            got=threads,
            expected=record,
            do="leave --threads out, or choose another --out",
        )
    cores = min(torch.get_num_threads(), available_cores())
    torch.set_num_threads(record or threads or max(1, cores // processes))


def are_threads_given(folder: RunFolder, options: Options, device: torch.device) -> bool:
    """Whether there is nothing to try: by earlier cells, by the user, or since a GPU does the work."""
    return folder.recall(EnvironmentDocument) is not None or options.threads is not None or device.type != "cpu"


def settle_machine(
    folder: RunFolder,
    device: torch.device,
    precision: Precision,
    probes: Mapping[str, Probe],
    options: Options,
    origin: Mapping[str, Plain] | None,
    watch: Watch,
) -> Machine:
    """The machine of all cells, written down with what was probed.

    Args:
        folder: of the run.
        device: to train on.
        precision: of the training.
        probes: by arm.
        options: of the run.
        origin: how the run was asked for.
        watch: is told of the precision.
    """
    earlier = folder.recall(EnvironmentDocument)
    environment = EnvironmentDocument(
        **describe_environment(device),
        precision=precision.value,
        probes=dict(probes) or (earlier.probes if earlier else {}),
        started=earlier.started if earlier else datetime.now(UTC).isoformat(timespec="seconds"),
        origin=Origin(**(origin or {})),
    )
    folder.write(environment)
    watch(PrecisionChosen(precision.name, environment.device, speedup(probes)))
    together = options.together or (TOGETHER_ON_GPU if device.type == "cuda" else 1)
    return Machine(device, precision, torch.get_num_threads(), together, options)
