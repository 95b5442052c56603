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
        runs: float [2 S, images], what each image adds to a metric in each run of one procedure.
    """
    generator = Stream(("false alarms",)).numpy()
    values, half = runs.values.astype(np.float64), runs.seeds // 2
    pairings: set[frozenset[tuple[int, int]]] = set()
    p_values = []
    for _ in range(TRIES):
        # An odd run is left out; of the rest, the first half are treatments, the second their controls.
        order = generator.permutation(runs.seeds)[: 2 * half].tolist()
        pairing = frozenset(zip(order[:half], order[half:], strict=True))
        mirror = frozenset((second, first) for first, second in pairing)
        if pairing in pairings or mirror in pairings:
            continue
        pairings.add(pairing)
        p_values.append(crossed_interval(Crossed(values[order[:half]] - values[order[half:]])).p)
        if len(p_values) == MOST_DEALS:
            break
    return BySeed(np.array(p_values))


def single_runs(runs: Crossed) -> BySeed:
    """p of McNemar's test for each pair of single runs, as if one run per arm could speak for its procedure.

    Args:
        runs: bool [runs, images], where each run of one procedure is right.
    """
    pairs = combinations(range(runs.seeds), 2)
    return BySeed(np.array([mcnemar(runs.of_seed(first), runs.of_seed(second)) for first, second in pairs]))
