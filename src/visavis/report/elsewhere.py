"""A study's networks on further test images: sentences, tables and figures, beside those of its own test part."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from visavis.describe import Plain
from visavis.evidence import Comparison
from visavis.quantities import MINUS, count, difference_range_text, difference_text
from visavis.report.figures import Figure, contrasts_figure
from visavis.report.formats import plain_contrast, plain_estimate
from visavis.report.selection import FULL_SELECTION, Selection
from visavis.report.sentences import adjustment_text, basis_sentence
from visavis.report.tables import Table, difference_cell, value_cell
from visavis.stats import METRICS, Metric

MOST_NAMED = 8
"""Classes that a sentence names."""


@dataclass(frozen=True)
class OtherTest:
    """What the page says of further test images.

    Attributes:
        name: of the images.
        sentence: what they are.
        table: of arms and contrasts.
        figure: of the contrasts; None where there are none.
    """

    name: str
    sentence: str
    table: Table
    figure: Figure | None


def other_tests(comparison: Comparison) -> list[OtherTest]:
    """A study's further test images, in its order."""
    return [
        OtherTest(
            name,
            images_sentence(there),
            elsewhere_table(comparison, name),
            contrasts_figure(there, there.headlines) if there.headlines else None,
        )
        for name, there in comparison.elsewhere.items()
    ]


def short_answers_elsewhere(comparison: Comparison, names: Collection[str] | None = None) -> Iterator[str]:
    """Each contrast of the headline metric on each further test images in a line, and what they rest on.

    Args:
        comparison: of the study.
        names: of the test images; by default all.
    """
    for name, there in comparison.elsewhere.items():
        if names is not None and name not in names:
            continue
        for contrast in there.headlines:
            metric = contrast.metric.title.lower()
            difference = difference_text(contrast.interval.value, contrast.metric)
            bounds = difference_range_text(contrast.interval, contrast.metric)
            yield f"On {name}: {contrast.arms_text}: {contrast.verdict}, {difference} of {metric} ({bounds})"


def images_sentence(there: Comparison) -> str:
    """What further test images are."""
    absent = [name for name, support in zip(there.classes, there.supports, strict=True) if not support]
    more = f" and {len(absent) - MOST_NAMED} more" if len(absent) > MOST_NAMED else ""
    without = f" None is of class {', '.join(absent[:MOST_NAMED])}{more}." if absent else ""
    left_out = f" {count(len(there.data.left_out), 'unreadable file')} left out." if there.data.left_out else ""
    remarks = "".join(f" Note: {remark}." for remark in there.data.brands)
    return f"{count(there.images, 'image')} asked about. {there.data.source}{without}{left_out}{remarks}"


def elsewhere_tables(comparison: Comparison, selection: Selection = FULL_SELECTION) -> Iterator[Table]:
    """Yields a table for each further test images; none in brief, nor where the headline metric isn't selected."""
    is_shown = not selection.brief and any(metric in selection.metrics for metric in _headline_metrics(comparison))
    for name in comparison.elsewhere if is_shown else ():
        yield elsewhere_table(comparison, name, selection)


def _headline_metrics(comparison: Comparison) -> tuple[Metric, ...]:
    """The metric that the study's verdicts go by."""
    return tuple(metric for metric in METRICS if metric.name == comparison.study.headline)


def elsewhere_table(comparison: Comparison, name: str, selection: Selection = FULL_SELECTION) -> Table:
    """The headline metric of each arm and each contrast, on the own test images and on others."""
    there = comparison.elsewhere[name]
    (metric,) = _headline_metrics(comparison)
    both = (comparison, there)
    rows = [
        (arm, *(value_cell(evidence.measured[arm][metric.name].interval, metric) for evidence in both))
        for arm in selection.arms_of(comparison)
    ]
    rows += [
        (
            f"{own.treatment} {MINUS} {own.control}",
            *(difference_cell(row.interval, row.metric, f", {row.verdict}") for row in (own, other)),
        )
        for own, other in zip(*map(selection.headlines_of, both), strict=True)
    ]
    columns = (metric.title.lower(), f"{comparison.images:,} own test images", f"{there.images:,} images of {name}")
    note = images_sentence(there)
    if there.headlines:
        note += f" {basis_sentence(there.headlines[0])}"
        note += " Each set of test images is a family of its own." if adjustment_text(there.headlines[0]) else ""
    return Table(f"On other test images: {name}", columns, tuple(rows), note)


def to_plain_elsewhere(comparison: Comparison, selection: Selection) -> dict[str, Plain]:
    """What ``visavis compare --json`` prints as ``elsewhere``: by name, what there is, or which cells weren't asked."""
    return {name: _plain(comparison, name, selection) for name in comparison.asked_elsewhere}


def _plain(comparison: Comparison, name: str, selection: Selection) -> dict[str, Plain]:
    lacking = [{"arm": arm, "seed": seed} for arm, seed in comparison.asked_elsewhere[name].lacking]
    if lacking:
        return {"lacking": lacking}
    there = comparison.elsewhere[name]
    return {
        "lacking": [],
        "data": there.data.name,
        "source": there.data.source,
        "synthetic": there.data.synthetic,
        "images": there.images,
        "support": dict(zip(there.classes, there.supports, strict=True)),
        "arms": {
            arm: {metric.name: plain_estimate(there.measured[arm][metric.name]) for metric in selection.metrics}
            for arm in selection.arms_of(there)
        },
        "contrasts": [plain_contrast(contrast) for contrast in selection.contrasts_of(there)],
    }
