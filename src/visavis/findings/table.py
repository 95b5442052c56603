"""A table of texts, and the cells that numbers have in it."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.quantities import (
    Interval,
    Quantity,
    difference_range_text,
    difference_text,
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


def value_cell(interval: Interval, metric: Quantity) -> str:
    """An arm's value with its interval in brackets."""
    return f"{value_text(interval.value, metric)} ({range_text(interval, metric).removesuffix(' %')})"


def difference_cell(interval: Interval, metric: Quantity, remark: str = "") -> str:
    """A difference with its interval in brackets."""
    bounds = difference_range_text(interval, metric).removesuffix(" pp")
    return f"{difference_text(interval.value, metric)}{remark} ({bounds})"
