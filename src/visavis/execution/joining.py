"""Another process's part in a run: it trains cells of a study that is settled in its folder already."""

from __future__ import annotations

from pathlib import Path

import torch

from visavis.execution.admission import require_same_data, require_same_study
from visavis.execution.events import unwatched
from visavis.execution.fingerprints import data_fingerprints
from visavis.execution.loading import load_data
from visavis.execution.log import Log
from visavis.execution.machine import Machine
from visavis.execution.run import Failures, Training
from visavis.execution.settling import hold_to_float32, hold_to_same_bits
from visavis.execution.stopping import Stopping
from visavis.store import RunFolder
from visavis.study import Study
from visavis.training.memory import keep_freed_memory


def join(study: Study, path: Path, machine: Machine, *, fail_fast: bool, run: str) -> Training:
    """The cells of a study that another process runs.

    Args:
        study: the same one, as this process has built it.
        path: of the run folder.
        machine: what each cell has to be trained by; this process's threads are set to it.
        fail_fast: whether a cell that fails is an error.
        run: what the lines of the run are marked with.

    Raises:
        ChangedStudy: study or data aren't those of the folder.
    """
    keep_freed_memory()
    folder, log = RunFolder(path), Log(unwatched, run)
    require_same_study(path, folder.read("study"), study.describe())
    data = load_data(study.data)
    shared = data_fingerprints(data)
    require_same_data(path, folder.read("data"), {"fingerprints": shared})
    torch.set_num_threads(machine.threads)
    hold_to_float32()
    if machine.deterministic:
        hold_to_same_bits()
    log.open(folder)
    return Training(study, data, shared, machine, folder, Failures(end=fail_fast), Stopping(), log)
