"""What a finding is: one thing that a comparison says, with its sentences, tables and data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from visavis.describe import Plain
from visavis.evidence import Comparison
from visavis.findings.selection import FULL_SELECTION, Selection
from visavis.findings.table import Table

CsvRow = Mapping[str, object]
"""A row of the CSV: column -> value; see ``formats.CSV_COLUMNS``."""


@dataclass(frozen=True)
class Finding:
    """One thing that a comparison says. The page, the screen, JSON, CSV, Markdown and LaTeX ask each finding for its
    part; a kind has what it says something in, and is silent in the rest. It is silent altogether where its comparison
    has nothing of its kind.

    Attributes:
        comparison: what it is found in.
        selection: which metrics and arms are shown.
    """

    comparison: Comparison
    selection: Selection = FULL_SELECTION

    title = ""
    """What stands above it."""

    @property
    def shows_headline(self) -> bool:
        """Whether the headline is among the metrics that are shown."""
        return self.comparison.headline in self.selection.metrics_of(self.comparison)

    def warnings(self) -> tuple[str, ...]:
        """What stands at the head of every output, one line each."""
        return ()

    def sentences(self) -> tuple[str, ...]:
        """What the page says, in full."""
        return ()

    def lines(self) -> tuple[str, ...]:
        """What the last screen of a run says."""
        return self.sentences()

    def tables(self) -> tuple[Table, ...]:
        """Its numbers as tables: on the page, on the screen, in Markdown and LaTeX."""
        return ()

    def plain(self) -> dict[str, Plain]:
        """Its keys of the JSON object; they are there, empty, where it is silent."""
        return {}

    def rows(self) -> Iterator[CsvRow]:
        """Yields its rows of the CSV."""
        yield from ()
