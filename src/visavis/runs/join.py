"""Another process's part in a run: it trains cells of a study that is settled in its folder already."""

from __future__ import annotations

from pathlib import Path

from visavis.cells import Machine
from visavis.design.study import Study
from visavis.runs.admission import require_same_study
from visavis.runs.conditions import load_conditions
from visavis.runs.journal import Log
from visavis.runs.machine import become
from visavis.runs.signals import StopRequest
from visavis.runs.trainer import Trainer
from visavis.store import RunFolder, StudyDocument


def join(study: Study, path: Path, machine: Machine, run: str) -> Trainer:
    """What trains the cells of a study that another process runs.

    Args:
        study: the same one, as this process has built it.
        path: of the run folder.
        machine: what each cell has to be trained by; this process becomes it.
        run: what the lines of the run are marked with.

    Raises:
        ChangedStudy: study or data aren't those of the folder.
    """
    become(machine)  # before the first tensor, which settles how memory is laid out
    folder, log = RunFolder(path), Log(run=run)
    require_same_study(path, folder.study, StudyDocument.of(study))
    conditions = load_conditions(study, folder, machine, log)
    log.open(folder)
    return Trainer(study, conditions, StopRequest(), log)
