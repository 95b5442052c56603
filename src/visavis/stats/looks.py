"""What looking more than once does to error rates, exact for Student's t over seeds.

The sum of n normal numbers over the root of their sum of squares, ``u``, is a Markov chain (a normal sample's length
says nothing of its direction): one number more turns it by a random angle, ``u cos(angle) + sin(angle)``, whose
density goes with ``cos(angle) ** (n - 1)``. Student's t is a function of ``u``. So the distribution of t among studies
in which no look has found anything is followed from one look to the next, and with it how many of them find something
there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from visavis.stats.verdicts import ALPHA

if TYPE_CHECKING:
    from scipy.interpolate import PchipInterpolator

MOST_EXACT = 60
"""Seeds beyond which t is as good as normal: from look to look at once, with means that correlate by the root of the
ratio of their seeds (Armitage, McPherson and Rowe 1969)."""
FARTHEST = 6.0
"""Normal score beyond which nothing is followed: a p of 2e-9."""
POINTS = np.linspace(0.0, 1.0, 321)
"""Of the way to the edge, at which probabilities are kept; others are shared between the two neighbours."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)
POWER_OF_TIME = 2
"""Of the seeds that are planned the share n / N, to this power, is the share of alpha that may be spent by seed n (Kim
and DeMets 1987). A power of 1 saves less than one seed where the difference is large, and costs 6 points of power where
it is half a standard deviation between seeds."""
ALPHAS = np.logspace(-7.0, 0.0, 15)
"""Levels at which repeated p values are computed; those between are interpolated."""


def error_rate_of_looks(seeds: Sequence[int], alpha: float = ALPHA) -> float:
    """Probability of at least one p below alpha over looks at growing numbers of seeds, where there is no difference.

    A look at one seed is taken for one with a known spread.

    Args:
        seeds: how many there were at each look, growing.
        alpha: level of each look.
    """
    return _error_rate(tuple(int(size) for size in seeds), alpha)


def levels_of_looks(seeds: Sequence[int], most: int, alpha: float = ALPHA) -> tuple[float, ...]:
    """The level that each look may have, so that all together find a difference, where there is none, in a share alpha
    of studies at most: by the look at n of N seeds they do in alpha (n / N) ** 2.

    Looks needn't be planned, as long as they don't hang on what was seen; only N has to be.

    Args:
        seeds: how many there were at each look, growing.
        most: N, after which there is no look.
        alpha: of all looks together.
    """
    return _levels(tuple(int(size) for size in seeds), most, alpha)


def repeated_p(p: float, seeds: Sequence[int], most: int, alpha: float = ALPHA) -> float:
    """The smallest alpha for which the last look, at its level, finds what has this p (Jennison and Turnbull 1989).

    Args:
        p: of the last look by itself.
        seeds, most: see ``levels_of_looks``.
        alpha: at which the answer has to agree with the level to the last digit.
    """
    levels, line = _levels_by_alpha(tuple(int(size) for size in seeds), most, alpha)
    if p >= levels[-1]:
        return 1.0
    return float(np.exp(line(np.log(max(p, levels[0])))))


@cache
def _error_rate(looks: tuple[int, ...], alpha: float) -> float:
    edge = float(ndtri(1 - alpha / 2))
    walk = Walk.start(looks[0], edge)
    for size in looks[1:]:
        walk = walk.to(size, edge)
    return float(1 - walk.masses.sum())


def _levels(looks: tuple[int, ...], most: int, alpha: float) -> tuple[float, ...]:
    walks = (_walk(looks[: count + 1], most, alpha) for count in range(len(looks)))
    return tuple(2 * float(ndtr(-walk.edge)) for walk in walks)


@cache
def _walk(looks: tuple[int, ...], most: int, alpha: float) -> Walk:
    """Where studies are that go through looks at these levels; each look goes on from the one before, which is kept."""
    *earlier, now = looks
    spending = [alpha * min(size / most, 1.0) ** POWER_OF_TIME for size in (*earlier[-1:], now)]
    if not earlier:
        return Walk.start(now, float(ndtri(1 - spending[0] / 2)))
    before = _walk(tuple(earlier), most, alpha).before(now)
    return before.step(now, before.edge_of(now, spending[1] - spending[0]))


@cache
def _levels_by_alpha(looks: tuple[int, ...], most: int, alpha: float) -> tuple[np.ndarray, PchipInterpolator]:
    """Levels of the last look, ascending, and the line from their logarithms to those of alpha."""
    from scipy.interpolate import PchipInterpolator  # as slow to import as all the rest, and only needed here

    alphas = np.unique([*ALPHAS, alpha])
    levels = np.array([_levels(looks, most, float(each))[-1] for each in alphas])
    grows = np.concatenate([[True], np.diff(np.maximum.accumulate(levels)) > 0])
    return levels[grows], PchipInterpolator(np.log(levels[grows]), np.log(alphas[grows]))


