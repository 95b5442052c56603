"""The commands that look at studies, and the door to all of them."""

from __future__ import annotations

import inspect
import json
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from visavis.cli.audit import audit
from visavis.cli.new import new
from visavis.cli.plan import plan
from visavis.cli.run import runs
from visavis.cli.screen import err, on_screen, out, replace_what_cannot_be_encoded, tell, tell_remarks
from visavis.cli.status import status
from visavis.cli.trained import export, predict
from visavis.errors import UsageError, VisavisError, is_out_of_memory, one_line
from visavis.options import empty

USAGE_ERROR = 2
UNEXPECTED = 70
INTERRUPTED = 130
DEBUG = "--debug"
EXIT_CODES = {
    0: "all is well",
    1: "the run ended, and a cell has failed or is missing; with `--verify`, the bits differ",
    USAGE_ERROR: "an error that the message explains; nothing half-written stays",
    3: "`audit --strict` found trouble",
    UNEXPECTED: "an error that visavis didn't expect: please report it",
    INTERRUPTED: "stopped by SIGINT (Ctrl-C); the same command continues",
    143: "stopped by SIGTERM; the same command continues",
}
"""What the command ends with."""

HELP_WIDTH = 110
"""Columns of help texts, where the terminal is as wide."""

app = typer.Typer(
    help="Controlled, side-by-side experiments for image classifiers: change one thing, hold everything else equal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # importing what draws boxes takes as long as all the rest
    context_settings={"max_content_width": HELP_WIDTH, "help_option_names": ["-h", "--help"]},
)
app.add_typer(runs, name="run")
app.command()(new)
app.command()(audit)
app.command()(plan)
app.command()(predict)
app.command()(export)
app.command()(status)


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"visavis {version('visavis')}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option(DEBUG, help="Show where an error was raised; may stand anywhere.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    """Holds what all commands share; ``main`` has taken ``--debug`` out of the words already."""


PARTS = (
    ("data", "datasets", "load"),
    ("input", "parts.inputs", "draw"),
    ("model", "parts.models", "build"),
    ("weights", "parts.models", "load"),
    ("tuning", "parts.tuning", "plan"),
)
"""What studies are made of: the slot, the room that holds its parts, and the method that they have."""

METRIC_HELP = "Show one metric only, such as accuracy or f1 (of each class); may be given again."
BRIEF_HELP = "The contrasts of accuracy, or of each --metric, and nothing else."
ARM_HELP = "Show one arm only, and the contrasts in which it stands; may be given again."

Folder = Annotated[Path, typer.Argument(help="A run folder.", show_default=False)]


@app.command()
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
    from visavis.report.selection import select

    chosen = {"--json": as_json, "--csv": as_csv, "--markdown": as_markdown, "--latex": as_latex}
    if sum(chosen.values()) > 1:
        named = " and ".join(flag for flag, wanted in chosen.items() if wanted)
        raise UsageError("more than one format", got=named, expected="one of them", do="run the command once for each")
    comparison = compare_folder(folder)
    selection = select(comparison, metric or (), arm or (), brief=brief)
    remarks = [*sentences.remarks(comparison), *sentences.warnings(comparison)]
    if as_json:
        print(json.dumps(formats.to_plain(comparison, selection), indent=2, allow_nan=False))
    elif as_csv:
        print(formats.to_csv(comparison, selection), end="")
    elif as_markdown:
        print(formats.to_markdown(tables.all_tables(comparison, selection), remarks))
    elif as_latex:
        print(formats.to_latex(tables.all_tables(comparison, selection), remarks))
    else:
        tell_remarks(comparison)
        for table in tables.all_tables(comparison, selection):
            out.print(on_screen(table))


@app.command()
def report(folder: Folder) -> None:
    """Write the report of a study: one self-contained HTML page."""
    from visavis.report import write_report

    tell(f"Report: {write_report(folder)}")


@app.command("list")
def list_parts() -> None:
    """List the built-in studies and the parts that studies are made of."""
    from visavis.design.file import BUILT_IN, load

    studies = RichTable("study", "question", show_edge=False)
    for name in BUILT_IN:
        studies.add_row(name, escape(load(name).meaning.splitlines()[0]))
    out.print(studies)
    out.print()
    parts = RichTable("slot", "parts", show_edge=False)
    for slot, room, method in PARTS:
        parts.add_row(slot, ", ".join(_parts_of(room, method)))
    out.print(parts)


def _parts_of(room: str, method: str) -> list[str]:
    """The classes with a method that a room exports."""
    module = import_module(f"visavis.{room}")
    named = {name: getattr(module, name) for name in module.__all__}
    return sorted(name for name, part in named.items() if inspect.isclass(part) and hasattr(part, method))


def main() -> None:
    """Runs the command; an error for the user is one line and exit code 2, with ``--debug`` after the trace."""
    replace_what_cannot_be_encoded()
    words = [word for word in sys.argv[1:] if word != DEBUG]
    debug = len(words) < len(sys.argv) - 1
    try:
        _require_filled(words)
        sys.exit(app(words, standalone_mode=False))
    except _NoWords as problem:
        print(problem.format_message(), file=sys.stderr)
        sys.exit(USAGE_ERROR)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(INTERRUPTED)
    except Exception as problem:
        _refuse(problem, debug)


def _require_filled(words: Sequence[str]) -> None:
    """Refuses empty words, which an unset variable of the shell leaves.

    Raises:
        UsageError: there is one.
    """
    for before, word in pairwise(["", *words]):
        name, sign, value = word.partition("=")
        if name.startswith("--") and sign and not value:
            raise empty(name)
        if not word:
            raise empty(before if before.startswith("-") else "an argument")


_WrongWords: Any = typer.BadParameter.__base__
"""The command-line parser's own error, which typer doesn't export: an unknown option, a value of the wrong type."""
_NoWords: Any = next(kind for kind in _WrongWords.__subclasses__() if kind.__name__ == "NoArgsIsHelpError")
"""A command that needs words was given none: the error's text is its help."""


def _refuse(problem: Exception, debug: bool) -> NoReturn:
    if debug:
        traceback.print_exc()
    err.print(f"[bold red]Error:[/bold red] {escape(_text_of(problem))}")
    expected = isinstance(problem, VisavisError | OSError | _WrongWords) or is_out_of_memory(problem)
    sys.exit(USAGE_ERROR if expected else UNEXPECTED)


def _text_of(problem: Exception) -> str:
    """An error in one line."""
    if isinstance(problem, VisavisError):
        return str(problem)
    if isinstance(problem, _WrongWords):
        words: Any = problem
        return f"{words.format_message().rstrip('.')}; see {words.ctx.command_path} --help" if words.ctx else str(words)
    if is_out_of_memory(problem):
        text = f"there isn't enough memory; got {problem or type(problem).__name__}; free some and try again"
    elif isinstance(problem, OSError):
        text = f"{problem.filename or 'the file system'} can't be used; got {problem.strerror or problem}"
    else:
        text = f"something that visavis didn't expect; got {type(problem).__name__}: {problem}"
        text += f"; please report it, with what {DEBUG} shows"
    return one_line(text)
