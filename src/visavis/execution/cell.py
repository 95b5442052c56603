"""One arm x one seed: the unit of work."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import numpy as np

from visavis.describe import Plain, array_digest, digest, text_digest
from visavis.errors import TrainingError
from visavis.execution.conditions import Conditions
from visavis.execution.environment import short_environment
from visavis.execution.fingerprints import plan_fingerprint, tensors_fingerprint, weights_fingerprint
from visavis.execution.frozen import features_of
from visavis.execution.keeping import Keeper
from visavis.execution.saving import save_model
from visavis.interfaces import ImageData, ImageShape, Network, Plan, Transform
from visavis.large import in_slices
from visavis.recipe import Recipe
from visavis.results import EpochRow, Predictions
from visavis.streams import root
from visavis.study import Arm, describe_slots
from visavis.training.examples import Examples
from visavis.training.features import Preprocess, as_they_are
from visavis.training.groups import trained_parameters, untouched_tensors
from visavis.training.lanes import Lane
from visavis.training.precision import Precision
from visavis.training.reports import Epoch

CLASSES_SHOWN = 32
"""Classes of which a cell keeps an example for the report."""


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


class OpenCell:
    """A cell in work: its network is built, its images are seen, its last state is read.

    Args:
        arm, seed: which cell.
        conditions: what is held equal.

    Attributes:
        lane: what is to be trained.
    """

    def __init__(self, arm: Arm, seed: int, conditions: Conditions) -> None:
        begun = time.perf_counter()
        data, machine, recipe = conditions.data, conditions.machine, conditions.recipe
        streams, self._place = root(seed, again=arm.again), conditions.folder.cell(arm.name, seed)
        self._arm, self._seed, self._conditions = arm, seed, conditions
        transform = arm.input.draw(data.shape, streams.child("input"))
        seen = _seen(data, transform)
        self._network = arm.model.build(seen.shape, len(data.classes), streams.child("init"))
        self._initial = weights_fingerprint(self._network)
        plan = arm.tuning.plan(self._network, streams.child("tuning"))
        self._fixed = {
            **conditions.shared,
            "images as seen": seen.digest,
            "recipe": digest(recipe),
            "plan": plan_fingerprint(plan),
            "arithmetic": machine.arithmetic,
            "environment": short_environment(machine.device),
        }
        self._frozen = tensors_fingerprint(untouched_tensors(plan, recipe.epochs))
        basis = digest([self._fixed, self._initial, seed, describe_slots(arm)])
        self._keeper = Keeper(
            self._place, arm.name, seed, basis, machine.options.cadence, conditions.stopping, conditions.watch, begun
        )
        start = self._keeper.resume()
        if start is None:
            self._place.write_input({**transform.arrays, "examples": _one_of_each_class(data, transform)})
        with conditions.stopping.patience():
            train, test, preprocess = _examples(arm, seed, plan, seen, conditions)
        self.lane = Lane(plan, preprocess, train, test, streams, self._keeper.told, start)

    def take(self, epoch: Epoch) -> None:
        """Follows a finished epoch."""
        self._last = epoch
        self._keeper.take(epoch, is_last=self.is_over)

    @property
    def is_over(self) -> bool:
        """Whether the last epoch has been taken."""
        return self._last.row.epoch == self._conditions.recipe.epochs

    def leave(self) -> None:
        """Keeps the state after the epoch that was taken last."""
        self._keeper.leave(self._last)

    def finish(self, beside: int = 1) -> EpochRow:
        """Saves the cell after its last epoch, whose row is returned.

        Args:
            beside: how many cells, this one included, shared the time that it took.

        Raises:
            TrainingError: what was frozen has changed.
        """
        plan, recipe = self.lane.plan, self._conditions.recipe
        untouched = untouched_tensors(plan, recipe.epochs)
        if tensors_fingerprint(untouched) != self._frozen:
            raise TrainingError("what was to stay frozen has changed", expected="the same tensors before and after")
        about = {
            "arm": self._arm.name,
            "seed": self._seed,
            "slots": describe_slots(self._arm),
            "fingerprints": {**self._fixed, "batch order": digest([row.order for row in self._keeper.rows])},
            "initial weights": self._initial,
            "frozen tensors": {"count": len(untouched), "digest": self._frozen},
            **_describe_training(self._network, plan, recipe),
            "seconds": self._keeper.seconds / beside,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        test = self._conditions.data.test
        self._place.write_history(self._keeper.rows)
        save_model(self._place, self._arm, self._seed, self._conditions.data, self._network)
        self._place.finish(about, Predictions(test.ids, test.labels, self._last.logits))
        return self._last.row


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
    train, test = in_slices(transform.apply, data.train.images), in_slices(transform.apply, data.test.images)
    return Seen(train, test, text_digest(array_digest(train) + array_digest(test)))


def _one_of_each_class(data: ImageData, transform: Transform) -> np.ndarray:
    """The first test image of each of the first classes as the arm sees it, uint8 [n, c, h, w]."""
    shown = range(min(len(data.classes), CLASSES_SHOWN))
    first = np.array([np.flatnonzero(data.test.labels == label)[0] for label in shown])
    return transform.apply(data.test.images[first])


def _examples(
    arm: Arm, seed: int, plan: Plan, seen: Seen, conditions: Conditions
) -> tuple[Examples, Examples, Preprocess]:
    """What the plan's trained part takes: the images, or what its frozen part makes of them.

    The features of test images are computed in float32, as all predictions are.
    """
    data, machine = conditions.data, conditions.machine
    parts = (
        (seen.train, data.train.labels, machine.precision),
        (seen.test, data.test.labels, Precision.fp32),
    )
    found = []
    for images, labels, precision in parts:
        taken = images
        if plan.frozen is not None:
            taken = features_of(plan.frozen, arm.model, images, precision, conditions, (arm.name, seed))
        found.append(Examples.on(machine.device, taken, labels))
    return found[0], found[1], arm.model.preprocess if plan.frozen is None else as_they_are
