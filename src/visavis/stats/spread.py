"""Whether the seeds of two arms spread so unevenly that an interval of their difference can't keep what it says."""

from __future__ import annotations

import numpy as np
from scipy.special import fdtri, stdtr

RARE = 0.025
"""Share of pairs of normal arms, and of normal arms, that are taken for uneven by chance, for each of the two signs."""
LARGE = 5.0
"""Ratio of two standard deviations below which an interval keeps what it says, however sure the ratio is."""


def is_uneven(first: float, second: float, seeds: int, family: int = 1) -> bool:
    """Whether one standard deviation is so much larger than the other that chance hardly explains it.

    Args:
        first, second: standard deviations over so many seeds, above zero.
        seeds: two at least.
        family: pairs that are looked at together.
    """
    ratio = max(first, second) / min(first, second)
    return ratio >= max(LARGE, float(fdtri(seeds - 1, seeds - 1, 1 - RARE / family / 2)) ** 0.5)


def falls_short(values: np.ndarray, family: int = 1) -> bool:
    """Whether the lowest of some seeds lies farther below the others than normal numbers do.

    Of runs of which one in ten fails by five standard deviations, 10 to 35 % of sets of 5 to 20 seeds show it, and a
    fifth to a third of those with exponential tails; of normal ones 2.5 %.

    Args:
        values: float [seeds].
        family: sets that are looked at together.
    """
    if len(values) < 3 or np.ptp(values) == 0:
        return False
    lowest = int(values.argmin())
    rest = np.delete(values, lowest)
    if np.ptp(rest) == 0:
        return False  # seeds tie where there are few images
    error = float(rest.std(ddof=1)) * (1 + 1 / len(rest)) ** 0.5
    # The lowest of n: n chances of lying so far below the others (Grubbs 1969).
    return len(values) * float(stdtr(len(rest) - 1, (values[lowest] - rest.mean()) / error)) < RARE / family