@dataclass(frozen=True)
class Walk:
    """Studies without a difference in which no look has found anything so far.

    Attributes:
        size: seeds.
        edge: normal score of t beyond which the last look finds something.
        masses: probability at each of ``POINTS`` of the way there; t and -t are one.
    """

    size: int
    edge: float
    masses: np.ndarray

    @classmethod
    def start(cls, size: int, edge: float) -> Walk:
        """At the first look, which finds something beyond the edge."""
        borders = np.concatenate([[0.0], (POINTS[:-1] + POINTS[1:]) / 2, [1.0]]) * edge
        return cls(size, edge, -2 * np.diff(ndtr(-borders)))

    @property
    def scores(self) -> np.ndarray:
        """Normal scores of t."""
        return POINTS * self.edge

    def to(self, size: int, edge: float) -> Walk:
        """At the next look, of so many seeds."""
        return self.before(size).step(size, edge)

    def before(self, size: int) -> Walk:
        """One step before so many seeds, without a look: seed by seed as long as t isn't normal."""
        walk, last = self, min(size - 1, MOST_EXACT)
        while 1 < walk.size < last:
            walk = walk.step(walk.size + 1, FARTHEST)
        return walk

    def step(self, size: int, edge: float) -> Walk:
        """At so many seeds, within the edge."""
        return Walk(size, edge, (self._turn if self._is_exact(size) else self._drift_on)(size, edge))

    def edge_of(self, size: int, share: float) -> float:
        """The edge beyond which this share of all studies comes to lie with the next step."""
        beyond = self._share_beyond_turn if self._is_exact(size) else self._share_beyond_drift
        if beyond(size, 0.0) <= share:
            return 0.0
        if beyond(size, FARTHEST) >= share:
            return FARTHEST
        return float(brentq(lambda edge: beyond(size, edge) - share, 0.0, FARTHEST, xtol=1e-9))

    def _is_exact(self, size: int) -> bool:
        return self.size > 1 and size == self.size + 1

    def _turn(self, size: int, edge: float) -> np.ndarray:
        """The masses one seed later.

        Written with ``angle + atan(u)``, the chain is ``hypot(1, u) * sin`` of it. Where that passes the edge the
        integral is taken apart, so that what is integrated is smooth.
        """
        turn, length, crossing = self._angles(size, edge)
        # What is left of the half circle: before the edge is passed, and (where it comes to that) after it is passed
        # back.
        parts = [(np.maximum(turn - np.pi / 2, -crossing), crossing), (np.pi - crossing, turn + np.pi / 2)]
        all_angles, all_weights = _between(-np.pi / 2, np.pi / 2)
        whole = all_weights @ np.cos(all_angles) ** (self.size - 1)
        later, masses = POINTS * edge, np.zeros_like(POINTS)
        for low, high in parts:
            half = np.maximum(high - low, 0.0)[:, None] / 2
            sums = low[:, None] + half * (1 + NODES)
            density = np.maximum(np.cos(sums - turn[:, None]), 0.0) ** (self.size - 1) / whole
            points = np.interp(np.abs(length[:, None] * np.sin(sums)), _u_of(later, size), POINTS)
            masses += _masses_at(points, self.masses[:, None] * half * WEIGHTS * density)
        return masses

    def _share_beyond_turn(self, size: int, edge: float) -> float:
        """The share of studies that comes to lie beyond an edge one seed later."""
        turn, _, crossing = self._angles(size, edge)
        up, back, down = turn - crossing, turn + crossing - np.pi, -turn - crossing
        chances = self._angle_below(up) - self._angle_below(back) + self._angle_below(down)
        return float(self.masses @ chances)

    def _angles(self, size: int, edge: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of each score ``atan(u)``, ``hypot(1, u)``, and the sum of angles with which it passes the edge."""
        u = _u_of(self.scores, self.size)
        length = np.hypot(1.0, u)
        return np.arctan(u), length, np.arcsin(np.minimum(float(_u_of(np.array(edge), size)) / length, 1.0))

    def _angle_below(self, angles: np.ndarray) -> np.ndarray:
        """Probability of a smaller angle than each of these, whose tangent is a t over the root of its degrees."""
        tangents = np.tan(np.clip(angles, -np.pi / 2 + 1e-12, np.pi / 2 - 1e-12))
        return np.where(angles <= -np.pi / 2, 0.0, stdtr(self.size, self.size**0.5 * tangents))

    def _drift_on(self, size: int, edge: float) -> np.ndarray:
        """The masses any number of seeds later, with t taken for normal."""
        mean, deviation = self._drift(size)
        low, high = np.maximum(-edge, mean - 7 * deviation), np.minimum(edge, mean + 7 * deviation)
        half = np.maximum(high - low, 0.0)[:, None] / 2
        scores = low[:, None] + half * (1 + NODES)
        density = np.exp(-(((scores - mean[:, None]) / deviation) ** 2) / 2) / (2 * np.pi) ** 0.5 / deviation
        return _masses_at(np.abs(scores) / edge, self.masses[:, None] * half * WEIGHTS * density)

    def _share_beyond_drift(self, size: int, edge: float) -> float:
        mean, deviation = self._drift(size)
        return float(self.masses @ (ndtr((mean - edge) / deviation) + ndtr((-mean - edge) / deviation)))

    def _drift(self, size: int) -> tuple[np.ndarray, float]:
        correlation = (self.size / size) ** 0.5
        return correlation * self.scores, float((1 - correlation**2) ** 0.5)


def _masses_at(points: np.ndarray, masses: np.ndarray) -> np.ndarray:
    """Masses anywhere on the way to the edge, given to the two neighbours among ``POINTS`` so that their mean stays."""
    positions, flat, last = (points / POINTS[1]).ravel(), masses.ravel(), len(POINTS) - 1
    below = np.minimum(positions.astype(int), last - 1)
    above = np.minimum(positions - below, 1.0)
    return np.bincount(below, flat * (1 - above), last + 1) + np.bincount(below + 1, flat * above, last + 1)


def _u_of(scores: np.ndarray, size: int) -> np.ndarray:
    """The sum over the root of the sum of squares that belongs to normal scores of t, not below zero."""
    # By the lower tail, which keeps its digits.
    t = -stdtrit(size - 1, ndtr(-scores))
    return t * (size / (size - 1 + t**2)) ** 0.5


def _between(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of an integral."""
    half = (high - low) / 2
    return low + half * (1 + NODES), half * WEIGHTS
