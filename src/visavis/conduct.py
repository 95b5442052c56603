"""A study is conducted: trained, and looked at where its seeds are until decided. Training and evidence meet here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from visavis.conclusions import Standing
from visavis.design.study import Study
from visavis.errors import NothingToCompare
from visavis.events import Watch, ignore
from visavis.evidence import compare, judge_candidate, standing_of
from visavis.options import USUAL, Options
from visavis.runs import Executor, Stopped, train_study
from visavis.store import RunFolder

__all__ = ["Stopped", "look", "run_study"]


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
    return train_study(
        study,
        out,
        options,
        look,
        judge_candidate,
        watch=watch,
        origin=origin,
        study_file=study_file,
        beside=beside or {},
        executor=executor,
    )


def look(folder: RunFolder) -> Standing:
    """How a study stands by what is finished; that it was looked at is written down."""
    try:
        return standing_of(compare(folder.path))
    except NothingToCompare:
        return Standing(0, is_decided=False)
