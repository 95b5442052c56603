"""Trained networks asked about further test images, without training: what is missing is written, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from visavis.cells import OtherImages, predict_elsewhere
from visavis.design.study import Entry
from visavis.errors import DamagedFile, RunFolderError
from visavis.events.cells import CellAsked
from visavis.events.runs import Preparation
from visavis.runs.journal import Log
from visavis.runs.signals import StopRequest
from visavis.store import CellFolder, RunFolder, wait_for
from visavis.trained import load


@dataclass(frozen=True)
class Asker:
    """Asks the networks of a folder's finished cells.

    Attributes:
        folder: of the run.
        tests: further test images, by name.
        device: to work on.
        stop: says when to stop; what has been written until then stays.
        log: is told what happens.
        parts: arms by name, for code of one's own.
    """

    folder: RunFolder
    tests: Mapping[str, OtherImages]
    device: torch.device
    stop: StopRequest
    log: Log
    parts: Mapping[str, Entry]

    def ask(self, arms: Sequence[str], seeds: Sequence[int]) -> int:
        """Seed by seed, so that what is interrupted holds as many whole pairs as it can; gives the number of cells.

        Raises:
            VisavisError: a network can't be built again, or says what is no number.
        """
        cells = [(arm, seed) for seed in seeds for arm in arms if self.unasked(arm, seed)]
        if cells:
            self.log(Preparation("asking the trained networks"))
        for arm, seed in cells:
            self.stop.obey()
            with self.folder.cell(arm, seed).claim as claim:
                for _ in wait_for(claim):
                    self.stop.obey()
                self._ask(arm, seed)
        return len(cells)

    def require_networks(self, arms: Sequence[str]) -> None:
        """Builds a network of each arm again.

        Raises:
            VisavisError: it can't be.
        """
        for arm in arms:
            load(self.folder.path, arm, parts=self.parts.get(arm))

    def unasked(self, arm: str, seed: int) -> list[str]:
        """Names of the test images that a finished cell has no predictions for."""
        cell = self.folder.cell(arm, seed)
        names = [name for name, images in self.tests.items() if not _has(cell, name, images)]
        return names if names and cell.is_finished() else []

    def _ask(self, arm: str, seed: int) -> None:
        names = self.unasked(arm, seed)  # while the claim was another's, it may have asked
        if not names:
            return
        cell, model = self.folder.cell(arm, seed), load(self.folder.path, arm, seed, parts=self.parts.get(arm))
        cell.sweep()
        for name in names:
            split = self.tests[name].split
            predictions = predict_elsewhere(model.network, model.model, model.transform, split, self.device)
            cell.write_predictions_elsewhere(name, predictions, self.tests[name].document.digest)
            self.log(CellAsked(arm, seed, name))


def _has(cell: CellFolder, name: str, images: OtherImages) -> bool:
    try:
        cell.read_predictions_elsewhere(name, images.document.digest)
    except DamagedFile:
        return False
    return True


def arms_with_results(folder: RunFolder) -> list[str]:
    """Names of the arms that have a finished cell.

    Raises:
        RunFolderError: none has.
    """
    arms = folder.arms_with_results()
    if not arms:
        raise RunFolderError(
            f"{folder.path} has no trained network to ask",
            got="no finished cell",
            expected="one at least",
            do="run the study again to continue it",
        )
    return arms
