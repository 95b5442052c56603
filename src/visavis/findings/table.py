"""A table of texts, and the cells that numbers have in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from visavis.conclusions import Judgement
from visavis.evidence import Comparison
from visavis.findings.selection import Selection
from visavis.quantities import (
    Interval,
    Quantity,
    difference_range_text,
    difference_text,
    p_text,
    range_text,
    value_text,
)


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes:
        title: stands above.
        columns: the head; the first column holds names, the others numbers.
        rows: one text per column.
        note: stands below.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


JUDGEMENT = ("difference", "95 % interval", "p", "verdict")
"""Heads of the columns of ``judgement_cells``."""


def judgement_cells(judgement: Judgement) -> tuple[str, str, str, str]:
    """The sum of some arms, its interval, p and verdict."""
    interval, metric = judgement.interval, judgement.metric
    return (
        difference_text(interval.value, metric),
        difference_range_text(interval, metric),
        p_text(judgement.significance.p_adjusted),
        judgement.verdict,
    )


def value_cell(interval: Interval, metric: Quantity) -> str:
    """An arm's value with its interval in brackets."""
    return f"{value_text(interval.value, metric)} ({range_text(interval, metric).removesuffix(' %')})"


def difference_cell(interval: Interval, metric: Quantity, remark: str = "") -> str:
    """A difference with its interval in brackets."""
    bounds = difference_range_text(interval, metric).removesuffix(" pp")
    return f"{difference_text(interval.value, metric)}{remark} ({bounds})"


def headline_rows(columns: Sequence[Comparison], selection: Selection) -> Iterator[tuple[str, ...]]:
    """Yields a row for each arm and for each contrast: the headline on several sets of test images, side by side.

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
