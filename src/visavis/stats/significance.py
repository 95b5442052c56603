"""Tests of no difference, each for its own unit of replication."""

from __future__ import annotations

from math import copysign

import numpy as np
from scipy.optimize import brentq
from scipy.special import bdtr, ndtri, stdtr

from visavis.stats.units import ByImage, BySeed, require_unit

ROUNDING = 1e-12
"""Relative to the largest value."""


def paired_t(differences: BySeed) -> float | None:
    """Student's paired t over seeds: a procedure against another, on these very test images.

    None where the difference is the same in every seed, but for rounding: there is no spread to measure it by. Few
    seeds tie by chance, the more so on few images.
    """
    require_unit(differences, BySeed)
    values = differences.values
    if np.ptp(values) <= ROUNDING * np.abs(values).max():
        return None
    t = values.mean() / (values.std(ddof=1) / len(values) ** 0.5)
    return float(2 * stdtr(len(values) - 1, -abs(t)))


def signed_rank(differences: BySeed) -> float:
    """Wilcoxon's signed-rank test over seeds, exact: over all signs that the differences might have had.

    Seeds without a difference are left out; tied ones share the mean of their ranks. With five seeds or fewer it can't
    reach .05: see ``smallest_rank_p``.
    """
    require_unit(differences, BySeed)
    # .6 - .575 and .65 - .625 are the same difference, but not the same float.
    unit = ROUNDING * np.abs(differences.values).max()
    steps = np.round(differences.values / unit) if unit else differences.values
    steps = steps[steps != 0]
    _, groups, sizes = np.unique(np.abs(steps), return_inverse=True, return_counts=True)
    # Twice the mean ranks, which are whole numbers.
    ranks = (2 * np.cumsum(sizes) - sizes + 1)[groups]
    chances = np.ones(1)
    for rank in ranks:
        chances = (np.pad(chances, (0, rank)) + np.pad(chances, (rank, 0))) / 2
    fewer = min(ranks[steps > 0].sum(), ranks[steps < 0].sum())
    return min(1.0, 2 * float(chances[: fewer + 1].sum()))


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


def difference_of_two(treatment: ByImage, control: ByImage, alpha: float) -> tuple[float, float]:
    """Bounds of the difference of two given models' accuracies: those differences that a score test doesn't reject.

    (Tango 1998.) The number of images on which the models part varies, too: taken as it is, it would make an interval
    that covers half of what it says where one model never wins. Zero lies outside wherever McNemar's exact test,
    which is stricter, finds a difference.

    Args:
        treatment, control: bool [images], where each model is right.
        alpha: two-sided level.
    """
    wins, losses = (
        int((one.values & ~other.values).sum()) for one, other in ((treatment, control), (control, treatment))
    )
    images, critical = len(treatment.values), float(-ndtri(alpha / 2))
    estimate = (wins - losses) / images

    def beyond(difference: float, sign: int) -> float:
        """How much farther than the critical value the estimate lies from a difference, on one side of it."""
        return sign * _tango_score(wins, losses, images, difference) - critical

    low = brentq(beyond, -1.0, estimate, args=(1,)) if estimate > -1 else -1.0
    high = brentq(beyond, estimate, 1.0, args=(-1,)) if estimate < 1 else 1.0
    return float(low), float(high)


def _tango_score(wins: int, losses: int, images: int, difference: float) -> float:
    """The estimate less a difference, in standard errors under that difference."""
    distance = wins - losses - images * difference
    if distance == 0:
        return 0.0
    # The most likely share of losses under the difference is the larger root of a quadratic equation.
    linear = (2 * images - wins + losses) * difference - wins - losses
    constant = -losses * difference * (1 - difference)
    share = ((linear**2 - 8 * images * constant) ** 0.5 - linear) / (4 * images)
    variance = images * (2 * share + difference * (1 - difference))
    return distance / variance**0.5 if variance > 0 else copysign(FARTHEST, distance)


FARTHEST = 1e6
"""A score of what can't be."""
