"""What is settled once for all cells of a study: the data's description, the device, the arithmetic."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import numpy as np
import torch

from visavis.cells.environment import describe_environment
from visavis.cells.fingerprints import data_fingerprints
from visavis.cells.machine import Machine
from visavis.cells.rehearsal import Rehearsal, rehearse_speed
from visavis.data import ImageData
from visavis.describe import Plain, digest
from visavis.design.study import Study
from visavis.errors import InvalidStudy, first_line
from visavis.events import PrecisionChosen, Preparation, ProbeFailed, Watch
from visavis.options import Options
from visavis.results import Probe
from visavis.store import DataDocument, EnvironmentDocument, Origin, RunFolder
from visavis.training import Precision, choose

TOGETHER_ON_GPU = 4
"""Cells of which each alone leaves most of a GPU idle; a CPU is filled by one."""
KEPT_TEST_IMAGES = 64 << 20
"""Bytes of test images that a run folder keeps for its report."""


def set_arithmetic(options: Options) -> None:
    """Has float32 convolutions on a GPU computed in float32, and not in the TF32 that PyTorch takes for them; holds
    PyTorch to operations that give the same bits again where that is asked for. For the life of the process.
    """
    torch.backends.cudnn.allow_tf32 = False
    if options.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.benchmark = False


def describe_data(data: ImageData) -> DataDocument:
    """The data as they are written."""
    train, test = (np.bincount(part.labels, minlength=len(data.classes)) for part in (data.train, data.test))
    return DataDocument(
        name=data.name,
        source=data.source,
        split_rule=data.split_rule,
        synthetic=data.synthetic,
        remarks=data.remarks,
        classes=data.classes,
        shape=data.shape,
        train=tuple(train.tolist()),
        test=tuple(test.tolist()),
        left_out=data.left_out,
        fingerprints=data_fingerprints(data),
    )


def kept_rows(data: ImageData) -> np.ndarray:
    """As many test images as fit, evenly spread over the part."""
    count = max(1, min(len(data.test), KEPT_TEST_IMAGES // data.test.images[0].nbytes))
    return np.linspace(0, len(data.test) - 1, count).round().astype(np.int64)


def recorded_precision(folder: RunFolder, wanted: Precision | None) -> Precision | None:
    """The precision of the folder's earlier cells, which can't be changed; None where there are none."""
    environment = folder.recall(EnvironmentDocument)
    recorded = Precision[environment.precision] if environment else _precision_of_cells(folder)
    if recorded is not None and wanted not in (None, recorded):
        raise InvalidStudy(
            "the precision of a run can't be changed",
            got=wanted.name,
            expected=recorded.name,
            do="leave --precision out, or choose another --out",
        )
    return recorded


def _precision_of_cells(folder: RunFolder) -> Precision | None:
    """Of a finished cell, in a folder whose environment doesn't read back."""
    if not folder.has(EnvironmentDocument) or not folder.exists():
        return None
    study = folder.study
    cells = (folder.cell(arm, seed) for seed in study.seeds for arm in study.arms)
    return next((Precision[cell.read_document().precision] for cell in cells if cell.is_finished()), None)


def settle_machine(
    study: Study,
    data: ImageData,
    rehearsals: Mapping[str, Rehearsal],
    folder: RunFolder,
    device: torch.device,
    precision: Precision | None,
    options: Options,
    watch: Watch,
    origin: Mapping[str, Plain] | None,
) -> Machine:
    """The device with its precision, probed unless it is given; both are written down."""
    probes = {} if precision else probe_arms(study, data, rehearsals, device, watch)
    earlier = folder.recall(EnvironmentDocument)
    settled = precision or choose(list(probes.values()))
    environment = EnvironmentDocument(
        **describe_environment(device),
        precision=settled.value,
        probes=probes or (earlier.probes if earlier else {}),
        started=earlier.started if earlier else datetime.now(UTC).isoformat(timespec="seconds"),
        origin=Origin(**(origin or {})),
    )
    folder.write(environment)
    watch(PrecisionChosen(settled.name, environment.device, _speedup(list(probes.values()))))
    together = options.together or (TOGETHER_ON_GPU if device.type == "cuda" else 1)
    return Machine(device, settled, torch.get_num_threads(), together, options)


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
    recorded = environment.threads if environment else None
    if recorded is not None and threads not in (None, recorded):
        raise InvalidStudy(
            "the number of threads of a run can't be changed",
            got=threads,
            expected=recorded,
            do="leave --threads out, or choose another --out",
        )
    torch.set_num_threads(recorded or threads or max(1, torch.get_num_threads() // processes))


@contextmanager
def threads_restored() -> Iterator[None]:
    """After the block, the process has as many threads as before."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def find_device(name: str | None) -> torch.device:
    """The device of that name, by default a GPU where there is one.

    Raises:
        InvalidStudy: there is none.
    """
    chosen = name or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(chosen)
        torch.ones(1, device=device).item()
    except (RuntimeError, AssertionError) as problem:
        raise InvalidStudy(
            f"no device {chosen!r} here", got=str(problem).splitlines()[0], expected="cpu, or a GPU that torch sees"
        ) from problem
    return device


def probe_arms(
    study: Study, data: ImageData, rehearsals: Mapping[str, Rehearsal], device: torch.device, watch: Watch
) -> dict[str, Probe]:
    """One probe for each model, with a frozen backbone and without. An arm that can't be probed has no say: its cells
    meet the same trouble, and tell it.
    """
    probes: dict[str, Probe] = {}
    probed: set[tuple[str, bool]] = set()
    for arm in study.all_arms:
        kind = digest(arm.model), rehearsals[arm.name].has_frozen
        if kind in probed:
            continue
        probed.add(kind)
        watch(Preparation("probing fp32 and bf16", arm.name))
        try:
            probes[arm.name] = rehearse_speed(arm, study.seeds[0], data, study.recipe, device)
        except Exception as problem:
            watch(ProbeFailed(arm.name, f"{type(problem).__name__}: {first_line(problem)}"))
    return probes


def _speedup(probes: list[Probe]) -> float | None:
    if not probes:
        return None
    return sum(found.fp32_seconds for found in probes) / sum(found.bf16_seconds for found in probes)
