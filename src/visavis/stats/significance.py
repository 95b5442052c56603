"""Tests of no difference, each for its own unit of replication.

``scipy.stats`` takes a second to import: it is, where one of its tests is asked for.
"""

from __future__ import annotations

import numpy as np
from scipy.special import bdtr, stdtr

from visavis.stats.units import ByImage, BySeed, require_unit

ROUNDING = 1e-12
"""Relative to the largest value."""


def paired_t(differences: BySeed) -> float:
    """Student's paired t over seeds: a procedure against another, on these very test images.

    One value that is the same in every seed, but for rounding, has a p of 0, or of 1 where it is zero.
    """
    require_unit(differences, BySeed)
    if np.ptp(differences.values) <= ROUNDING * np.abs(differences.values).max():
        return float(differences.values[0] == 0)
    values = differences.values
    t = values.mean() / (values.std(ddof=1) / len(values) ** 0.5)
    return float(2 * stdtr(len(values) - 1, -abs(t)))


def signed_rank(differences: BySeed) -> float:
    """Wilcoxon's signed-rank test over seeds; exact where no two differences are tied.

    With five seeds or fewer it can't reach .05: see ``smallest_rank_p``.
    """
    from scipy import stats

    require_unit(differences, BySeed)
    return float(stats.wilcoxon(differences.values).pvalue) if differences.values.any() else 1.0


def smallest_rank_p(seeds: int) -> float:
    """The smallest two-sided p that a sign or signed-rank test over so many seeds can give."""
    return 2.0 ** (1 - seeds)


def mcnemar(treatment: ByImage, control: ByImage) -> float:
    """McNemar's exact test of two given models: where they part ways, is each as often the one that is right?

    Args:
        treatment, control: bool [images], where each model is right.
    """
    for hits in (treatment, control):
        require_unit(hits, ByImage)
    treatment_only = int((treatment.values & ~control.values).sum())
    control_only = int((control.values & ~treatment.values).sum())
    # Images on which both are right, or both wrong, say nothing of which is the better one.
    discordant = treatment_only + control_only
    return min(1.0, 2 * float(bdtr(min(treatment_only, control_only), discordant, 0.5))) if discordant else 1.0
