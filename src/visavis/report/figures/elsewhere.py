"""The contrasts on the own test images and on others, below each other."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.design.study import OWN_TEST
from visavis.evidence import Comparison
from visavis.quantities import count
from visavis.report.charts import MUTED, Figure, lines_of
from visavis.report.figures.contrasts import LABEL, Bar, bars_svg, contrast_label, marks_text
from visavis.report.figures.figure import arm_color

MOST_ROWS = 24
"""Contrasts that are drawn, on all test images together; the table has all."""


def elsewhere_figures(comparison: Comparison) -> Iterator[Figure]:
    """Yields the contrasts of the headline, each on the own test images and then on others; nothing without others.

    Args:
        comparison: on the own test images.
    """
    tests = {OWN_TEST: comparison, **comparison.elsewhere}
    shown = comparison.headlines[: max(1, MOST_ROWS // len(tests))]
    if len(tests) == 1 or not shown:
        return
    bars = []
    for number, contrast in enumerate(shown):  # named where it stands for the first time, then only where it's measured
        bars.append(Bar(contrast_label(contrast), MUTED, contrast))
        color = arm_color(comparison, contrast.treatment)
        others = comparison.elsewhere.items()
        bars += [Bar(lines_of(f"on {name}", LABEL, 1), color, evidence.headlines[number]) for name, evidence in others]
    rest = len(comparison.headlines) - len(shown)
    left_out = f" The tables have {count(rest, 'more contrast')}." if rest else ""
    alternative = "Differences on the own and on other test images with their intervals; the numbers are in the tables"
    yield Figure(
        bars_svg(comparison, bars, 34, alternative),
        f"Each contrast on the {comparison.images:,} own test images, then on others. {marks_text(comparison)} of "
        f"{comparison.replication.text}.{left_out}",
    )
