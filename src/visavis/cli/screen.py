"""What the commands share: the two consoles, tables for the screen, remarks that every output carries."""

from __future__ import annotations

import codecs
import io
import os
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable
from rich.text import Text

from visavis.errors import one_line

if TYPE_CHECKING:
    from visavis.evidence import Comparison
    from visavis.findings import Table

LONGEST_WORD = 12
"""Letters up to which a word of a table stands in one line."""

Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]
"""Of every command that writes a file which its user names."""
IN_ITS_STEAD = {"−": "-", "–": "-", "×": "x", "…": "...", "’": "'", "‘": "'", "“": '"', "”": '"'}
"""What stands for letters that a terminal's encoding lacks; for all others it is ``?``."""


class Screen(Console):
    """A console whose lines break between words at a terminal's width: a path stays whole, to be copied. What is no
    terminal gets whole lines. Under ``NO_COLOR`` nothing is bold or coloured.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, color_system=None if os.environ.get("NO_COLOR") else "auto")

    def print(self, *objects: Any, **settings: Any) -> None:
        """See ``Console``."""
        for content in objects or ("",):
            for line in self._lines(content) if self.is_terminal and isinstance(content, str) else (content,):
                super().print(line, soft_wrap=True, **settings)

    def _lines(self, markup: str) -> Iterator[Text]:
        text = self.render_str(markup)
        for line in text.divide(line_starts(text.plain, self.width)):
            line.rstrip()
            yield line


out, err = Screen(), Screen(stderr=True)


def line_starts(text: str, width: int) -> list[int]:
    """Where lines after the first begin, so that each is as wide as the screen at most, or a single longer word."""
    starts, column = [], 0
    for word in re.finditer(r"[^ ]+ *", text):
        if column and column + cell_len(word[0].rstrip()) > width:
            starts.append(word.start())
            column = 0
        column += cell_len(word[0])
    return starts


def replace_what_cannot_be_encoded() -> None:
    """From now on, letters that the encoding of the standard streams lacks are replaced, whoever writes them."""
    codecs.register_error("visavis", _substitute)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="visavis")


def _substitute(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    letters = problem.object[problem.start : problem.end]
    return "".join(IN_ITS_STEAD.get(letter, "?") for letter in letters), problem.end


def tell(text: str, style: str = "") -> None:
    """A line on the screen, as it is."""
    out.print(escape(one_line(text)), style=style or None)


def tell_remarks(comparison: Comparison) -> None:
    """Brands, then what undermines the result."""
    tell_brands(comparison)
    tell_warnings(comparison)


def tell_brands(comparison: Comparison) -> None:
    """Remarks of the study and of its data, such as that the images are synthetic."""
    if comparison.brands:
        tell(" | ".join(comparison.brands), "yellow")


def tell_warnings(comparison: Comparison) -> None:
    """What is missing, what isn't controlled, what else undermines the result."""
    from visavis.findings import warnings_of

    for warning in warnings_of(comparison):
        tell(warning, "red")


def on_screen(table: Table) -> RichTable:
    """A table for the screen."""
    grid = RichTable(
        title=escape(table.title), title_justify="left", caption=escape(table.note), caption_justify="left"
    )
    for index, column in enumerate(table.columns):
        words = " ".join((column, *(row[index] for row in table.rows))).split()
        grid.add_column(
            escape(one_line(column)),
            justify="left" if index == 0 else "right",
            overflow="fold",
            min_width=min(LONGEST_WORD, max(map(len, words), default=1)),
        )
    for row in table.rows:
        name, *cells = (escape(one_line(cell)) for cell in row)
        grid.add_row(name, *(cell.replace(" (", "\n(") for cell in cells))  # an interval stands below its value
    return grid
