"""One arm x one seed: the unit of work."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import numpy as np
import torch

from visavis.describe import array_digest, digest, text_digest
from visavis.errors import TrainingError
from visavis.execution.environment import short_environment
from visavis.execution.events import EpochDone, FeaturesDone, StepDone, Watch
from visavis.execution.fingerprints import plan_fingerprint, tensors_fingerprint, weights_fingerprint
from visavis.execution.saving import save_model
from visavis.interfaces import ImageData, ImageShape, Plan, Transform
from visavis.recipe import Recipe
from visavis.results import EpochRow, Predictions
from visavis.store import CellFolder, RunFolder
from visavis.streams import Stream, root
from visavis.study import Arm, describe_slots
from visavis.training.features import Preprocess, as_they_are, in_batches
from visavis.training.groups import trained_parameters, untouched_tensors
from visavis.training.loop import Epoch, Examples, Step, fit
from visavis.training.precision import Precision
from visavis.training.snapshot import Snapshot

SECONDS_BETWEEN_CHECKPOINTS = 60.0
SECONDS_BETWEEN_REPORTS = 0.2


@dataclass(frozen=True)
class Machine:
    """Where and how cells are trained, the same for all of a study.

    Attributes:
        device: ``cpu`` or a GPU.
        precision: of the arithmetic.
        checkpoint_seconds: of training after which an epoch's end is kept, to go on from.
    """

    device: torch.device
    precision: Precision
    checkpoint_seconds: float = SECONDS_BETWEEN_CHECKPOINTS

    @property
    def arithmetic(self) -> str:
        """The precision and the device, as a phrase."""
        return f"{self.precision.name} on {self.device.type}"


@dataclass(frozen=True)
class Seen:
    """The images as an arm sees them.

    Attributes:
        train, test: uint8 [n, c, h, w].
        digest: of both.
    """

    train: np.ndarray
    test: np.ndarray
    digest: str

    @property
    def shape(self) -> ImageShape:
        """The shape of every image, which an intervention may change."""
        return ImageShape(*self.train.shape[1:])


def run_cell(
    arm: Arm,
    seed: int,
    data: ImageData,
    shared: dict[str, str],
    recipe: Recipe,
    machine: Machine,
    folder: RunFolder,
    watch: Watch,
) -> EpochRow:
    """Trains a cell, from its last checkpoint where there is one, and saves it; returns the last epoch's row.

    Args:
        arm, seed: which cell.
        data: the images before the arm's intervention.
        shared: fingerprints of the data.
        recipe, machine: what is held equal.
        folder: of the study; the cell's own folder and the features of frozen backbones are in it.
        watch: is told of steps and epochs.

    Raises:
        TrainingError: the loss isn't finite, or what was frozen has changed.
    """
    start = time.perf_counter()
    streams, place = root(seed, again=arm.again), folder.cell(arm.name, seed)
    transform = arm.input.draw(data.shape, streams.child("input"))
    seen = _seen(data, transform)
    network = arm.model.build(seen.shape, len(data.classes), streams.child("init"))
    initial = weights_fingerprint(network)
    plan = arm.tuning.plan(network, streams.child("tuning"))
    fixed = {
        **shared,
        "images as seen": seen.digest,
        "recipe": digest(recipe),
        "plan": plan_fingerprint(plan),
        "arithmetic": machine.arithmetic,
        "environment": short_environment(machine.device),
    }
    frozen = tensors_fingerprint(untouched_tensors(plan, recipe.epochs))
    checkpoint = _begin(place, digest([fixed, initial, seed]), data, transform)
    train, test, preprocess = _examples(arm, plan, seen, data, machine, folder, watch)
    last = deque(_epochs(plan, preprocess, train, test, recipe, streams, machine, place, checkpoint, watch), maxlen=1)
    untouched = untouched_tensors(plan, recipe.epochs)
    if tensors_fingerprint(untouched) != frozen:
        raise TrainingError("what was to stay frozen has changed", expected="the same tensors before and after")
    about = {
        "arm": arm.name,
        "seed": seed,
        "slots": describe_slots(arm),
        "fingerprints": {**fixed, "batch order": digest([row.order for row in place.read_history()])},
        "initial weights": initial,
        "pre-trained weights": asdict(network.loaded) if network.loaded else None,
        "frozen tensors": {"count": len(untouched), "digest": frozen},
        "never begun": [group.name for group in plan.groups if not group.rate(recipe.epochs)],
        "trained parameters": trained_parameters(plan, recipe.epochs),
        "parameters": sum(weight.numel() for part in (network.backbone, network.head) for weight in part.parameters()),
        "seconds": time.perf_counter() - start,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    save_model(place, arm, seed, data, network)
    place.finish(about, Predictions(data.test.ids, data.test.labels, last[0].logits))
    return last[0].row


def _seen(data: ImageData, transform: Transform) -> Seen:
    train, test = transform.apply(data.train.images), transform.apply(data.test.images)
    return Seen(train, test, text_digest(array_digest(train) + array_digest(test)))


def _begin(place: CellFolder, basis: str, data: ImageData, transform: Transform) -> tuple[str, Snapshot | None]:
    """The basis of the cell's checkpoints, and the one to go on from; without one the folder is emptied."""
    found = place.read_checkpoint(basis)
    if found is not None:
        return basis, Snapshot(*found)
    place.start()
    place.write_input({**transform.arrays, "examples": _one_of_each_class(data, transform)})
    return basis, None


