"""What is settled once for all cells of a study: the data's description, the device, the arithmetic."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import numpy as np
import torch

from visavis.describe import Plain, digest
from visavis.errors import InvalidStudy
from visavis.execution.environment import describe_environment
from visavis.execution.events import PrecisionChosen, ProbeFailed, Watch
from visavis.execution.failing import first_line
from visavis.execution.fingerprints import data_fingerprints
from visavis.execution.keeping import USUAL, Cadence
from visavis.execution.machine import Machine
from visavis.execution.trial import plan_of
from visavis.interfaces import ImageData, ImageShape, Plan
from visavis.recipe import Recipe
from visavis.store import RunFolder
from visavis.streams import root
from visavis.study import Arm, Study
from visavis.training.examples import Examples
from visavis.training.groups import enter_epoch
from visavis.training.precision import Precision, Probe, choose, probe

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


def describe_data(data: ImageData) -> dict[str, Plain]:
    """The data as plain data: what ``data.json`` holds."""
    return {
        "name": data.name,
        "source": data.source,
        "split rule": data.split_rule,
        "synthetic": data.synthetic,
        "remarks": list(data.remarks),
        "classes": list(data.classes),
        "shape": asdict(data.shape),
        "train": np.bincount(data.train.labels, minlength=len(data.classes)).tolist(),
        "test": np.bincount(data.test.labels, minlength=len(data.classes)).tolist(),
        "left out": [[left.name, left.reason] for left in data.left_out],
        "fingerprints": data_fingerprints(data),
    }


def kept_rows(data: ImageData) -> np.ndarray:
    """As many test images as fit, evenly spread over the part."""
    count = max(1, min(len(data.test), KEPT_TEST_IMAGES // data.test.images[0].nbytes))
    return np.linspace(0, len(data.test) - 1, count).round().astype(np.int64)


def recorded_precision(folder: RunFolder, wanted: Precision | None) -> Precision | None:
    """The precision of the folder's earlier cells, which can't be changed; None where there are none."""
    environment = folder.recall("environment")
    recorded = Precision[environment["precision"]] if environment else _precision_of_cells(folder)
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
    if not folder.has("environment") or not folder.exists():
        return None
    study = folder.read("study")
    cells = (folder.cell(arm, seed) for seed in study["seeds"] for arm in study["arms"])
    about = next((cell.read_about() for cell in cells if cell.is_finished()), None)
    name = about["fingerprints"].get("arithmetic", "").partition(" ")[0] if about else None
    return Precision.__members__.get(name or "")


def settle_machine(
    study: Study,
    data: ImageData,
    folder: RunFolder,
    device: torch.device,
    precision: Precision | None,
    asked: Asked,
    watch: Watch,
    origin: Mapping[str, Plain] | None,
) -> Machine:
    """The device with its precision, probed unless it is given; both are written down."""
    environment = folder.recall("environment") or {}
    probes = {} if precision else probe_arms(study, data, device, watch)
    settled = precision or choose(list(probes.values()))
    now = {
        **describe_environment(device),
        "precision": settled.name,
        "probes": {name: asdict(found) for name, found in probes.items()} or environment.get("probes", {}),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "origin": dict(origin or {}),
    }
    folder.write("environment", {**now, "started": environment.get("started", now["started"])})
    watch(PrecisionChosen(settled.name, str(now["device"]), _speedup(list(probes.values()))))
    together = asked.together or (TOGETHER_ON_GPU if device.type == "cuda" else 1)
    return Machine(device, settled, torch.get_num_threads(), asked.deterministic, together, asked.cadence)


def settle_threads(folder: RunFolder, asked: Asked) -> None:
    """Sets this process's threads: those of the folder's earlier cells, those asked for, or a share of the cores.

    Raises:
        InvalidStudy: other threads are asked for than the earlier cells were trained with.
    """
    recorded = (folder.recall("environment") or {}).get("threads")
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


def probe_arms(study: Study, data: ImageData, device: torch.device, watch: Watch) -> dict[str, Probe]:
    """One probe for each model, with a frozen backbone and without, on a batch of real images from all over the
    training part. An arm that can't be probed has no say: its cells meet the same trouble, and tell it.
    """
    streams = root(study.seeds[0])
    rows = np.linspace(0, len(data.train) - 1, min(len(data.train), study.recipe.batch_size)).astype(np.int64)
    probed: set[tuple[str, bool]] = set()
    found: dict[str, Probe] = {}
    for arm in study.all_arms:
        seen = arm.input.draw(data.shape, streams.child("input")).apply(data.train.images[rows])
        plan = plan_of(arm, ImageShape(*seen.shape[1:]), len(data.classes), streams)[1]
        kind = digest(arm.model), plan.frozen is None
        if kind in probed:
            continue
        probed.add(kind)
        try:
            found[arm.name] = _probe_arm(arm, plan, Examples.on(device, seen, data.train.labels[rows]), study.recipe)
        except Exception as problem:
            watch(ProbeFailed(arm.name, f"{type(problem).__name__}: {first_line(problem)}"))
    return found


def _probe_arm(arm: Arm, plan: Plan, some: Examples, recipe: Recipe) -> Probe:
    for module in (plan.trained, plan.frozen):
        if module is not None:
            module.to(some.images.device).to(memory_format=torch.channels_last)
    enter_epoch(plan, recipe.epochs)
    batch = arm.model.preprocess(some.images).contiguous(memory_format=torch.channels_last)
    return probe(plan, batch, some.labels, recipe.loss)


def _speedup(probes: list[Probe]) -> float | None:
    if not probes:
        return None
    return sum(found.fp32_seconds for found in probes) / sum(found.bf16_seconds for found in probes)
