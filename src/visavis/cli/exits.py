"""How the command ends: its exit codes, and errors as one line."""

from __future__ import annotations

import re
import sys
import traceback
from typing import Any, NoReturn

import typer
from rich.markup import escape

from visavis.checks import excerpt
from visavis.cli.screen import err
from visavis.errors import VisavisError, is_out_of_memory, one_line

USAGE_ERROR = 2  # as the command-line parser has it
UNEXPECTED_ERROR = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTION = 130  # 128 and the number of SIGINT, as shells say it
DEBUG = "--debug"
EXIT_CODES = {
    0: "all is well",
    1: "the run ended, and a cell has failed or is missing; with `--verify`, the bits differ",
    USAGE_ERROR: "an error that the message explains; nothing half-written stays",
    3: "`audit --strict` found trouble",
    UNEXPECTED_ERROR: "an error that visavis didn't expect: please report it",
    INTERRUPTION: "stopped by SIGINT (Ctrl-C); the same command continues",
    143: "stopped by SIGTERM; the same command continues",
}
"""What the command ends with."""

WrongWords: Any = typer.BadParameter.__base__
"""The command-line parser's own error, which typer doesn't export: an unknown option, a value of the wrong type."""
NoWords: Any = next(kind for kind in WrongWords.__subclasses__() if kind.__name__ == "NoArgsIsHelpError")
"""A command that needs words was given none: the error's text is its help."""

EXPECTED = re.compile(r"Input should be (.*?)(, unable to parse .*)?$")
"""How the parser says what it expected; it doesn't say what it got."""


def refuse(problem: Exception, *, debug: bool) -> NoReturn:
    """Ends the command with an error: one line for a person, with ``debug`` after the trace."""
    if debug:
        traceback.print_exc()
    err.print(f"[bold red]Error:[/bold red] {escape(_text_of(problem))}")
    expected = isinstance(problem, VisavisError | OSError | WrongWords) or is_out_of_memory(problem)
    sys.exit(USAGE_ERROR if expected else UNEXPECTED_ERROR)


def _words_of(problem: Any) -> str:
    """What the parser says, with the value that it was given."""
    text: str = problem.format_message().rstrip(".")
    cause: Any = problem.__cause__
    if not hasattr(cause, "errors"):
        return text
    values = ", ".join(excerpt(error["input"]) for error in cause.errors())
    return EXPECTED.sub(lambda found: f"got {values}; expected {found[1]}", text)


def _text_of(problem: Exception) -> str:
    """An error in one line."""
    if isinstance(problem, VisavisError):
        return str(problem)
    if isinstance(problem, WrongWords):
        words: Any = problem
        if words.ctx is None:
            return str(words)
        return one_line(f"{_words_of(words)}; see {words.ctx.command_path} --help")
    if is_out_of_memory(problem):
        text = f"there isn't enough memory; got {problem or type(problem).__name__}; free some and try again"
    elif isinstance(problem, OSError):
        text = f"{problem.filename or 'the file system'} can't be used; got {problem.strerror or problem}"
    else:
        text = f"something that visavis didn't expect; got {type(problem).__name__}: {problem}"
        text += f"; please report it, with what {DEBUG} shows"
    return one_line(text)
