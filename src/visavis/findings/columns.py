"""The headline of the same arms and contrasts on several sets of test images, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from visavis.evidence import Comparison
from visavis.findings.selection import Selection
from visavis.findings.table import difference_cell, value_cell


def headline_rows(columns: Sequence[Comparison], selection: Selection) -> Iterator[tuple[str, ...]]:
    """Yields a row for each arm and for each contrast, with a cell for each column.

    Args:
        columns: of the same cells, each on test images of its own.
        selection: which arms are shown.
    """
    metric = columns[0].headline
    for arm in selection.arms_of(columns[0]):
        yield arm, *(value_cell(column.measured[arm][metric.name].interval, metric) for column in columns)
    for contrasts in zip(*map(selection.headlines_of, columns), strict=True):
        cells = (difference_cell(row.interval, row.metric, f", {row.verdict}") for row in contrasts)
        yield contrasts[0].minus_text, *cells
