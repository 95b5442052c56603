"""``visavis compare`` and ``visavis report``: what a study has found, as tables and as a page."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from visavis.cli.screen import on_screen, out, tell, tell_remarks
from visavis.errors import UsageError

METRIC_HELP = "Show one metric only, such as accuracy or f1 (of each class); may be given again."
BRIEF_HELP = "The contrasts of accuracy, or of each --metric, and nothing else."
ARM_HELP = "Show one arm only, and the contrasts in which it stands; may be given again."

Folder = Annotated[Path, typer.Argument(help="A run folder.", show_default=False)]


def compare(
    folder: Folder,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object; differences are fractions.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One row per number, in full precision.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Tables in Markdown.")] = False,
    as_latex: Annotated[bool, typer.Option("--latex", help="Tables in LaTeX (booktabs).")] = False,
    metric: Annotated[list[str] | None, typer.Option(metavar="NAME", help=METRIC_HELP)] = None,
    arm: Annotated[list[str] | None, typer.Option(metavar="NAME", help=ARM_HELP)] = None,
    brief: Annotated[bool, typer.Option("--brief", help=BRIEF_HELP)] = False,
) -> None:
    """Print the tables of a study: arms and contrasts, with intervals."""
    from visavis.evidence import compare as compare_folder
    from visavis.report import formats, sentences, tables
    from visavis.report.elsewhere import elsewhere_tables, to_plain_elsewhere
    from visavis.report.selection import select

    flags = {"--json": as_json, "--csv": as_csv, "--markdown": as_markdown, "--latex": as_latex}
    asked_for = [flag for flag, is_set in flags.items() if is_set]
    if len(asked_for) > 1:
        raise UsageError(
            "more than one format",
            got=" and ".join(asked_for),
            expected="one of them",
            do="run the command once for each",
        )
    comparison = compare_folder(folder)
    selection = select(comparison, metric or (), arm or (), brief=brief)
    shown = chain(tables.all_tables(comparison, selection), elsewhere_tables(comparison, selection))
    remarks = [*comparison.brands, *sentences.warnings(comparison)]
    if as_json:
        plain = formats.to_plain(comparison, selection) | {"elsewhere": to_plain_elsewhere(comparison, selection)}
        print(json.dumps(plain, indent=2, allow_nan=False))
    elif as_csv:
        print(formats.to_csv(comparison, selection), end="")
    elif as_markdown:
        print(formats.to_markdown(shown, remarks))
    elif as_latex:
        print(formats.to_latex(shown, remarks))
    else:
        tell_remarks(comparison)
        for table in shown:
            out.print(on_screen(table))


def report(folder: Folder) -> None:
    """Write the report of a study: one self-contained HTML page."""
    from visavis.report import write_report

    tell(f"Report: {write_report(folder)}")
