"""One arm x one seed: the unit of work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial

import numpy as np
import torch

from visavis.describe import Plain, array_digest, digest, text_digest
from visavis.errors import TrainingError
from visavis.execution.environment import short_environment
from visavis.execution.events import FeaturesDone, Watch
from visavis.execution.fingerprints import plan_fingerprint, tensors_fingerprint, weights_fingerprint
from visavis.execution.holding import held
from visavis.execution.keeping import USUAL, Cadence, Keeper
from visavis.execution.saving import save_model
from visavis.execution.stopping import Stopping
from visavis.interfaces import ImageData, ImageShape, Network, Plan, Transform
from visavis.recipe import Recipe
from visavis.results import EpochRow, Predictions
from visavis.store import RunFolder
from visavis.streams import root
from visavis.study import Arm, describe_slots
from visavis.training.features import BATCH, Preprocess, as_they_are, in_batches
from visavis.training.groups import trained_parameters, untouched_tensors
from visavis.training.loop import Examples, fit
from visavis.training.precision import Precision

SECONDS_BETWEEN_REPORTS = 0.2
CLASSES_SHOWN = 32
"""Classes of which a cell keeps an example for the report."""
FEATURES_TOGETHER = 64 * BATCH
"""Images whose features are kept together: a run that is stopped goes on with the next part."""


@dataclass(frozen=True)
class Machine:
    """Where and how cells are trained, the same for all of a study.

    Attributes:
        device: ``cpu`` or a GPU.
        precision: of the arithmetic.
        threads: of a process; sums are parted by them, so the bits of a result rest on their number.
        deterministic: whether PyTorch is held to operations that give the same bits again.
        cadence: how often a cell in work is kept.
    """

    device: torch.device
    precision: Precision
    threads: int = field(default_factory=torch.get_num_threads)
    deterministic: bool = False
    cadence: Cadence = USUAL

    @property
    def arithmetic(self) -> str:
        """The precision and the device, as a phrase."""
        return f"{self.precision.name} on {self.device.type}" + (", deterministic" if self.deterministic else "")


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
    stopping: Stopping,
    watch: Watch,
) -> EpochRow:
    """Trains a cell, from its last checkpoint where there is one, and saves it; returns the last epoch's row.

    The cell has to be claimed.

    Args:
        arm, seed: which cell.
        data: the images before the arm's intervention.
        shared: fingerprints of the data.
        recipe, machine: what is held equal.
        folder: of the study; the cell's own folder and the features of frozen backbones are in it.
        stopping: says when to stop; the state is kept then.
        watch: is told of steps and epochs.

    Raises:
        TrainingError: the loss isn't finite, or what was frozen has changed.
        Stopped: a signal asked for it.
    """
    begun = time.perf_counter()
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
    basis = digest([fixed, initial, seed, describe_slots(arm)])
    keeper = Keeper(place, arm.name, seed, basis, machine.cadence, stopping, watch, begun)
    start = keeper.resume()
    if start is None:
        place.write_input({**transform.arrays, "examples": _one_of_each_class(data, transform)})
    with stopping.patience():
        train, test, preprocess = _examples(arm, plan, seen, data, machine, folder, stopping, watch)
        epochs = fit(plan, preprocess, train, test, recipe, streams, machine.precision, keeper.told, start)
        for last in epochs:
            keeper.take(last, is_last=last.row.epoch == recipe.epochs)
        untouched = untouched_tensors(plan, recipe.epochs)
        if tensors_fingerprint(untouched) != frozen:
            raise TrainingError("what was to stay frozen has changed", expected="the same tensors before and after")
        about = {
            "arm": arm.name,
            "seed": seed,
            "slots": describe_slots(arm),
            "fingerprints": {**fixed, "batch order": digest([row.order for row in keeper.rows])},
            "initial weights": initial,
            "frozen tensors": {"count": len(untouched), "digest": frozen},
            **_describe_training(network, plan, recipe),
            "seconds": keeper.seconds,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        place.write_history(keeper.rows)
        save_model(place, arm, seed, data, network)
        place.finish(about, Predictions(data.test.ids, data.test.labels, last.logits))
    return last.row


def _describe_training(network: Network, plan: Plan, recipe: Recipe) -> dict[str, Plain]:
    """What the network began with, and how much of it is trained."""
    parameters = [weight for part in (network.backbone, network.head) for weight in part.parameters()]
    return {
        "pre-trained weights": asdict(network.loaded) if network.loaded else None,
        "never begun": [group.name for group in plan.groups if not group.rate(recipe.epochs)],
        "trained parameters": trained_parameters(plan, recipe.epochs),
        "parameters": sum(weight.numel() for weight in parameters),
    }


def _seen(data: ImageData, transform: Transform) -> Seen:
    train, test = transform.apply(data.train.images), transform.apply(data.test.images)
    return Seen(train, test, text_digest(array_digest(train) + array_digest(test)))


def _one_of_each_class(data: ImageData, transform: Transform) -> np.ndarray:
    """The first test image of each of the first classes as the arm sees it, uint8 [n, c, h, w]."""
    shown = range(min(len(data.classes), CLASSES_SHOWN))
    first = np.array([np.flatnonzero(data.test.labels == label)[0] for label in shown])
    return transform.apply(data.test.images[first])


def _examples(
    arm: Arm,
    plan: Plan,
    seen: Seen,
    data: ImageData,
    machine: Machine,
    folder: RunFolder,
    stopping: Stopping,
    watch: Watch,
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
        compute = partial(_compute_features, backbone, arm.model.preprocess, machine.device, precision)
        features = _features(folder, key, images, compute, stopping, watch)
        found.append(Examples.on(machine.device, features, labels))
    return found[0], found[1], as_they_are


def _features(
    folder: RunFolder,
    key: str,
    images: np.ndarray,
    compute: Callable[[np.ndarray, Callable[[int], None]], np.ndarray],
    stopping: Stopping,
    watch: Watch,
) -> np.ndarray:
    """float32 [n, ...]: read where they are kept, else computed and kept, part by part; of several processes that want
    the same, one computes.
    """
    parts = []
    with held(folder.features_claim(key), stopping):
        folder.start_features(key)
        for number, start in enumerate(range(0, len(images), FEATURES_TOGETHER)):
            features = folder.read_features(key, number)
            if features is None:
                told = _sparse(stopping, watch, start, len(images))
                features = compute(images[start : start + FEATURES_TOGETHER], told)
                folder.write_features(key, number, features)
            parts.append(features)
    return np.concatenate(parts)


def _compute_features(
    backbone: torch.nn.Module,
    preprocess: Preprocess,
    device: torch.device,
    precision: Precision,
    images: np.ndarray,
    told: Callable[[int], None],
) -> np.ndarray:
    given = torch.from_numpy(np.require(images, requirements=["C", "W"])).to(device)
    return in_batches(backbone, preprocess, given, precision, told).cpu().numpy()


def _sparse(stopping: Stopping, watch: Watch, before: int, total: int) -> Callable[[int], None]:
    """Tells of features a few times a second, and ends the run when that is asked."""
    last = time.perf_counter()

    def told(done: int) -> None:
        nonlocal last
        stopping.end()
        if time.perf_counter() - last > SECONDS_BETWEEN_REPORTS:
            last = time.perf_counter()
            watch(FeaturesDone(before + done, total))

    return told
