"""A table of texts, and the cells that numbers have in it."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.quantities import (
    Interval,
    Quantity,
    difference_range_text,
    difference_text,
    p_text,
    range_text,
    value_text,
)
from visavis.results import Judgement


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
