"""``visavis status``: what each cell of a study is at."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table as RichTable
from rich.text import Text

from visavis.cli.screen import out
from visavis.errors import one_line

if TYPE_CHECKING:
    from visavis.store import CellFolder, CellState, RunFolder, StudyDocument

SECONDS_BETWEEN_LOOKS = 2.0
STYLES = {"done": "green", "running": "bold", "failed": "red", "damaged": "red", "waiting": "dim"}


@dataclass(frozen=True)
class CellStatus:
    """What a cell is at.

    Attributes:
        arm, seed: which.
        state: ``waiting``, ``running``, ``done``, ``failed`` or ``damaged``.
        reason: why it failed, what is damaged, or who trains it; empty elsewhere.
        epochs: that are done.
        accuracy: on the test images after the last of them, for display; None before the first.
        candidates: of a tuned arm, how many are tried and how many there are; None of another arm.
    """

    arm: str
    seed: int
    state: str
    reason: str
    epochs: int
    accuracy: float | None
    candidates: tuple[int, int] | None = None


def status(
    folder: Annotated[Path, typer.Argument(help="A run folder.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every two seconds until nothing runs.")] = False,
) -> None:
    """Show each cell of a study: waiting, running, done or failed."""
    from visavis.store import RunFolder

    run = RunFolder(folder)
    run.require()
    if as_json:
        study = run.study
        print(json.dumps(_plain(study, _brands(run, study), _cells(run, study)), indent=2))
    elif watch:
        _watch(run)
    else:
        out.print(_screen(run)[0])


def _watch(run: RunFolder) -> None:
    """Until no cell is running and none is waiting for one that is."""
    screen, is_running = _screen(run)
    with Live(screen, console=out, auto_refresh=False) as live:
        live.refresh()
        while is_running:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            screen, is_running = _screen(run)
            live.update(screen, refresh=True)


def _screen(run: RunFolder) -> tuple[RenderableType, bool]:
    """The table, and whether anything is running."""
    study = run.study
    cells = _cells(run, study)
    table = RichTable("arm", "seed", "state", "epochs", "test accuracy")
    for cell in cells:
        reason = f": {cell.reason}" if cell.reason else ""
        accuracy = "" if cell.accuracy is None else f"{100 * cell.accuracy:.1f} %"
        state = Text(one_line(f"{cell.state}{reason}"), STYLES[cell.state])
        epochs = f"{cell.epochs} of {study.arms[cell.arm]['epochs']}"
        table.add_row(escape(one_line(cell.arm)), str(cell.seed), state, epochs, accuracy)
    brands = _brands(run, study)
    remarks = [Text(one_line(" | ".join(brands)), "yellow")] if brands else []
    parts: list[RenderableType] = [*remarks, table, Text(_summary(study, cells))]
    return Group(*parts), any(cell.state == "running" for cell in cells)


def _brands(run: RunFolder, study: StudyDocument) -> tuple[str, ...]:
    """Remarks of the study, and of its data where they have been written."""
    from visavis.store import DataDocument

    data = run.recall(DataDocument)
    return (*study.brands, *(data.brands if data else ()))


def _summary(study: StudyDocument, cells: list[CellStatus]) -> str:
    states = [cell.state for cell in cells]
    parts = [f"{states.count(state)} {state}" for state in STYLES if state in states and state != "done"]
    summary = f"{states.count('done')} of {len(cells)} cells done{''.join(f', {part}' for part in parts)}."
    if study.tuned:
        choices = {
            (cell.arm, study.tuned[cell.arm].trial_seed(cell.seed)): cell.candidates
            for cell in cells
            if cell.candidates is not None
        }  # those of a choice made once count once
        tried, count = map(sum, zip(*choices.values(), strict=True))
        summary += f" {tried} of {count} candidates tried."
    if study.first_look is None:
        return summary
    return f"{summary} Seeds until decided: {len(cells) // len(study.arms)} of at most {len(study.seeds)} so far."


def _cells(run: RunFolder, study: StudyDocument) -> list[CellStatus]:
    """Of all seeds; where they are until decided, of those that have begun or will in any case."""
    cells = [_entry(run, study, arm, seed) for seed in study.seeds for arm in study.arms]
    if study.first_look is None:
        return cells
    begun = [cell.seed for cell in cells if cell.state != "waiting" or cell.reason]
    last = max([*begun, study.seeds[study.first_look - 1]])
    return [cell for cell in cells if cell.seed <= last]


def _entry(run: RunFolder, study: StudyDocument, arm: str, seed: int) -> CellStatus:
    """What the cell of an arm is at; while that of a tuned arm waits for its candidates, what these are at."""
    cell, tuned = _cell(arm, seed, run.cell(arm, seed)), study.tuned.get(arm)
    if tuned is None:
        return cell
    if cell.state != "waiting" or cell.reason:
        return replace(cell, candidates=(tuned.trial_count, tuned.trial_count))
    trial_seed = tuned.trial_seed(seed)
    trials = [_cell(name, trial_seed, run.cell(name, trial_seed)) for name in tuned.trial_names(arm)]
    running = [trial for trial in trials if trial.state == "running"]
    tried = sum(trial.state in ("done", "failed") for trial in trials)
    state, reason = cell.state, f"{tried} of {tuned.trial_count} candidates tried" if tried or running else ""
    if running:
        at_work = f"{len(running)} of them" if len(running) > 1 else running[0].arm.removeprefix(f"{arm}, ")
        state, reason = "running", f"{reason}; {at_work}, {running[0].reason}"
    return replace(cell, state=state, reason=reason, candidates=(tried, tuned.trial_count))


def _cell(arm: str, seed: int, cell: CellFolder) -> CellStatus:
    history = cell.read_history()
    accuracy = history[-1].test_accuracy if history else None
    state, holder = cell.state, cell.holder
    if holder is not None and state.value != "done":
        return CellStatus(arm, seed, "running", f"epoch {len(history) + 1}, {holder}", len(history), accuracy)
    return CellStatus(
        arm,
        seed,
        state.value,
        _reason(cell, state, begun=bool(history) or cell.has_checkpoints),
        len(history),
        accuracy,
    )


def _reason(cell: CellFolder, state: CellState, *, begun: bool) -> str:
    if state.value == "failed":
        return cell.read_failure() or ""
    if state.value == "damaged":
        return cell.damage
    return "stopped" if state.value == "waiting" and begun else ""


def _plain(study: StudyDocument, brands: Sequence[str], cells: list[CellStatus]) -> dict[str, Any]:
    return {
        "study": study.name,
        "brands": list(brands),
        "epochs": {arm: factors["epochs"] for arm, factors in study.arms.items()},
        "cells": [vars(cell) for cell in cells],
    }
