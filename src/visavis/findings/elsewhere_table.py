"""The headline on the own test images and on others, side by side."""

from __future__ import annotations

from visavis.evidence import Comparison
from visavis.findings.selection import Selection
from visavis.findings.table import Table, difference_cell, value_cell
from visavis.findings.wording import adjustment_text, basis_sentence
from visavis.quantities import MINUS, count, name_text

MOST_NAMED = 8
"""Classes that a sentence names."""


def elsewhere_table(comparison: Comparison, name: str, selection: Selection) -> Table:
    """The headline of each arm and each contrast.

    Args:
        comparison: on the own test images.
        name: of the others.
        selection: which arms are shown.
    """
    evidence, metric = comparison.elsewhere[name], comparison.headline
    columns = comparison, evidence
    rows = [
        (arm, *(value_cell(column.measured[arm][metric.name].interval, metric) for column in columns))
        for arm in selection.arms_of(comparison)
    ]
    rows += [
        (
            f"{contrasts[0].treatment} {MINUS} {contrasts[0].control}",
            *(difference_cell(row.interval, row.metric, f", {row.verdict}") for row in contrasts),
        )
        for contrasts in zip(*map(selection.headlines_of, columns), strict=True)
    ]
    head = (name_text(metric), f"{comparison.images:,} own test images", f"{evidence.images:,} images of {name}")
    return Table(f"On other test images: {name}", head, tuple(rows), f"{images_sentence(evidence)}{_basis(evidence)}")


def images_sentence(evidence: Comparison) -> str:
    """What further test images are."""
    absent = [name for name, support in zip(evidence.classes, evidence.supports, strict=True) if not support]
    more = f" and {len(absent) - MOST_NAMED} more" if len(absent) > MOST_NAMED else ""
    without = f" None is of class {', '.join(absent[:MOST_NAMED])}{more}." if absent else ""
    left_out = f" {count(len(evidence.data.left_out), 'unreadable file')} left out." if evidence.data.left_out else ""
    remarks = "".join(f" Note: {remark}." for remark in evidence.data.brands)
    return f"{count(evidence.images, 'image')} asked about. {evidence.data.source}{without}{left_out}{remarks}"


def _basis(evidence: Comparison) -> str:
    if not evidence.headlines:
        return ""
    first = evidence.headlines[0]
    own_family = " Each set of test images is a family of its own." if adjustment_text(first) else ""
    return f" {basis_sentence(first)}{own_family}"
