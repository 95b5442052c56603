"""A study is trained: prepared, then cell by cell, in one go or in rounds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from visavis.design.seeds import UntilDecided
from visavis.design.study import Study
from visavis.events import Watch
from visavis.options import Options, empty
from visavis.runs.asking import Asker
from visavis.runs.prepare import prepare
from visavis.runs.rounds import Look, seeds_of_a_round, train_until_decided
from visavis.runs.trainer import Executor, Trainer
from visavis.runs.work import at_work
from visavis.store import RunFolder


def train_study(
    study: Study,
    out: str | Path,
    options: Options,
    look: Look,
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
    """
    if out == "":
        raise empty("out")
    folder = RunFolder(Path(out))
    processes = 1 if executor is None else executor.processes
    with at_work(watch) as (stop, log):
        conditions = prepare(study, folder, options, processes, stop, log, origin, study_file, beside)
        trainer, seeds = Trainer(study, conditions, stop, log), study.seeds
        if isinstance(seeds, UntilDecided):
            at_once = conditions.machine.together if executor is None else executor.at_once
            step = seeds_of_a_round(study, seeds, at_once)
            begun = trainer.settled_seeds()
            seeds = train_until_decided(
                seeds, step, begun, lambda some: trainer.train_all(some, executor), lambda: look(folder), log
            )
        else:
            trainer.train_all(seeds, executor)
        arms = {arm.name: arm for arm in study.all_arms}
        asker = Asker(folder, conditions.tests, conditions.machine.device, stop, log, arms)
        asker.ask(tuple(arms), seeds)  # cells that were finished before the study had these tests
    return folder
