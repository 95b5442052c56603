"""How often tests find a difference where there is none: runs of one procedure, dealt into two arms at random."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from visavis.stats.intervals import crossed_interval
from visavis.stats.significance import mcnemar
from visavis.stats.units import BySeed, Crossed
from visavis.streams import Stream

MOST_DEALS = 500
TRIES = 4 * MOST_DEALS


def deal(runs: Crossed) -> BySeed:
    """p of the crossed test for different ways of dealing 2 S runs into two arms of S paired seeds.

    The ways share the same runs, so that the share of small ones is rough: their number is no sample size.

    Args:
        runs: bool [2 S, images], where each run of one procedure is right.
    """
    generator = Stream(("false alarms",)).numpy()
    values, half = runs.values.astype(np.float64), runs.seeds // 2
    seen: set[frozenset[tuple[int, int]]] = set()
    found = []
    for _ in range(TRIES):
        order = generator.permutation(runs.seeds)[: 2 * half].tolist()
        dealt = frozenset(zip(order[:half], order[half:], strict=True))
        turned = frozenset((two, one) for one, two in dealt)
        if dealt in seen or turned in seen:
            continue
        seen.add(dealt)
        found.append(crossed_interval(Crossed(values[order[:half]] - values[order[half:]])).p)
        if len(found) == MOST_DEALS:
            break
    return BySeed(np.array(found))


def single_runs(runs: Crossed) -> BySeed:
    """p of McNemar's test for each pair of single runs, as if one run per arm could speak for its procedure.

    Args:
        runs: bool [runs, images], where each run of one procedure is right.
    """
    pairs = combinations(range(runs.seeds), 2)
    return BySeed(np.array([mcnemar(runs.of_seed(one), runs.of_seed(two)) for one, two in pairs]))
