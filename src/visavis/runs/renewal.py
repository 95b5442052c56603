"""Cells of arms whose code has changed, trained anew."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.errors import RunFolderError
from visavis.events.runs import CodeChanged
from visavis.runs.admission import changed_code, code_text
from visavis.runs.journal import Log
from visavis.store import CellFolder, RunFolder, StudyDocument


def cells_of(folder: RunFolder, study: StudyDocument, arm: str) -> Iterator[CellFolder]:
    """Yields the folders of an arm's cells, and of those of its candidates."""
    yield from (folder.cell(arm, seed) for seed in study.seeds)
    if arm in study.tuned:
        seeds = dict.fromkeys(map(study.tuned[arm].trial_seed, study.seeds))
        yield from (folder.cell(name, seed) for name in study.tuned[arm].trial_names(arm) for seed in seeds)


def forget_changed(folder: RunFolder, study: StudyDocument, log: Log) -> None:
    """Empties the cells of arms whose code has changed, before the study is written with the new code: a run that is
    killed in between is asked again.

    Args:
        folder: of the run; need not exist yet.
        study: with the code of now.
        log: is told.

    Raises:
        RunFolderError: another process trains one of them.
    """
    if not folder.exists():
        return
    earlier = folder.study
    changes = changed_code(earlier, study)
    cells = [cell for arm in changes for cell in cells_of(folder, earlier, arm)]
    for cell in cells:
        if cell.holder is not None:
            raise RunFolderError(
                f"{cell.path} can't be trained anew: it is in work",
                got=f"trained by {cell.holder}",
                do="wait for it, or stop it, then run again with --renew",
            )
    if any(cell.is_finished() for cell in cells):
        log(CodeChanged(code_text(changes), tuple(changes)))
    for cell in cells:
        cell.forget()
