"""How often a treatment is ahead, seed by seed, and where the middle of its differences lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv
from scipy.stats import trim_mean

from visavis.stats.verdicts import ALPHA

FEWEST_FOR_MIDDLE = 10
"""Seeds below which a median or an interquartile mean is the mean of two or three."""


@dataclass(frozen=True)
class Improvement:
    """How often a treatment is ahead of its control, in the same seed.

    Attributes:
        wins, ties, seeds: of the seeds so far.
        probability: that it is ahead in a new seed; ties count half.
        low, high: of an exact 95 % interval for it (Clopper and Pearson 1934), ties against and for it.
        median, interquartile_mean: of the differences; None for fewer than ten seeds. The interquartile mean leaves out
            the lowest and the highest quarter (Agarwal et al. 2021).
    """

    wins: int
    ties: int
    seeds: int
    probability: float
    low: float
    high: float
    median: float | None
    interquartile_mean: float | None


def improvement(differences: np.ndarray, *, higher_is_better: bool, alpha: float = ALPHA) -> Improvement:
    """Of paired differences, treatment less control.

    Runs of one seed are compared with each other, as they share data order and first weights; the probability of
    improvement of unpaired runs (Agarwal et al. 2021) compares each with each.

    Args:
        differences: float [seeds].
        higher_is_better: the metric's direction.
        alpha: two-sided level of the interval.
    """
    gains, seeds = differences if higher_is_better else -differences, len(differences)
    wins, ties = int((gains > 0).sum()), int((gains == 0).sum())
    at_most = wins + ties
    low = float(betaincinv(wins, seeds - wins + 1, alpha / 2)) if wins else 0.0
    high = float(betaincinv(at_most + 1, seeds - at_most, 1 - alpha / 2)) if at_most < seeds else 1.0
    has_middle = seeds >= FEWEST_FOR_MIDDLE
    return Improvement(
        wins,
        ties,
        seeds,
        (wins + ties / 2) / seeds,
        low,
        high,
        float(np.median(differences)) if has_middle else None,
        float(trim_mean(differences, 0.25)) if has_middle else None,
    )
