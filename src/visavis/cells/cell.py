"""One arm x one seed: the unit of work."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator

import numpy as np

from visavis.cells.assemble import assemble, to_train
from visavis.cells.checkpointing import Checkpointing
from visavis.cells.conditions import Conditions
from visavis.cells.documents import (
    cell_document,
    model_document,
    model_tensors,
    one_of_each_class,
    one_of_each_in_training,
    predictions_of,
    write_predictions_elsewhere,
)
from visavis.cells.features import part_features
from visavis.cells.identity import basis_of, cell_fingerprints, frozen_tensors, require_frozen
from visavis.design.arm import Arm
from visavis.events.cells import CheckpointDamaged, CheckpointForeign, EpochDone, FeaturesDone, StepDone, TestingDone
from visavis.training import Epoch, Pause, ToTrain, TrainState


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
        self._assembly = assemble(arm, seed, conditions.data.of(seed))
        self._fingerprints = cell_fingerprints(self._assembly, conditions)
        self._frozen = frozen_tensors(self._assembly, arm.epochs)
        self._folder = conditions.folder.cell(arm.name, seed)
        basis, cadence = basis_of(self._assembly, self._fingerprints), conditions.machine.options.cadence
        self._checkpointing = Checkpointing(self._folder, basis, cadence, begin)
        self._last: Epoch | None = None

    def resume(self) -> Iterator[CheckpointDamaged | CheckpointForeign | FeaturesDone]:
        """Goes back to the last state that was kept, or empties the folder; yields what happens meanwhile."""
        resumption = self._checkpointing.resume()
        yield from map(CheckpointDamaged, resumption.damaged_names)
        if resumption.is_foreign:
            yield CheckpointForeign(self._arm.name, self._seed)
        if resumption.start is None and self._arm.held_out is None:
            pictures = {
                "examples": one_of_each_class(self._assembly.data),
                "training": one_of_each_in_training(self._assembly),
            }
            self._folder.write_input({**self._assembly.transform.arrays, **pictures})
        train, test, validation = yield from self._inputs()
        device = self._conditions.machine.device
        self.to_train = to_train(self._assembly, train, test, device, resumption.start, validation)

    def _inputs(self) -> Generator[FeaturesDone, None, tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
        """What the plan's trained part takes of each part: the images, or what its frozen part makes of them."""
        data = self._assembly.data
        if self._assembly.plan.frozen is not None:
            return (yield from part_features(self._assembly, self._conditions))
        return data.train.images, data.test.images, None if data.validation is None else data.validation.images

    def follow(self, pause: Pause, number: int) -> StepDone | TestingDone | EpochDone | None:
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
        if pause.test_progress is None:
            self._keep_if_due(state, within_epoch=True)
            return StepDone(name, seed, pause.epoch, pause.images_done, state.finite_loss())
        cell, count = pause.test_progress
        total = len(self._assembly.data.test)
        return TestingDone(name, seed, pause.epoch, count, total) if cell == number else None

    def _keep_if_due(self, state: TrainState, *, within_epoch: bool) -> None:
        if not self.is_over and self._checkpointing.is_due(within_epoch=within_epoch):
            self.keep(state)

    def keep(self, state: TrainState) -> None:
        """Keeps a state to go on from."""
        self._checkpointing.keep(state.snapshot())

    @property
    def is_over(self) -> bool:
        """Whether the last epoch is done."""
        return len(self._checkpointing.rows) == self._arm.epochs

    def finish(self, beside: int = 1) -> Epoch:
        """Saves the cell after its last epoch, which is returned; of a candidate the network isn't kept.

        Args:
            beside: how many cells, this one included, shared the time that it took.

        Raises:
            TrainingError: what was frozen has changed.
        """
        assert self._last is not None
        assembly, conditions = self._assembly, self._conditions
        require_frozen(assembly, self._arm.epochs, self._frozen)
        rows = self._checkpointing.rows
        seconds = self._checkpointing.seconds / beside
        document = cell_document(assembly, conditions, self._fingerprints, self._frozen, rows, seconds)
        self._folder.write_history(rows)
        if self._arm.held_out is None:
            self._folder.write_model(model_document(assembly, conditions), model_tensors(assembly))
            write_predictions_elsewhere(assembly, conditions)
        self._folder.finish(document, predictions_of(self._last.logits, assembly))  # last: a cell with them is done
        return self._last
