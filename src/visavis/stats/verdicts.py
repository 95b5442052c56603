"""What an interval and a test come to, in one word."""

from __future__ import annotations

from visavis.conclusions import Verdict
from visavis.quantities import Interval

ALPHA = 0.05
"""Level of the test, and of each of the two one-sided tests of equivalence."""


def verdict(interval: Interval, p_adjusted: float, equivalence_p_adjusted: float, *, higher_is_better: bool) -> Verdict:
    """Better or worse where the adjusted test says so, else equivalent or inconclusive.

    Args:
        interval: of treatment minus control.
        p_adjusted: of a difference, after the family's adjustment.
        equivalence_p_adjusted: of equivalence, after the family's adjustment.
        higher_is_better: the metric's direction.
    """
    if p_adjusted < ALPHA:
        return Verdict.better if (interval.value > 0) == higher_is_better else Verdict.worse
    return Verdict.equivalent if equivalence_p_adjusted < ALPHA else Verdict.inconclusive
