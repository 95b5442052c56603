"""Uneven spread and failing runs: seldom seen by chance, often where they are."""

import numpy as np
import pytest

from visavis.stats.spread import falls_short, is_uneven

STUDIES = 4000


@pytest.mark.parametrize("seeds", [2, 3, 4, 5, 10, 20])
def test_normal_seeds_are_seldom_taken_for_uneven(seeds):
    generator = np.random.default_rng(seeds)
    deviations = generator.normal(size=(STUDIES, 2, seeds)).std(2, ddof=1)
    assert np.mean([is_uneven(*pair, seeds) for pair in deviations]) < 0.035
    runs = generator.normal(size=(STUDIES, seeds))
    assert np.mean([falls_short(values) for values in runs]) < 0.035


@pytest.mark.parametrize(("seeds", "least"), [(3, 0.5), (5, 0.8), (10, 0.9), (20, 0.98)])
def test_failing_runs_beside_quiet_ones_are_seen(seeds, least):
    generator = np.random.default_rng(seeds)
    quiet = 0.08 * generator.normal(size=(STUDIES, seeds))
    failing = -generator.exponential(size=(STUDIES, seeds))
    seen = [
        is_uneven(one.std(ddof=1), other.std(ddof=1), seeds) or falls_short(other)
        for one, other in zip(quiet, failing, strict=True)
    ]
    assert np.mean(seen) > least


def test_one_run_far_below_the_others_is_seen():
    assert falls_short(np.array([0.81, 0.82, 0.815, 0.812, 0.35]))
    assert not falls_short(np.array([0.81, 0.82, 0.815, 0.812, 0.99]))  # a success is no failure
    assert not falls_short(np.array([0.8, 0.8, 0.8, 0.7]))  # ties of few images say nothing
    assert not falls_short(np.array([0.8, 0.1]))


def test_it_is_the_same_whichever_arm_comes_first():
    assert is_uneven(0.01, 0.5, 5)
    assert is_uneven(0.5, 0.01, 5)
    assert not is_uneven(0.1, 0.4, 20)  # sure, and harmless
