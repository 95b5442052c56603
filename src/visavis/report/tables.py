"""The comparison as tables: for the screen, the page, Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

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
from visavis.stats.metrics import CLASS_MEASURES, F1, LOWER_IS_BETTER, METRICS


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
    """Arms, contrasts; for each contrast its summary and F1 by class; precision and recall by class for each arm."""
    of_contrasts = [
        table(comparison, contrast) for contrast in comparison.headlines for table in (summary_table, class_table)
    ]
    of_arms = [arm_class_table(comparison, arm) for arm in comparison.arms]
    return [arms_table(comparison), contrasts_table(comparison), *of_contrasts, *of_arms]


def _value_cell(interval: Interval, metric: str) -> str:
    return f"{value_text(interval.value, metric)} ({range_text(interval, metric).removesuffix(' %')})"


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


SUMMARY = ("log_loss", "accuracy", "macro_f1", "weighted_f1", "balanced_accuracy")
"""The rows of a contrast's summary, in the order in which studies of transfer print them."""


def summary_table(comparison: Comparison, contrast: Contrast) -> Table:
    """Control, treatment and improvement of each metric."""
    same_pair = {
        one.metric: one
        for one in comparison.contrasts
        if (one.treatment, one.control) == (contrast.treatment, contrast.control)
    }
    rows = tuple(
        (
            title(metric),
            *(
                _value_cell(comparison.measured[arm][metric].interval, metric)
                for arm in (contrast.control, contrast.treatment)
            ),
            _improvement_cell(same_pair[metric].interval, metric),
            same_pair[metric].verdict,
        )
        for metric in SUMMARY
    )
    columns = ("test", contrast.control, contrast.treatment, "improvement", "verdict")
    baseline = dict(zip((metric.name for metric in METRICS), _baseline(comparison), strict=True))
    note = (
        f"With {level_text(contrast.interval)} intervals; {basis_text(contrast.interval)}. An improvement is positive "
        "where the treatment is better: a lower loss, a higher share. Always the largest class: "
        f"{', '.join(f'{title(metric)} {baseline[metric]}' for metric in SUMMARY)}."
    )
    return Table(f"{contrast.treatment} against {contrast.control}", columns, rows, note)


def _improvement_cell(interval: Interval, metric: str) -> str:
    turned = interval
    if metric in LOWER_IS_BETTER:
        turned = replace(interval, value=-interval.value, low=-interval.high, high=-interval.low)
    return f"{difference_text(turned.value, metric)} ({difference_range_text(turned, metric).removesuffix(' pp')})"


def class_table(comparison: Comparison, contrast: Contrast) -> Table:
    """F1 of each class in both arms of a contrast, with the improvement."""
    supports = comparison.data["test"]
    found = comparison.class_contrasts(contrast.treatment, contrast.control, contrast.slot)
    rows = tuple(
        (
            name,
            *(
                _value_cell(comparison.class_measured[arm][row.metric].interval, row.metric)
                for arm in (contrast.control, contrast.treatment)
            ),
            _improvement_cell(row.interval, row.metric),
            row.verdict,
            f"{supports[label]:,}",
        )
        for label, (name, row) in enumerate(zip(comparison.classes, found, strict=True))
    )
    columns = ("class", contrast.control, contrast.treatment, "improvement", "verdict", "support")
    note = (
        f"F1 with {level_text(contrast.interval)} intervals; {basis_text(contrast.interval)}. Verdicts adjusted by "
        f"Holm over the {len(found)} classes. Support: test images of the class."
    )
    return Table(f"F1 by class: {contrast.treatment} against {contrast.control}", columns, rows, note)


def arm_class_table(comparison: Comparison, arm: str) -> Table:
    """Precision, recall and F1 of each class of an arm."""
    measured = comparison.class_measured[arm]
    rows = tuple(
        (
            name,
            *(_value_cell(measured[f"{one.name}[{name}]"].interval, f"{one.name}[{name}]") for one in CLASS_MEASURES),
            f"{comparison.data['test'][label]:,}",
        )
        for label, name in enumerate(comparison.classes)
    )
    first = measured[f"{F1.name}[{comparison.classes[0]}]"].interval
    note = f"Mean over seeds with its {level_text(first)} interval; {basis_text(first)}."
    return Table(f"Class by class: {arm}", ("class", *(one.title for one in CLASS_MEASURES), "support"), rows, note)
