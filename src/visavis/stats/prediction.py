"""How many seeds more it takes to decide, from what is there: a predictive probability.

The true difference on these images and the spread of the seeds are drawn from what the seeds so far leave likely (a
normal sample with a flat prior of the difference and of the spread's logarithm); then the seeds that are still to come
are drawn, and all of them are tested together. (Spiegelhalter, Freedman and Blackburn 1986.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.special import chdtri, ndtri, stdtrit
from scipy.stats import qmc

from visavis.conclusions import Further
from visavis.stats.intervals import Components, degrees_of
from visavis.stats.planning import MOST_SEEDS, POWER
from visavis.stats.verdicts import ALPHA

DRAWS = 1 << 11
"""Points of the same Sobol sequence for every question, so that an answer doesn't waver."""
MORE_IMAGES = (2, 4, 8, 16, 32, 64, 128)
"""Times as many test images that are tried where no number of seeds decides."""
MANY_SEEDS = 20
"""That are tried with them."""


@dataclass(frozen=True)
class Prospect:
    """What is likely of a decision.

    Attributes:
        difference: probability that a difference is told.
        equivalence: probability that equivalence is.
    """

    difference: float
    equivalence: float

    @property
    def decision(self) -> float:
        """Probability that one of them is."""
        return self.difference + self.equivalence


def prospect(parts: Components, value: float, margin: float, seeds: int, alpha: float = ALPHA) -> Prospect:
    """What is likely with so many seeds all in all, those that are there among them.

    Args:
        parts: of the variance, from the seeds that are there.
        value: the difference so far.
        margin: within which differences don't count; 0 where there is none.
        seeds: all in all; more than there are.
        alpha: two-sided level of the test, and of each of those of equivalence.
    """
    uniform, now, more = _draws(), parts.seeds, seeds - parts.seeds
    spread = parts.of_seed * (now - 1) / chdtri(now - 1, uniform[0])
    truth = value + (spread / now) ** 0.5 * ndtri(uniform[1])
    mean = truth + (spread / more) ** 0.5 * ndtri(uniform[2])
    total = (now * value + more * mean) / seeds
    squares = (now - 1) * parts.of_seed + now * more / seeds * (mean - value) ** 2
    if more > 1:
        squares = squares + spread * chdtri(more - 1, uniform[3])
    of_seed = squares / (seeds - 1)
    error = (of_seed / seeds + parts.of_images) ** 0.5
    reach, one_sided = (-stdtrit(degrees_of(of_seed, parts, seeds, alpha), tail) * error for tail in (alpha / 2, alpha))
    is_different = np.abs(total) > reach
    is_within = ~is_different & (np.abs(total) + one_sided < margin)
    return Prospect(float(is_different.mean()), float(is_within.mean()))


def further(parts: Components, value: float, margin: float, images: int, alpha: float = ALPHA) -> Further:
    """The fewest seeds that are likely to decide, or how many more images it takes.

    Args:
        parts, value, margin, alpha: see ``prospect``.
        images: that there are.
    """
    seeds = _fewest(parts, value, margin, alpha)
    if seeds is not None:
        chances = prospect(parts, value, margin, seeds, alpha)
        return Further(seeds, chances.decision, chances.difference / chances.decision)
    counts = 2 * parts.seeds, parts.seeds + MANY_SEEDS, MOST_SEEDS
    best = max((prospect(parts, value, margin, count, alpha) for count in counts), key=lambda chances: chances.decision)
    return Further(None, best.decision, None, _more_images(parts, value, margin, images, alpha))


def _fewest(parts: Components, value: float, margin: float, alpha: float) -> int | None:
    """The smallest number of seeds with which a decision is likely; None where there is none."""
    low, high = parts.seeds, parts.seeds + 1
    while prospect(parts, value, margin, high, alpha).decision < POWER:
        if high == MOST_SEEDS:
            return None
        low, high = high, min(2 * high, MOST_SEEDS)
    while high - low > 1:
        middle = (low + high) // 2
        is_enough = prospect(parts, value, margin, middle, alpha).decision >= POWER
        low, high = (low, middle) if is_enough else (middle, high)
    return high


def _more_images(parts: Components, value: float, margin: float, images: int, alpha: float) -> int | None:
    """Test images with which ``MANY_SEEDS`` more would be likely to decide."""
    for times in MORE_IMAGES:
        more = replace(parts, of_images=parts.of_images / times, image_degrees=parts.image_degrees * times)
        if prospect(more, value, margin, parts.seeds + MANY_SEEDS, alpha).decision >= POWER:
            return times * images
    return None


@cache
def _draws() -> np.ndarray:
    """float [4, draws], evenly spread between 0 and 1."""
    points: np.ndarray = qmc.Sobol(4, scramble=True, seed=0).random(DRAWS).T
    return np.clip(points, 1e-9, 1 - 1e-9)
