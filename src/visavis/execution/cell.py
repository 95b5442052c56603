"""One arm x one seed: the unit of work."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import torch

from visavis.describe import array_digest, digest, text_digest
from visavis.execution.environment import short_environment
from visavis.execution.events import EpochDone, StepDone, Watch
from visavis.execution.fingerprints import plan_fingerprint, weights_fingerprint
from visavis.interfaces import ImageData, ImageShape, Transform
from visavis.recipe import Recipe
from visavis.results import Predictions
from visavis.store import CellFolder
from visavis.streams import root
from visavis.study import Arm, describe_slots
from visavis.training.loop import Epoch, Examples, fit
from visavis.training.precision import Precision


@dataclass(frozen=True)
class Machine:
    """Where cells are trained, the same for all of a study.

    Attributes:
        device: ``cpu`` or a GPU.
        precision: of the arithmetic.
    """

    device: torch.device
    precision: Precision


def run_cell(
    arm: Arm,
    seed: int,
    data: ImageData,
    shared: dict[str, str],
    recipe: Recipe,
    machine: Machine,
    folder: CellFolder,
    watch: Watch,
) -> Epoch:
    """Trains a cell from its beginning and saves it; returns the last epoch.

    Args:
        arm, seed: which cell.
        data: the images before the arm's intervention.
        shared: fingerprints of the data.
        recipe, machine: what is held equal.
        folder: where the cell is kept.
        watch: is told of steps and epochs.

    Raises:
        TrainingError: the loss isn't finite.
    """
    start = time.perf_counter()
    streams = root(seed)
    folder.start()
    transform = arm.input.draw(data.shape, streams.child("input"))
    train, test = transform.apply(data.train.images), transform.apply(data.test.images)
    folder.write_input({**transform.arrays, "examples": _one_of_each_class(data, transform)})
    seen = text_digest(array_digest(train) + array_digest(test))
    network = arm.model.build(ImageShape(*train.shape[1:]), len(data.classes), streams.child("init"))
    plan = arm.tuning.plan(network)
    initial = weights_fingerprint(plan.trained)
    orders = []
    for epoch in fit(
        plan,
        arm.model.preprocess,
        Examples.on(machine.device, train, data.train.labels),
        Examples.on(machine.device, test, data.test.labels),
        recipe,
        streams,
        machine.precision,
        lambda step: watch(StepDone(step.epoch, step.done, step.loss)),
    ):
        folder.append_history(epoch.row)
        orders.append(epoch.row.order)
        watch(EpochDone(epoch.row))
    about = {
        "arm": arm.name,
        "seed": seed,
        "slots": describe_slots(arm),
        "fingerprints": {
            **shared,
            "images as seen": seen,
            "recipe": digest(recipe),
            "plan": plan_fingerprint(plan),
            "batch order": digest(orders),
            "arithmetic": f"{machine.precision.name} on {machine.device.type}",
            "environment": short_environment(machine.device),
        },
        "initial weights": initial,
        "trained parameters": sum(weight.numel() for weight in plan.trained.parameters()),
        "seconds": time.perf_counter() - start,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    folder.finish(about, Predictions(data.test.ids, data.test.labels, epoch.logits))
    return epoch


def _one_of_each_class(data: ImageData, transform: Transform) -> np.ndarray:
    """The first test image of each class as the arm sees it, uint8 [classes, c, h, w]."""
    first = np.array([np.flatnonzero(data.test.labels == label)[0] for label in range(len(data.classes))])
    return transform.apply(data.test.images[first])
