"""Tests of no difference, each for its own unit of replication."""

from __future__ import annotations

import numpy as np
from scipy.special import bdtr, betaincinv, stdtr

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
    """Bounds of the difference of two given models' accuracies, which leave out zero exactly where McNemar's exact test
    finds a difference at this level.

    Of the images on which the models part ways the treatment wins a share whose exact interval is that of Clopper and
    Pearson (1934); on how many they part is taken as it is.

    Args:
        treatment, control: bool [images], where each model is right.
        alpha: two-sided level.
    """
    wins, losses = (
        int((one.values & ~other.values).sum()) for one, other in ((treatment, control), (control, treatment))
    )
    parted, images = wins + losses, len(treatment.values)
    if not parted:
        return 0.0, 0.0
    low = float(betaincinv(wins, losses + 1, alpha / 2)) if wins else 0.0
    high = float(betaincinv(wins + 1, losses, 1 - alpha / 2)) if losses else 1.0
    return (2 * low - 1) * parted / images, (2 * high - 1) * parted / images
