"""One arm x one seed: the unit of work."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from datetime import UTC, datetime

import numpy as np

from visavis.cells.assemble import Assembled, assemble, to_train
from visavis.cells.checkpointing import Checkpointing
from visavis.cells.conditions import Conditions
from visavis.cells.environment import short_environment
from visavis.cells.features import features_of
from visavis.cells.fingerprints import plan_fingerprint, tensors_fingerprint
from visavis.describe import array_digest, describe, digest, text_digest
from visavis.errors import TrainingError
from visavis.events import CheckpointDamaged, CheckpointForeign, EpochDone, StepDone, TestingDone
from visavis.interfaces import ImageData
from visavis.results import EpochRow, Predictions
from visavis.store import CellDocument, FrozenDocument, ModelDocument
from visavis.study import Arm, describe_slots
from visavis.training.fast.precision import Precision
from visavis.training.loop import Pause
from visavis.training.plans import trained_parameters, untouched_tensors
from visavis.training.state import Epoch, ToTrain, TrainState
from visavis.watch import Event

CLASSES_SHOWN = 32
"""Classes of which a cell keeps an example for the report."""


class Cell:
    """A cell in work: its parts are put together; ``resume`` reads its last state, or begins it.

    Args:
        arm, seed: which cell.
        conditions: what is held equal.

    Attributes:
        to_train: what the loop is told, once it is resumed.
    """

    to_train: ToTrain

    def __init__(self, arm: Arm, seed: int, conditions: Conditions) -> None:
        begin = time.perf_counter()
        machine, epochs = conditions.machine, conditions.recipe.epochs
        self._arm, self._seed, self._conditions = arm, seed, conditions
        self._assembled = assemble(arm, seed, conditions.data)
        self._fingerprints = {
            **conditions.fingerprints,
            "images as seen": _images_digest(self._assembled.data),
            "recipe": digest(conditions.recipe),
            "plan": plan_fingerprint(self._assembled.plan),
            "arithmetic": machine.arithmetic,
            "environment": short_environment(machine.device),
        }
        self._frozen = tensors_fingerprint(untouched_tensors(self._assembled.plan, epochs))
        basis = digest([self._fingerprints, self._assembled.initial_weights, seed, describe_slots(arm)])
        self._folder = conditions.folder.cell(arm.name, seed)
        self._checkpointing = Checkpointing(self._folder, basis, machine.options.cadence, begin)
        self._last: Epoch | None = None

    def resume(self) -> Iterator[Event]:
        """Goes back to the last state that was kept, or empties the folder; yields what happens meanwhile."""
        resumed = self._checkpointing.resume()
        yield from map(CheckpointDamaged, resumed.damaged)
        if resumed.is_foreign:
            yield CheckpointForeign(self._arm.name, self._seed)
        if resumed.start is None:
            drawn, examples = self._assembled.transform.arrays, _one_of_each_class(self._assembled.data)
            self._folder.write_input({**drawn, "examples": examples})
        data, machine = self._assembled.data, self._conditions.machine
        train = yield from self._features(data.train.images, machine.precision)
        test = yield from self._features(data.test.images, Precision.fp32)  # as all predictions are
        self.to_train = to_train(self._assembled, train, test, machine.device, resumed.start)

    def _features(self, images: np.ndarray, precision: Precision) -> Generator[Event, None, np.ndarray]:
        """What the plan's trained part takes: the images, or what its frozen part makes of them."""
        if self._assembled.plan.frozen is None:
            return images
        return (yield from features_of(images, self._assembled, precision, self._conditions))

    def follow(self, pause: Pause, number: int) -> Event | None:
        """Writes down what has happened since the last pause, and keeps the state where that is due.

        Args:
            pause: of the loop.
            number: of this cell in it.

        Returns:
            What there is to tell.
        """
        name, seed, state = self._arm.name, self._seed, pause.states[number]
        if pause.epochs:
            self._last = pause.epochs[number]
            self._checkpointing.append(self._last.row)
            self._keep_if_due(state, within_epoch=False)
            return EpochDone(name, seed, self._last.row)
        if pause.tested is None:
            self._keep_if_due(state, within_epoch=True)
            return StepDone(name, seed, pause.epoch, pause.done, state.finite_loss())
        cell, tested = pause.tested
        total = len(self._assembled.data.test)
        return TestingDone(name, seed, pause.epoch, tested, total) if cell == number else None

    def _keep_if_due(self, state: TrainState, *, within_epoch: bool) -> None:
        if not self.is_over and self._checkpointing.is_due(within_epoch=within_epoch):
            self.keep(state)

    def keep(self, state: TrainState) -> None:
        """Keeps a state to go on from."""
        self._checkpointing.keep(state.snapshot())

    @property
    def is_over(self) -> bool:
        """Whether the last epoch is done."""
        return len(self._checkpointing.rows) == self._conditions.recipe.epochs

    def finish(self, beside: int = 1) -> EpochRow:
        """Saves the cell after its last epoch, whose row is returned.

        Args:
            beside: how many cells, this one included, shared the time that it took.

        Raises:
            TrainingError: what was frozen has changed.
        """
        assert self._last is not None
        assembled, epochs = self._assembled, self._conditions.recipe.epochs
        untouched = untouched_tensors(assembled.plan, epochs)
        if tensors_fingerprint(untouched) != self._frozen:
            raise TrainingError("what was to stay frozen has changed", expected="the same tensors before and after")
        rows, test = self._checkpointing.rows, self._conditions.data.test
        document = CellDocument(
            arm=self._arm.name,
            seed=self._seed,
            factors=describe_slots(self._arm),
            precision=self._conditions.machine.precision.value,
            fingerprints={**self._fingerprints, "batch order": digest([row.order for row in rows])},
            initial_weights=dict(assembled.initial_weights),
            loaded=assembled.network.loaded,
            frozen=FrozenDocument(len(untouched), self._frozen),
            never_begun=tuple(group.name for group in assembled.plan.groups if not group.rate(epochs)),
            trained_parameters=trained_parameters(assembled.plan, epochs),
            parameters=assembled.network.parameters,
            seconds=self._checkpointing.seconds / beside,
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._folder.write_history(rows)
        self._folder.write_model(_describe_model(assembled, self._conditions.data), _tensors(assembled))
        self._folder.finish(document, Predictions(test.ids, test.labels, self._last.logits))
        return self._last.row


def _describe_model(assembled: Assembled, data: ImageData) -> ModelDocument:
    """How to build what the saved tensors are put into, and what goes before it."""
    return ModelDocument(
        arm=assembled.arm.name,
        seed=assembled.seed,
        model=describe(assembled.arm.model),
        input=describe(assembled.arm.input),
        classes=data.classes,
        shape=data.shape,
        data=data.name,
    )


def _tensors(assembled: Assembled) -> dict[str, np.ndarray]:
    """The network's own tensors by name; what the strategy added to it is merged into them first."""
    assembled.plan.merge()
    return {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in assembled.network.tensors().items()}


def _images_digest(data: ImageData) -> str:
    return text_digest(array_digest(data.train.images) + array_digest(data.test.images))


def _one_of_each_class(data: ImageData) -> np.ndarray:
    """The first test image of each of the first classes, uint8 [n, c, h, w]."""
    shown = range(min(len(data.classes), CLASSES_SHOWN))
    return data.test.images[[np.flatnonzero(data.test.labels == label)[0] for label in shown]]
