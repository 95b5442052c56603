"""What is settled once for all cells of a study: the data's description, the device, the arithmetic."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import torch

from visavis.cells.checkpointing import USUAL, Cadence
from visavis.cells.environment import describe_environment
from visavis.cells.fingerprints import data_fingerprints
from visavis.cells.machine import Machine
from visavis.cells.rehearsal import Rehearsal, rehearse_speed
from visavis.describe import Plain, digest
from visavis.errors import InvalidStudy
from visavis.events import PrecisionChosen, ProbeFailed, Watch
from visavis.execution.failing import first_line
from visavis.interfaces import ImageData
from visavis.results import Probe
from visavis.store import DataDocument, EnvironmentDocument, Origin, RunFolder
from visavis.study import Study
from visavis.training.fast.precision import Precision, choose

TOGETHER_ON_GPU = 4
"""Cells of which each alone leaves most of a GPU idle; a CPU is filled by one."""
KEPT_TEST_IMAGES = 64 << 20
"""Bytes of test images that a run folder keeps for its report."""


@dataclass(frozen=True)
class Asked:
    """What was asked of the machine: where and how fast, nothing that changes what is compared.

    Attributes:
        device: ``cpu``, ``cuda``, ...; by default a GPU where there is one.
        precision: by default found by a probe before the first cell, and kept for all later ones.
        threads: of a process; by default those of the folder's earlier cells, else the machine's cores shared out.
        processes: that are to share the machine.
        together: cells that a process trains side by side; by default ``TOGETHER_ON_GPU``, and 1 on a CPU.
        deterministic: whether PyTorch is held to operations that give the same bits again (on a CPU they do anyway).
        cadence: how often a cell in work is kept.
    """

    device: str | None = None
    precision: Precision | None = None
    threads: int | None = None
    processes: int = 1
    together: int | None = None
    deterministic: bool = False
    cadence: Cadence = USUAL

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise InvalidStudy("no such number of threads", got=self.threads, expected="1 or more")
        if self.together is not None and self.together < 1:
            raise InvalidStudy("no such number of cells side by side", got=self.together, expected="1 or more")


def hold_to_float32() -> None:
    """Has float32 convolutions on a GPU computed in float32, and not in the TF32 that PyTorch takes for them."""
    torch.backends.cudnn.allow_tf32 = False


def hold_to_same_bits() -> None:
    """Holds PyTorch to operations that give the same bits again, for the life of the process."""
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
    asked: Asked,
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
    together = asked.together or (TOGETHER_ON_GPU if device.type == "cuda" else 1)
    return Machine(device, settled, torch.get_num_threads(), asked.deterministic, together, asked.cadence)


def settle_threads(folder: RunFolder, asked: Asked) -> None:
    """Sets this process's threads: those of the folder's earlier cells, those asked for, or a share of the cores.

    Raises:
        InvalidStudy: other threads are asked for than the earlier cells were trained with.
    """
    environment = folder.recall(EnvironmentDocument)
    recorded = environment.threads if environment else None
    if recorded is not None and asked.threads not in (None, recorded):
        raise InvalidStudy(
            "the number of threads of a run can't be changed",
            got=asked.threads,
            expected=recorded,
            do="leave --threads out, or choose another --out",
        )
    torch.set_num_threads(recorded or asked.threads or max(1, torch.get_num_threads() // asked.processes))


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
        try:
            probes[arm.name] = rehearse_speed(arm, study.seeds[0], data, study.recipe, device)
        except Exception as problem:
            watch(ProbeFailed(arm.name, f"{type(problem).__name__}: {first_line(problem)}"))
    return probes


def _speedup(probes: list[Probe]) -> float | None:
    if not probes:
        return None
    return sum(found.fp32_seconds for found in probes) / sum(found.bf16_seconds for found in probes)
