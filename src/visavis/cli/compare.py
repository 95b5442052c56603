"""``visavis compare`` and ``visavis report``: what a study has found, as tables and as a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from visavis.cli.screen import on_screen, out, tell, tell_remarks
from visavis.errors import UsageError

METRIC_HELP = "Show one metric only, such as accuracy or f1 (of each class); may be given again."
BRIEF_HELP = "The contrasts of the headline, or of each --metric, and nothing else."
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
    from visavis.findings import untabled_sentences, warnings_of
    from visavis.findings.selection import select
    from visavis.report import formats, tables

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
    sentences = untabled_sentences(comparison, selection)
    heads = [*comparison.brands, *warnings_of(comparison), *sentences]
    if as_json:
        print(json.dumps(formats.to_plain(comparison, selection), indent=2, allow_nan=False))
    elif as_csv:
        print(formats.to_csv(comparison, selection), end="")
    elif as_markdown:
        print(formats.to_markdown(tables.all_tables(comparison, selection), heads))
    elif as_latex:
        print(formats.to_latex(tables.all_tables(comparison, selection), heads))
    else:
        tell_remarks(comparison)
        for sentence in sentences:
            tell(sentence)
        for table in tables.all_tables(comparison, selection):
            out.print(on_screen(table))


def report(folder: Folder) -> None:
    """Write the report of a study: one self-contained HTML page."""
    from visavis.report import write_report

    tell(f"Report: {write_report(folder)}")
