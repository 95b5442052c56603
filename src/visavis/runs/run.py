"""A study is trained: prepared, then cell by cell, in one go or in rounds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from visavis.design.study import Study
from visavis.events import Watch
from visavis.options import Options, empty
from visavis.runs.asking import Asker
from visavis.runs.prepare import prepare
from visavis.runs.rounds import Judge, Look, Rounds
from visavis.runs.trainer import Executor, Trainer
from visavis.runs.work import at_work
from visavis.store import RunFolder


def train_study(
    study: Study,
    out: str | Path,
    options: Options,
    look: Look,
    judge: Judge,
    *,
    watch: Watch,
    origin: Mapping[str, Any] | None,
    study_file: str | None,
    beside: Mapping[str, str],
    executor: Executor | None,
) -> RunFolder:
    """As ``visavis.run_study``.

    Args:
        study, out, options, watch, origin, study_file, beside, executor: see there.
        look: judges what is finished, where the seeds are until decided.
        judge: of the candidates of tuned arms.
    """
    if out == "":
        raise empty("out")
    folder = RunFolder(Path(out))
    processes = 1 if executor is None else executor.processes
    with at_work(watch) as (stop, log):
        conditions = prepare(study, folder, options, processes, stop, log, origin, study_file, beside)
        trainer, seeds = Trainer(study, conditions, stop, log, judge), study.seeds
        if study.first_look is None:
            trainer.train_all(seeds, executor)
        else:
            at_once = conditions.machine.together if executor is None else executor.at_once
            rounds = Rounds.of(study, study.first_look, at_once)
            count = trainer.settled_seeds()
            count = rounds.train(count, lambda some: trainer.train_all(some, executor), lambda: look(folder), log)
            seeds = seeds[:count]
        arms = {arm.name: arm for arm in study.all_arms}
        asker = Asker(folder, conditions.tests, conditions.machine.device, stop, log, arms)
        asker.ask(tuple(arms), seeds)  # cells that were finished before the study had these tests
    return folder
