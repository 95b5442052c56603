"""What an interval and a test come to, in one word."""

from __future__ import annotations

from visavis.results import Interval
from visavis.stats.intervals import is_within

ALPHA = 0.05
"""Level of the test, and of each of the two one-sided tests of equivalence."""


def verdict(interval: Interval, p_adjusted: float, margin: float, *, higher_is_better: bool) -> str:
    """``better`` or ``worse`` where the adjusted test says so, else ``equivalent`` or ``inconclusive``.

    Args:
        interval: of treatment minus control.
        p_adjusted: after the family's adjustment.
        margin: differences below it count as equivalent; 0 for a metric without a margin.
        higher_is_better: the metric's direction.
    """
    if p_adjusted < ALPHA:
        return "better" if (interval.value > 0) == higher_is_better else "worse"
    return "equivalent" if is_within(interval, margin, ALPHA) else "inconclusive"
