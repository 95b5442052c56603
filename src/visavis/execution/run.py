"""A study, cell by cell: load, admit, settle the machine, train what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

from visavis.audit import audit
from visavis.describe import Plain, digest
from visavis.errors import InvalidStudy, TrainingError
from visavis.execution.admission import require_same_data, require_same_study, require_same_weights
from visavis.execution.cell import Machine, run_cell
from visavis.execution.environment import describe_environment
from visavis.execution.events import (
    CellFailed,
    CellFinished,
    CellsPlanned,
    CellStarted,
    DataAudited,
    DataLoaded,
    PrecisionChosen,
    Watch,
    unwatched,
)
from visavis.execution.fingerprints import data_fingerprints
from visavis.execution.trial import plan_of, try_every_arm
from visavis.interfaces import ImageData, ImageShape, Plan
from visavis.recipe import Recipe
from visavis.store import RunFolder
from visavis.streams import root
from visavis.study import Arm, Study
from visavis.training.groups import enter_epoch
from visavis.training.loop import Examples
from visavis.training.precision import Precision, Probe, choose, probe

KEPT_TEST_IMAGES = 64 << 20
"""Bytes of test images that a run folder keeps for its report."""


def run_study(
    study: Study,
    out: Path,
    *,
    device: str | None = None,
    precision: Precision | None = None,
    watch: Watch = unwatched,
    origin: Mapping[str, Plain] | None = None,
    study_file: str | None = None,
) -> RunFolder:
    """Trains the cells of a study that aren't finished yet.

    Args:
        study: what to run.
        out: the run folder; a finished or interrupted run of the same study is continued.
        device: ``cpu``, ``cuda``, ...; by default a GPU where there is one.
        precision: by default found by a probe before the first cell, and kept for all later ones.
        watch: is told what happens.
        origin: how the run was asked for, kept for the report.
        study_file: text of the study's file, kept beside the results.

    Raises:
        VisavisError: the study, its data or the folder can't be used; nothing is written then. A cell that can't be
            trained to its end doesn't raise: it leaves its reason in the folder.
    """
    chosen = _device(device)
    folder = RunFolder(out)
    description = study.describe()
    folder.require_free()
    if folder.exists():
        require_same_study(out, folder.read("study"), description)
    data = study.data.load()
    watch(DataLoaded(data.name, len(data.train), len(data.test), len(data.left_out)))
    about_data = describe_data(data)
    if folder.has("data"):
        require_same_data(out, folder.read("data"), about_data)
    weights = try_every_arm(study, data)
    if folder.has("weights"):
        require_same_weights(out, folder.read("weights"), weights)
    recorded = _recorded_precision(folder, precision)
    _note_look(folder, study.seeds)
    folder.write("study", description)  # first: a folder with it is a run folder, whatever else is missing
    machine = _settle_machine(study, data, folder, chosen, precision or recorded, watch, origin)
    if study_file is not None:
        folder.write_study_file(study_file)
    if not folder.has("data"):
        rows = _kept_rows(data)
        folder.write_test_images(data.test.ids[rows], data.test.images[rows])
        folder.write("data", about_data)
    if not folder.has("audit"):
        found = audit(data)
        folder.write_audit(found.audit.to_plain(), found.twins, found.pictures)
        watch(DataAudited(found.audit))
    folder.write("weights", weights)
    _run_cells(study, data, about_data["fingerprints"], machine, folder, watch)
    return folder


def _note_look(folder: RunFolder, seeds: Sequence[int]) -> None:
    """Writes down that a study grows by seeds after some of the earlier ones were finished and could be looked at."""
    if not folder.exists():
        return
    study = folder.read("study")
    planned = study["seeds"]
    seen = any(folder.cell(arm, seed).is_finished() for seed in planned for arm in study["arms"])
    if seen and set(seeds) > set(planned):
        earlier = folder.read("looks")["seeds"] if folder.has("looks") else []
        folder.write("looks", {"seeds": [*earlier, planned]})


def describe_data(data: ImageData) -> dict[str, Plain]:
    """The data as plain data: what ``data.json`` holds."""
    return {
        "name": data.name,
        "source": data.source,
        "split rule": data.split_rule,
        "synthetic": data.synthetic,
        "classes": list(data.classes),
        "shape": asdict(data.shape),
        "train": np.bincount(data.train.labels, minlength=len(data.classes)).tolist(),
        "test": np.bincount(data.test.labels, minlength=len(data.classes)).tolist(),
        "left out": [[left.name, left.reason] for left in data.left_out],
        "fingerprints": data_fingerprints(data),
    }


def _kept_rows(data: ImageData) -> np.ndarray:
    """As many test images as fit, evenly spread over the part."""
    count = max(1, min(len(data.test), KEPT_TEST_IMAGES // data.test.images[0].nbytes))
    return np.linspace(0, len(data.test) - 1, count).round().astype(np.int64)


def _recorded_precision(folder: RunFolder, wanted: Precision | None) -> Precision | None:
    """The precision of the folder's earlier cells, which can't be changed."""
    if not folder.has("environment"):
        return None
    recorded = Precision[folder.read("environment")["precision"]]
    if wanted not in (None, recorded):
        raise InvalidStudy(
            "the precision of a run can't be changed",
            got=wanted.name,
            expected=recorded.name,
            do="leave --precision out, or choose another --out",
        )
    return recorded


def _settle_machine(
    study: Study,
    data: ImageData,
    folder: RunFolder,
    device: torch.device,
    precision: Precision | None,
    watch: Watch,
    origin: Mapping[str, Plain] | None,
) -> Machine:
    """The device with its precision, probed unless it is given; both are written down."""
    environment = folder.read("environment") if folder.has("environment") else {}
    probes = {} if precision else _probe_arms(study, data, device)
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
    return Machine(device, settled)


def _device(name: str | None) -> torch.device:
    chosen = name or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(chosen)
        torch.ones(1, device=device).item()
    except (RuntimeError, AssertionError) as problem:
        raise InvalidStudy(
            f"no device {chosen!r} here", got=str(problem).splitlines()[0], expected="cpu, or a GPU that torch sees"
        ) from problem
    return device


def _probe_arms(study: Study, data: ImageData, device: torch.device) -> dict[str, Probe]:
    """One probe for each model, with a frozen backbone and without, on a batch of real images from all over the
    training part.
    """
    streams = root(study.seeds[0])
    rows = np.linspace(0, len(data.train) - 1, min(len(data.train), study.recipe.batch_size)).astype(np.int64)
    found: dict[tuple[str, bool], tuple[str, Probe]] = {}
    for arm in study.all_arms:
        seen = arm.input.draw(data.shape, streams.child("input")).apply(data.train.images[rows])
        plan = plan_of(arm, ImageShape(*seen.shape[1:]), len(data.classes), streams)[1]
        kind = digest(arm.model), plan.frozen is None
        if kind not in found:
            some = Examples.on(device, seen, data.train.labels[rows])
            found[kind] = arm.name, _probe_arm(arm, plan, some, study.recipe)
    return dict(found.values())


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


def _run_cells(
    study: Study, data: ImageData, shared: dict[str, str], machine: Machine, folder: RunFolder, watch: Watch
) -> None:
    """Seed by seed, so that an interrupted study holds as many whole pairs as it can."""
    cells = [(arm, seed) for seed in study.seeds for arm in study.all_arms]
    missing = [(arm, seed) for arm, seed in cells if not folder.cell(arm.name, seed).is_finished()]
    images_each = study.recipe.epochs * len(data.train)
    arms = tuple(arm.name for arm, _ in missing)
    watch(CellsPlanned(len(cells), len(cells) - len(missing), images_each, arms))
    for arm, seed in missing:
        watch(CellStarted(arm.name, seed, study.recipe.epochs, len(data.train)))
        try:
            last = run_cell(arm, seed, data, shared, study.recipe, machine, folder, watch)
        except TrainingError as problem:
            folder.cell(arm.name, seed).write_failure(str(problem))
            watch(CellFailed(arm.name, seed, str(problem)))
        else:
            watch(CellFinished(arm.name, seed, last.test_accuracy))
