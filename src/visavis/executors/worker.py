"""A cell trained in another process, which comes to the same study on its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from visavis.cells import Machine
from visavis.design.file import load
from visavis.design.study import Study
from visavis.design.variation import Variation
from visavis.runs.join import join
from visavis.runs.journal import warnings_as_events
from visavis.runs.signals import SIGNALS, Stopped, stop_on
from visavis.runs.trainer import Trainer, Work


@dataclass(frozen=True)
class Source:
    """How any process comes to a study.

    Attributes:
        study: name of a built-in study, or the path of a study's file.
        quick, settings: as the command had them, lists as tuples.
        variation: what its flags change.
        folder: the one that paths among the settings are relative to.
    """

    study: str
    quick: bool
    settings: tuple[tuple[str, Any], ...]
    variation: Variation
    folder: Path

    def build(self) -> Study:
        """The study, in the folder that its paths are relative to."""
        os.chdir(self.folder)
        return self.variation.of(load(self.study).build(self.quick, dict(self.settings)))


@dataclass(frozen=True)
class Errand:
    """What the processes of a run have in common.

    Attributes:
        source: of the study.
        folder: the run folder.
        machine: what each cell has to be trained by.
        run: what the lines in ``events.jsonl`` are marked with.
    """

    source: Source
    folder: Path
    machine: Machine
    run: str

    @classmethod
    def of(cls, work: Work, source: Source) -> Errand:
        """The errand that a run's work makes."""
        return cls(source, work.folder.path.absolute(), work.machine, work.log.run)


def train_cell(
    errand: Errand, arm: str, seed: int, signals: Sequence[signal.Signals] = SIGNALS, *, second_ends: bool = True
) -> None:
    """Trains one cell in this process, and leaves it in the folder; a signal ends it after the step in work.

    Args:
        errand: what the processes have in common.
        arm, seed: which cell.
        signals: that end it.
        second_ends: whether a second signal ends the process at once.

    Raises:
        VisavisError: the study can't be built, its data aren't those of the folder, or the folder can't be written.
    """
    trainer = _trainer(errand)
    with stop_on(signals, second_ends=second_ends) as stop, warnings_as_events(trainer.log, otherwise=False):
        try:
            replace(trainer, stop=stop).train_one(arm, seed)
        except Stopped:
            return


@lru_cache(maxsize=1)
def _trainer(errand: Errand) -> Trainer:
    """The study as this process has it, made once for all cells that it trains."""
    study = errand.source.build()
    return join(study, errand.folder, errand.machine, errand.run)
