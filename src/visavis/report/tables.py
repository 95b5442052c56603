"""The comparison as tables: for the screen, the page, Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from visavis.conclusions import Contrast, SeedCount
from visavis.evidence import Comparison, pair_of
from visavis.evidence.families import primary_pairs
from visavis.findings import FULL_SELECTION, Selection, Table, findings_of, headline_answer
from visavis.findings.table import difference_cell, value_cell
from visavis.findings.wording import adjusted_text, basis_sentence, factors_sentence
from visavis.quantities import Interval, Quantity, basis_text, count, level_text, list_text, name_text, value_text
from visavis.stats import (
    ACCURACY,
    ALPHA,
    BALANCED_ACCURACY,
    CALIBRATION_ERROR,
    F1,
    FEWEST_IMAGES,
    LIKELY,
    LOG_LOSS,
    MACRO_F1,
    WEIGHTED_F1,
    ClassMeasure,
    Metric,
    OfClass,
    seeds_to_differ,
    smallest_difference,
)


def arms_table(comparison: Comparison, selection: Selection = FULL_SELECTION) -> Table:
    """Each metric of each arm, with its interval; the majority class as a baseline."""
    metrics = selection.metrics_of(comparison)
    rows = []
    for arm in selection.arms_of(comparison):
        estimates = comparison.measured[arm]
        rows.append((arm, *(value_cell(estimates[metric.name].interval, metric) for metric in metrics)))
    rows.append(("always the largest class", *_baseline(comparison, metrics)))
    first = comparison.measured[comparison.control][comparison.headline.name].interval
    note = f"Mean over {comparison.replication.unit}s with its {level_text(first)} interval; {basis_text(first)}."
    return Table("Arms", ("arm", *(metric.title for metric in metrics)), tuple(rows), note)


def all_tables(comparison: Comparison, selection: Selection = FULL_SELECTION) -> Iterator[Table]:
    """Yields arms, and what findings have; for each contrast its summary and F1 by class; for each arm its classes."""
    metrics, measures = selection.metrics, selection.class_measures
    if selection.brief:
        yield from headline_answer(comparison, selection).tables()
        return
    if metrics:
        yield arms_table(comparison, selection)
    for finding in findings_of(comparison, selection):
        yield from finding.tables()
    for contrast in selection.headlines_of(comparison):
        if metrics:
            yield summary_table(comparison, contrast, selection)
        if F1 in measures:
            yield class_table(comparison, contrast)
    for arm in selection.arms_of(comparison) if measures else ():
        yield arm_class_table(comparison, arm, selection)


def _baseline(comparison: Comparison, metrics: Sequence[Metric]) -> Iterator[str]:
    """The metrics of always giving the training part's largest class, with the training part's shares as logits."""
    counts = np.array(comparison.data.train, np.float64)
    logits = np.broadcast_to(np.log(counts / counts.sum()), (comparison.images, len(counts)))
    for metric in metrics:
        yield value_text(metric.score(comparison.labels, logits).value, metric)


SUMMARY = (LOG_LOSS, ACCURACY, MACRO_F1, WEIGHTED_F1, BALANCED_ACCURACY, CALIBRATION_ERROR)
"""The rows of a contrast's summary, in the order in which studies of transfer print them."""


def summary_table(comparison: Comparison, contrast: Contrast, selection: Selection = FULL_SELECTION) -> Table:
    """Control, treatment and improvement of each metric."""
    asked = selection.metrics_of(comparison)
    metrics = sorted(asked, key=lambda metric: SUMMARY.index(metric) if metric in SUMMARY else len(SUMMARY))
    same_pair = {
        row.metric: row
        for metric in metrics
        for row in comparison.contrasts_of(metric)
        if (row.treatment, row.control) == (contrast.treatment, contrast.control)
    }
    rows = tuple(
        (
            metric.title,
            *(
                value_cell(comparison.measured[arm][metric.name].interval, metric)
                for arm in (contrast.control, contrast.treatment)
            ),
            _improvement_cell(same_pair[metric].interval, metric),
            same_pair[metric].verdict,
        )
        for metric in metrics
    )
    columns = ("test", contrast.control, contrast.treatment, "improvement", "verdict")
    baseline = zip((metric.title for metric in metrics), _baseline(comparison, metrics), strict=True)
    note = (
        f"{basis_sentence(contrast)} An improvement is positive where the treatment is better: a lower loss, a higher "
        "share. Always the largest class: "
        f"{', '.join(map(' '.join, baseline))}.{factors_sentence(contrast)}"
    )
    return Table(f"{contrast.treatment} against {contrast.control}", columns, rows, note)


def _improvement_cell(interval: Interval, metric: Quantity) -> str:
    improvement = interval
    if not metric.higher_is_better:
        improvement = replace(interval, value=-interval.value, low=-interval.high, high=-interval.low)
    return difference_cell(improvement, metric)


MOST_CLASSES = 40
"""Rows of a table of classes."""


def _first(labels: Sequence[int], key: Callable[[int], float]) -> Sequence[int]:
    """All classes in their order; of very many, those with the smallest key, smallest first."""
    return labels if len(labels) <= MOST_CLASSES else sorted(labels, key=key)[:MOST_CLASSES]


def _left_out_text(classes: int, choice: str) -> str:
    """What a table of classes doesn't show."""
    if classes <= MOST_CLASSES:
        return ""
    return f" Shown are {choice}; {classes - MOST_CLASSES:,} more are in visavis compare --csv and --json."