def _one_of_each_class(data: ImageData, transform: Transform) -> np.ndarray:
    """The first test image of each class as the arm sees it, uint8 [classes, c, h, w]."""
    first = np.array([np.flatnonzero(data.test.labels == label)[0] for label in range(len(data.classes))])
    return transform.apply(data.test.images[first])


def _examples(
    arm: Arm, plan: Plan, seen: Seen, data: ImageData, machine: Machine, folder: RunFolder, watch: Watch
) -> tuple[Examples, Examples, Preprocess]:
    """What the plan's trained part takes: the images, or what its frozen part makes of them.

    The features of test images are computed in float32, as all predictions are.
    """
    parts = (
        (seen.train, data.train.labels, machine.precision),
        (seen.test, data.test.labels, Precision.fp32),
    )
    if plan.frozen is None:
        train, test = (Examples.on(machine.device, images, labels) for images, labels, _ in parts)
        return train, test, arm.model.preprocess
    weights = tensors_fingerprint(plan.frozen.state_dict())
    backbone = plan.frozen.to(machine.device).to(memory_format=torch.channels_last)
    found = []
    for images, labels, precision in parts:
        basis = [weights, repr(plan.frozen), array_digest(images), arm.model, precision, machine.arithmetic]
        key = digest([*basis, short_environment(machine.device)])
        features = folder.read_features(key)
        if features is None:
            given = Examples.on(machine.device, images, labels).images
            told = _sparse(watch, len(images))
            features = in_batches(backbone, arm.model.preprocess, given, precision, told).cpu().numpy()
            folder.write_features(key, features)
        found.append(Examples.on(machine.device, features, labels))
    return found[0], found[1], as_they_are


def _sparse(watch: Watch, total: int) -> Callable[[int], None]:
    """Tells of features a few times a second."""
    last = time.perf_counter()

    def told(done: int) -> None:
        nonlocal last
        if time.perf_counter() - last > SECONDS_BETWEEN_REPORTS:
            last = time.perf_counter()
            watch(FeaturesDone(done, total))

    return told


def _epochs(
    plan: Plan,
    preprocess: Preprocess,
    train: Examples,
    test: Examples,
    recipe: Recipe,
    streams: Stream,
    machine: Machine,
    place: CellFolder,
    checkpoint: tuple[str, Snapshot | None],
    watch: Watch,
) -> Iterator[Epoch]:
    """Trains, writes the history, and from time to time a checkpoint."""
    basis, start = checkpoint
    kept = time.perf_counter()

    def told(step: Step) -> None:
        watch(StepDone(step.epoch, step.done, step.loss))

    for epoch in fit(plan, preprocess, train, test, recipe, streams, machine.precision, told, start):
        place.append_history(epoch.row)
        watch(EpochDone(epoch.row))
        if epoch.row.epoch < recipe.epochs and time.perf_counter() - kept >= machine.checkpoint_seconds:
            snapshot = epoch.snapshot()
            place.write_checkpoint(snapshot.epoch, basis, snapshot.arrays)
            kept = time.perf_counter()
        yield epoch
