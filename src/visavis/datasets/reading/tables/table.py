"""What every table of images is, whatever file it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

Row = Mapping[str, str]
LONGEST_ROW = 1 << 20
"""Letters of one row; one of FER2013's has at most 9,300."""


class Table(Protocol):
    """Rows with cells by the names of their columns."""

    @property
    def path(self) -> Path:
        """Of the file, or of the folder."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names, in small letters."""

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yields what to call each row in messages, and its cells."""
