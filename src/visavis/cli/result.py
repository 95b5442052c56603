"""The last screen of ``visavis run``: what came of each contrast, and where the report is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from visavis.cli.screen import err, tell, tell_remarks
from visavis.errors import NothingToCompare

if TYPE_CHECKING:
    from visavis.evidence import Comparison

INCOMPLETE = 1
"""The exit code of a run that leaves cells out."""


def tell_result(folder: Path) -> None:
    """Writes the report and tells the result.

    Raises:
        typer.Exit: a cell is missing, or nothing can be compared.
    """
    from visavis.evidence import compare
    from visavis.report import sentences
    from visavis.report.elsewhere import short_answers_elsewhere
    from visavis.report.page import render

    try:
        comparison = compare(folder)
    except NothingToCompare as problem:
        err.print(f"[bold red]Error:[/bold red] {escape(str(problem))}")
        raise typer.Exit(INCOMPLETE) from problem
    page = comparison.folder.write_report(render(comparison))
    tell_remarks(comparison)
    tell_contrasts(comparison)
    for line in short_answers_elsewhere(comparison):
        tell(line)
    if comparison.false_alarms:
        for sentence in sentences.false_alarms_sentences(comparison.false_alarms):
            tell(sentence)
    for interaction in comparison.interactions:
        tell(sentences.interaction_sentence(interaction, comparison))
    tell(f"Report: {page}")
    if comparison.missing:
        raise typer.Exit(INCOMPLETE)


def tell_contrasts(comparison: Comparison) -> None:
    """One contrast in two lines, or each of several in one."""
    from visavis.report import sentences

    first, *rest = comparison.headlines or (None,)
    if first and not rest:
        tell(sentences.answer(first, comparison), "bold")
        tell(sentences.verdict_sentence(first, comparison))
    elif first:
        for line in sentences.short_answers(comparison):
            tell(line, "bold")
        tell(sentences.basis_sentence(first))
