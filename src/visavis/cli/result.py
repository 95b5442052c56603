"""The last screen of ``visavis run``: what came of each contrast, and where the report is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from visavis.cli.screen import err, tell, tell_brands, tell_warnings
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
    from visavis.report.page import render

    try:
        comparison = compare(folder)
    except NothingToCompare as problem:
        err.print(f"[bold red]Error:[/bold red] {escape(str(problem))}")
        raise typer.Exit(INCOMPLETE) from problem
    page = comparison.folder.write_report(render(comparison))
    tell_brands(comparison)
    tell_findings(comparison)
    tell_warnings(comparison)  # last, where they are read
    tell(f"Report: {page}")
    if comparison.missing:
        raise typer.Exit(INCOMPLETE)


def tell_findings(comparison: Comparison) -> None:
    """The result of every contrast and what it rests on, then what else is found, a line each."""
    from visavis.findings import findings_of

    first, *others = findings_of(comparison)
    *results, basis = first.lines() or ("",)
    for line in results:
        tell(line, "bold")
    for line in (basis, *(line for finding in others for line in finding.lines())):
        if line:
            tell(line)


def tell_other_test(folder: Path, name: str) -> None:
    """Writes the report and tells the contrasts on further test images, which have a name."""
    from visavis.evidence import compare
    from visavis.findings import OtherTests
    from visavis.report import write_report

    try:
        comparison = compare(folder)
    except NothingToCompare:
        tell(f"The answers are kept. visavis compare {folder} shows them once the control and another arm are done.")
        return
    for line in OtherTests(comparison).lines_on(name) if name in comparison.elsewhere else ():
        tell(line)
    tell(f"Report: {write_report(folder)}")
