"""Another process's part in a run: it trains cells of a study that is settled in its folder already."""

from __future__ import annotations

from pathlib import Path

import torch

from visavis.cells.fingerprints import data_fingerprints
from visavis.cells.loading import load_data
from visavis.cells.machine import Machine
from visavis.design.study import Study
from visavis.events import ignore
from visavis.runs.admission import require_same_data, require_same_study
from visavis.runs.journal import Log
from visavis.runs.machine import set_arithmetic
from visavis.runs.run import Training
from visavis.runs.signals import Stopping
from visavis.store import RunFolder, StudyDocument
from visavis.training import keep_freed_memory


def join(study: Study, path: Path, machine: Machine, run: str) -> Training:
    """The cells of a study that another process runs.

    Args:
        study: the same one, as this process has built it.
        path: of the run folder.
        machine: what each cell has to be trained by; this process's threads are set to it.
        run: what the lines of the run are marked with.

    Raises:
        ChangedStudy: study or data aren't those of the folder.
    """
    keep_freed_memory()
    folder, log = RunFolder(path), Log(ignore, run)
    require_same_study(path, folder.study, StudyDocument.of(study))
    data = load_data(study.data)
    shared = data_fingerprints(data)
    require_same_data(path, folder.data.fingerprints, shared)
    torch.set_num_threads(machine.threads)
    set_arithmetic(machine.options)
    log.open(folder)
    return Training(study, data, shared, machine, folder, Stopping(), log)
