"""One arm x one seed: the unit of work."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator

import numpy as np

from visavis.cells.assemble import assemble, to_train
from visavis.cells.checkpointing import Checkpointing
from visavis.cells.conditions import Conditions
from visavis.cells.documents import cell_document, model_document, model_tensors, one_of_each_class
from visavis.cells.features import features_of
from visavis.cells.identity import basis_of, cell_fingerprints, frozen_tensors
from visavis.errors import TrainingError
from visavis.events import CheckpointDamaged, CheckpointForeign, EpochDone, StepDone, TestingDone
from visavis.results import EpochRow, Predictions
from visavis.study import Arm
from visavis.training import Epoch, Pause, Precision, ToTrain, TrainState
from visavis.watch import Event


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
        self._arm, self._seed, self._conditions = arm, seed, conditions
        self._assembled = assemble(arm, seed, conditions.data)
        self._fingerprints = cell_fingerprints(self._assembled, conditions)
        self._frozen = frozen_tensors(self._assembled, conditions.recipe.epochs)
        self._folder = conditions.folder.cell(arm.name, seed)
        basis, cadence = basis_of(self._assembled, self._fingerprints), conditions.machine.options.cadence
        self._checkpointing = Checkpointing(self._folder, basis, cadence, begin)
        self._last: Epoch | None = None

    def resume(self) -> Iterator[Event]:
        """Goes back to the last state that was kept, or empties the folder; yields what happens meanwhile."""
        resumed = self._checkpointing.resume()
        yield from map(CheckpointDamaged, resumed.damaged)
        if resumed.is_foreign:
            yield CheckpointForeign(self._arm.name, self._seed)
        if resumed.start is None:
            drawn, examples = self._assembled.transform.arrays, one_of_each_class(self._assembled.data)
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
        assembled, conditions = self._assembled, self._conditions
        if frozen_tensors(assembled, conditions.recipe.epochs) != self._frozen:
            raise TrainingError("what was to stay frozen has changed", expected="the same tensors before and after")
        rows, test = self._checkpointing.rows, conditions.data.test
        seconds = self._checkpointing.seconds / beside
        document = cell_document(assembled, conditions, self._fingerprints, self._frozen, rows, seconds)
        self._folder.write_history(rows)
        self._folder.write_model(model_document(assembled, conditions), model_tensors(assembled))
        self._folder.finish(document, Predictions(test.ids, test.labels, self._last.logits))
        return self._last.row
