"""The door to all commands."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

import typer

from visavis.cli.audit import audit
from visavis.cli.catalogue import list_parts
from visavis.cli.compare import compare, report
from visavis.cli.elsewhere import ask_elsewhere
from visavis.cli.exits import DEBUG, INTERRUPTION, USAGE_ERROR, NoWords, refuse
from visavis.cli.new import new
from visavis.cli.plan import plan
from visavis.cli.run import runs
from visavis.cli.screen import replace_what_cannot_be_encoded
from visavis.cli.status import status
from visavis.cli.trained import export, predict
from visavis.options import empty

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
app.command("test")(ask_elsewhere)
app.command()(predict)
app.command()(export)
app.command()(status)
app.command()(compare)
app.command()(report)
app.command("list")(list_parts)


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


def main() -> None:
    """Runs the command; an error for the user is one line and exit code 2, with ``--debug`` after the trace."""
    replace_what_cannot_be_encoded()
    words = [word for word in sys.argv[1:] if word != DEBUG]
    debug = len(words) < len(sys.argv) - 1
    try:
        _require_filled(words)
        sys.exit(app(words, standalone_mode=False))
    except NoWords as problem:
        print(problem.format_message(), file=sys.stderr)
        sys.exit(USAGE_ERROR)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(INTERRUPTION)
    except Exception as problem:
        refuse(problem, debug=debug)


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
