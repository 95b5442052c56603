"""The comparison as tables: for the screen, the page, Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from visavis.comparison import Comparison
from visavis.report.numbers import (
    MINUS,
    basis_text,
    difference_range_text,
    difference_text,
    level_text,
    p_text,
    range_text,
    title,
    value_text,
)
from visavis.results import Contrast, Interval
from visavis.stats.metrics import METRICS, ClassF1


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


def arms_table(comparison: Comparison) -> Table:
    """Each metric of each arm, with its interval; the majority class as a baseline."""
    rows = []
    for arm in comparison.arms:
        measured = comparison.measured[arm]
        rows.append((arm, *(_value_cell(measured[metric.name].interval, metric.name) for metric in METRICS)))
    rows.append(("always the largest class", *_baseline(comparison)))
    first = comparison.measured[comparison.control]["accuracy"].interval
    note = f"Mean over seeds with its {level_text(first)} interval; {basis_text(first)}."
    return Table("Arms", ("arm", *(metric.title for metric in METRICS)), tuple(rows), note)


def all_tables(comparison: Comparison) -> list[Table]:
    """Arms, contrasts, and F1 by class for each contrast."""
    classes = [class_table(comparison, contrast) for contrast in comparison.headlines]
    return [arms_table(comparison), contrasts_table(comparison), *classes]


def _value_cell(interval: Interval, metric: str) -> str:
    return f"{value_text(interval.value, metric)} ({range_text(interval, metric)})"


def _baseline(comparison: Comparison) -> Iterator[str]:
    """The metrics of always giving the training part's largest class, with the training part's shares as logits."""
    counts = np.array(comparison.data["train"], np.float64)
    logits = np.broadcast_to(np.log(counts / counts.sum()), (comparison.images, len(counts)))
    for metric in METRICS:
        yield value_text(metric.score(comparison.labels, logits).value, metric.name)


def contrasts_table(comparison: Comparison) -> Table:
    """Each metric of each contrast, with its interval and its verdict."""
    rows = tuple(
        (
            f"{contrast.treatment} {MINUS} {contrast.control}",
            contrast.slot,
            title(contrast.metric),
            difference_text(contrast.interval.value, contrast.metric),
            difference_range_text(contrast.interval, contrast.metric),
            p_text(contrast.p_adjusted),
            contrast.verdict,
        )
        for contrast in comparison.contrasts
    )
    family = len(comparison.pairs)
    adjusted = (
        f" p and verdict adjusted by Holm over the {family} contrasts of a metric, intervals not." if family > 1 else ""
    )
    first = comparison.contrasts[0].interval if comparison.contrasts else None
    note = (
        f"Paired by seed and test image; {basis_text(first)}.{adjusted}" if first else "No two arms differ in one slot."
    )
    return Table("Contrasts", ("contrast", "slot", "metric", "difference", "95 % interval", "p", "verdict"), rows, note)


def class_table(comparison: Comparison, contrast: Contrast) -> Table:
    """F1 of each class in both arms of a contrast, with the difference."""
    rows = []
    supports = comparison.data["test"]
    found = comparison.class_contrasts(contrast.treatment, contrast.control, contrast.slot)
    for label, (name, row) in enumerate(zip(comparison.classes, found, strict=True)):
        metric = ClassF1(label, name)
        values = (
            value_text(comparison.measure(arm, metric).interval.value, metric.name)
            for arm in (contrast.control, contrast.treatment)
        )
        difference = difference_text(row.interval.value, row.metric)
        rows.append(
            (
                name,
                *values,
                difference,
                difference_range_text(row.interval, row.metric),
                row.verdict,
                f"{supports[label]:,}",
            )
        )
    columns = (
        "class",
        contrast.control,
        contrast.treatment,
        "difference",
        "95 % interval",
        "verdict",
        "test images",
    )
    note = f"F1 of each class; verdicts adjusted by Holm over the {len(found)} classes."
    return Table(f"F1 by class: {contrast.treatment} and {contrast.control}", columns, tuple(rows), note)
