"""A study is run: prepared, then trained cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from visavis.design.study import Study
from visavis.events import Watch, ignore
from visavis.options import USUAL, Options, empty
from visavis.runs.asking import Asker
from visavis.runs.prepare import prepare
from visavis.runs.trainer import Executor, Trainer
from visavis.runs.work import at_work
from visavis.store import RunFolder


def run_study(
    study: Study,
    out: str | Path,
    options: Options = USUAL,
    *,
    watch: Watch = ignore,
    origin: Mapping[str, Any] | None = None,
    study_file: str | None = None,
    beside: Mapping[str, str] | None = None,
    executor: Executor | None = None,
) -> RunFolder:
    """Trains the cells of a study that aren't finished yet, and that no other process trains.

    SIGINT and SIGTERM end the run after the step in work, whose state is kept (in the main thread; a second signal ends
    the process at once). What happens is also written to ``events.jsonl`` in the folder.

    Args:
        study: what to run.
        out: the run folder; a finished or interrupted run of the same study is continued. Any number of processes may
            run one study in one folder.
        options: where and how fast.
        watch: is told what happens.
        origin: how the run was asked for, kept for the report.
        study_file: text of the study's file, kept beside the results.
        beside: texts of the modules beside that file which it imports, by their path from there; kept, too.
        executor: has the cells trained by other processes; what they leave undone is trained here.

    Raises:
        VisavisError: the study, its data or the folder can't be used; nothing is written then. A cell that can't be
            trained to its end doesn't raise: it leaves its reason in the folder (with ``fail_fast`` it raises, too).
        Stopped: a signal asked for it.
    """
    if out == "":
        raise empty("out")
    folder = RunFolder(Path(out))
    processes = 1 if executor is None else executor.processes
    with at_work(watch) as (stop, log):
        conditions = prepare(study, folder, options, processes, stop, log, origin, study_file, beside or {})
        Trainer(study, conditions, stop, log).train_all(executor)
        arms = {arm.name: arm for arm in study.all_arms}
        asker = Asker(folder, conditions.tests, conditions.machine.device, stop, log, arms)
        asker.ask(tuple(arms), study.seeds)  # cells that were finished before the study had these tests
    return folder
