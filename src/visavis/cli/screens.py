"""What the commands share: the two consoles, tables for the screen, remarks that every output carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from visavis.text import one_line

if TYPE_CHECKING:
    from visavis.comparison import Comparison
    from visavis.report.tables import Table

LONGEST_WORD = 12
"""Letters up to which a word of a table stands in one line."""

Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]
"""Of every command that writes a file which its user names."""

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def tell(text: str, style: str = "") -> None:
    """A line on the screen, as it is."""
    out.print(escape(one_line(text)), style=style or None)


def tell_remarks(found: Comparison) -> None:
    """Brands, whether the images are synthetic, what is missing, what isn't controlled."""
    from visavis.report import sentences

    remarks = sentences.remarks(found)
    if remarks:
        tell(" | ".join(remarks), "yellow")
    for warning in sentences.warnings(found):
        tell(warning, "red")


def on_screen(table: Table) -> RichTable:
    """A table for the screen."""
    shown = RichTable(
        title=escape(table.title), title_justify="left", caption=escape(table.note), caption_justify="left"
    )
    for index, column in enumerate(table.columns):
        words = " ".join((column, *(row[index] for row in table.rows))).split()
        shown.add_column(
            escape(one_line(column)),
            justify="left" if index == 0 else "right",
            overflow="fold",
            min_width=min(LONGEST_WORD, max(map(len, words), default=1)),
        )
    for row in table.rows:
        name, *cells = (escape(one_line(cell)) for cell in row)
        shown.add_row(name, *(cell.replace(" (", "\n(") for cell in cells))  # an interval stands below its value
    return shown