def class_table(comparison: Comparison, contrast: Contrast) -> Table:
    """F1 of each class in both arms of a contrast, with the improvement."""
    family = comparison.class_contrasts[pair_of(contrast)]
    labels = _first(range(len(family)), lambda label: -abs(family[label].interval.value))
    rows = tuple(
        (
            comparison.classes[label],
            *(
                value_cell(comparison.class_measured[arm][row.metric.name].interval, row.metric)
                for arm in (contrast.control, contrast.treatment)
            ),
            _improvement_cell(row.interval, row.metric),
            row.verdict,
            f"{comparison.supports[label]:,}",
        )
        for label, row in ((label, family[label]) for label in labels)
    )
    columns = ("class", contrast.control, contrast.treatment, "improvement", "verdict", "support")
    note = (
        f"F1 with {level_text(contrast.interval)} intervals; {basis_text(contrast.interval)}. Secondary. An arm's "
        f"intervals hold one by one; of the improvements {adjusted_text([(family[0].significance, 'classes')])}. "
        "Support: test images of the class; "
        f"below {FEWEST_IMAGES} there is no verdict."
        f"{factors_sentence(contrast)}{_left_out_text(len(family), 'those that differ most')}"
    )
    return Table(f"F1 by class: {contrast.treatment} against {contrast.control}", columns, rows, note)


NONE_SEEN = "none seen"
"""In a plan, where the error of images is estimated as zero, which it hardly is."""


def plan_table(comparison: Comparison, detect: float, power: float) -> Table:
    """How many seeds each contrast of the headline needs.

    Args:
        comparison: the pilot, of two seeds or more.
        detect: the smallest difference that matters; of shares, as a fraction.
        power: probability of finding it.
    """
    rows, metric = [], comparison.headline
    family = len(primary_pairs(comparison))
    secondaries = len(comparison.headlines) - family
    goal = f"{100 * detect:g} pp" if metric.is_share else f"{detect:g}"
    for contrast in comparison.headlines:
        parts = comparison.components(contrast)
        assert parts is not None, "a pilot has two seeds or more"
        alpha = ALPHA / (family if contrast.is_primary else secondaries)
        rows.append(
            (
                f"{contrast.minus_text}{'' if contrast.is_primary else ' (secondary)'}",
                *_seeds_cells(seeds_to_differ(parts, detect, power, alpha)),
                size_text(smallest_difference(parts, parts.seeds, power, alpha), metric),
                size_text(smallest_difference(parts, None, power, alpha), metric) if parts.of_images else NONE_SEEN,
                size_text(parts.of_seed**0.5, metric),
                size_text(parts.of_images**0.5, metric) if parts.of_images else NONE_SEEN,
            )
        )
    seeds = count(len(comparison.seeds), "seed")
    columns = (
        "contrast", "seeds needed", "likely range", f"{100 * power:g} % power with {seeds}", "with any number",
        "seed SD", "image error",
    )  # fmt: skip
    families = [(family, "primary contrasts" if secondaries else "contrasts"), (secondaries, "secondary contrasts")]
    at_once = [f"all {number} {nouns}" for number, nouns in families if number > 1]
    over = f" for {list_text(at_once)} at once" if at_once else ""
    note = (
        f"Seeds needed to find a difference of {goal} of {name_text(metric)} with a probability of {100 * power:g} % "
        f"at p < .05{over}, over the spreads that {seeds} leave likely, on these {comparison.images:,} test images; "
        f"the range holds for {100 * LIKELY:.0f} % of those spreads. With so many "
        "seeds: the difference that they find with that probability; a smaller one may be found, too, less often. "
        "Seed SD: standard deviation of one seed's paired difference; image error: "
        "the standard error that stays with these images."
    )
    if any(NONE_SEEN in row for row in rows):
        note += f" {NONE_SEEN.capitalize()}: these runs show no error of images beyond that of seeds, and so no limit."
    return Table("Plan", columns, tuple(rows), note)


def size_text(size: float, metric: Quantity) -> str:
    """How large a difference or an error is, such as ``0.52 pp``."""
    if metric.is_share:
        return f"{100 * size:.2f} pp" if size <= 1 else "none: over 100 pp"
    return f"{size:.4f}"


def _seeds_cells(total: SeedCount) -> tuple[str, str]:
    """The number of seeds, and its range."""
    seeds, low, high = (
        "more images" if number is None else f"{number:,}" for number in (total.seeds, total.low, total.high)
    )
    return seeds, low if low == high else f"{low} to {high}"


def arm_class_table(comparison: Comparison, arm: str, selection: Selection = FULL_SELECTION) -> Table:
    """Precision, recall and F1 of each class of an arm."""
    estimates, classes = comparison.class_measured[arm], comparison.classes
    measures = selection.class_measures

    def of(measure: ClassMeasure, label: int) -> Interval:
        return estimates[OfClass(measure, label, classes[label]).name].interval

    rows = tuple(
        (
            classes[label],
            *(value_cell(of(measure, label), OfClass(measure, label, classes[label])) for measure in measures),
            f"{comparison.supports[label]:,}",
        )
        for label in _first(range(len(classes)), lambda label: of(measures[-1], label).value)
    )
    first = next(iter(estimates.values())).interval
    note = (
        f"Mean over {comparison.replication.unit}s with its {level_text(first)} interval; {basis_text(first)}."
        f"{_left_out_text(len(classes), f'those of the lowest {measures[-1].title}')}"
    )
    return Table(f"Class by class: {arm}", ("class", *(measure.title for measure in measures), "support"), rows, note)
