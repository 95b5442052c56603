"""What looking more than once does to the error rate, exact for Student's t over seeds.

The sum of n normal numbers over the root of their sum of squares, ``u``, is a Markov chain (a normal sample's length
says nothing of its direction): one number more turns it by a random angle, ``u cos(angle) + sin(angle)``, whose
density goes with ``cos(angle) ** (n - 1)``. Student's t is a function of ``u``, so that the probability of seeing
nothing at any look is an integral over one angle after the other, from the last look back to the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from visavis.stats.verdicts import ALPHA

MOST_EXACT = 60
"""Seeds beyond which t is as good as normal: from look to look at once, with means that correlate by the root of the
ratio of their seeds (Armitage, McPherson and Rowe 1969)."""
SCORES = np.linspace(0.0, 6.0, 161)
"""Normal scores of t at which probabilities are kept; for other values they lie on straight lines between."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)

Chances = np.ndarray
"""Probability of seeing nothing at this look and the later ones, for each of ``SCORES``; of t and -t it is the same."""


def error_rate_of_looks(seeds: Sequence[int], alpha: float = ALPHA) -> float:
    """Probability of at least one p below alpha over looks at growing numbers of seeds, where there is no difference.

    A look at one seed is taken for one with a known spread.

    Args:
        seeds: how many there were at each look, growing.
        alpha: level of each look.
    """
    return _error_rate(tuple(int(size) for size in seeds), alpha)


@cache
def _error_rate(looks: tuple[int, ...], alpha: float) -> float:
    bound = float(ndtri(1 - alpha / 2))
    chances, edge = np.ones_like(SCORES), bound
    for size, later in reversed(_steps(looks)):
        back = _one_more if size + 1 == later and size > 1 else _many_more
        chances, edge = back(chances, size, later, edge), bound if size in looks else np.inf
    scores, weights = _between(-bound, bound)
    density = np.exp(-(scores**2) / 2) / (2 * np.pi) ** 0.5
    return float(1 - weights @ (density * np.interp(np.abs(scores), SCORES, chances)))


def _steps(looks: tuple[int, ...]) -> list[tuple[int, int]]:
    """From the first look to the last: seed by seed as long as t isn't normal, then look by look."""
    last = min(looks[-1], MOST_EXACT)
    sizes = sorted({*looks, *(size for size in range(max(looks[0], 2), last + 1))})
    return list(pairwise(sizes))


def _one_more(chances: Chances, size: int, later: int, edge: float) -> Chances:
    """The chances a seed earlier; beyond the edge, a normal score, something is seen.

    Written with ``angle + atan(u)``, the chain is ``hypot(1, u) * sin`` of it. Where that passes the edge the integral
    is taken apart, so that what is integrated is smooth.
    """
    nodes, highest = _u_of(SCORES, later), float(_u_of(np.array(edge), later))
    now = _u_of(SCORES, size)
    turn, length = np.arctan(now), np.hypot(1.0, now)
    crossing = np.arcsin(np.minimum(highest / length, 1.0))
    # What is left of the half circle: before the edge is passed, and (where it comes to that) after it is passed back.
    parts = [(np.maximum(turn - np.pi / 2, -crossing), crossing), (np.pi - crossing, turn + np.pi / 2)]
    total = np.zeros_like(chances)
    for low, high in parts:
        half = np.maximum(high - low, 0.0)[:, None] / 2
        sums = low[:, None] + half * (1 + NODES)
        reached = np.abs(length[:, None] * np.sin(sums))
        density = np.maximum(np.cos(sums - turn[:, None]), 0.0) ** (size - 1)
        total += (half * WEIGHTS * density * np.interp(reached, nodes, chances)).sum(1)
    angles, weights = _between(-np.pi / 2, np.pi / 2)
    return total / (weights @ np.cos(angles) ** (size - 1))


def _many_more(chances: Chances, size: int, later: int, edge: float) -> Chances:
    """The same for any number of seeds, with t taken for normal."""
    correlation = (size / later) ** 0.5
    mean, deviation = correlation * SCORES[:, None], (1 - correlation**2) ** 0.5
    low, high = np.maximum(-edge, mean - 7 * deviation), np.minimum(edge, mean + 7 * deviation)
    half = np.maximum(high - low, 0.0) / 2
    scores = low + half * (1 + NODES)
    density = np.exp(-(((scores - mean) / deviation) ** 2) / 2) / (2 * np.pi) ** 0.5 / deviation
    return (half * WEIGHTS * density * np.interp(np.abs(scores), SCORES, chances)).sum(1)


def _u_of(scores: np.ndarray, size: int) -> np.ndarray:
    """The sum over the root of the sum of squares that belongs to normal scores of t, not below zero."""
    # By the lower tail, which keeps its digits.
    t = -stdtrit(size - 1, ndtr(-np.minimum(scores, SCORES[-1])))
    return np.where(np.isinf(scores), size**0.5, t * (size / (size - 1 + t**2)) ** 0.5)


def _between(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of an integral."""
    half = (high - low) / 2
    return low + half * (1 + NODES), half * WEIGHTS
