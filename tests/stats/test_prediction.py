"""How likely a decision is with more seeds: by simulation, and what can't be otherwise."""

import time

import numpy as np
import pytest
from scipy import stats

from visavis.stats.intervals import Components
from visavis.stats.prediction import further, prospect


def parts(spread=1.0, seeds=5, of_images=0.0):
    return Components(spread, of_images, 999.0, seeds)


@pytest.mark.parametrize(("now", "later"), [(3, 4), (3, 12), (5, 6), (5, 30), (10, 15)])
@pytest.mark.parametrize("value", [0.0, 0.6, 1.5])
def test_it_is_what_simulated_seeds_come_to(now, later, value):
    """The seeds so far are kept: what they and those to come show together."""
    generator, count, margin = np.random.default_rng(now), 40_000, 1.0
    spread = (now - 1) / generator.chisquare(now - 1, count)
    truth = value + generator.normal(size=count) * (spread / now) ** 0.5
    more = truth[:, None] + generator.normal(size=(count, later - now)) * spread[:, None] ** 0.5
    first = stats.zscore(np.arange(now), ddof=1) + value  # any numbers with this mean and spread
    values = np.hstack([np.broadcast_to(first, (count, now)), more])
    mean, error = np.abs(values.mean(1)), values.std(1, ddof=1) / later**0.5
    reach, one_sided = stats.t.isf([0.025, 0.05], later - 1)
    different = mean > reach * error
    found = prospect(parts(seeds=now), value, margin, later)
    assert found.difference == pytest.approx(different.mean(), abs=0.015)
    assert found.equivalence == pytest.approx((~different & (mean + one_sided * error < margin)).mean(), abs=0.015)


def test_what_is_told_is_what_is_likely():
    told = further(parts(), 1.1, 0.3, 1000)
    assert told.probability == prospect(parts(), 1.1, 0.3, told.seeds).decision >= 0.8
    assert prospect(parts(), 1.1, 0.3, told.seeds - 1).decision < 0.8
    assert told.difference > 0.9
    assert further(parts(), 0.0, 1.0, 1000).difference < 0.5


def test_the_order_of_arms_changes_nothing():
    for value in (0.1, 0.7, 1.3):
        one, other = prospect(parts(), value, 0.5, 12), prospect(parts(), -value, 0.5, 12)
        assert one.decision == pytest.approx(other.decision, abs=0.01)


def test_a_larger_family_never_needs_fewer_seeds():
    counts = [further(parts(), 0.8, 0.5, 1000, 0.05 / family).seeds for family in (1, 3, 10)]
    assert counts == sorted(counts)


def test_where_images_are_the_limit_more_of_them_are_told():
    told = further(parts(0.01, of_images=1.0), 0.5, 0.0, 200)
    assert told.seeds is None
    assert told.probability < 0.8
    assert told.images > 200
    assert told.images % 200 == 0
    assert further(parts(0.01, of_images=1.0), 0.0, 0.0, 200).images is None


def test_it_is_quick():
    further(parts(), 0.1, 0.3, 1000)
    start = time.process_time()
    for value in (0.0, 0.2, 0.5):
        further(parts(), value, 0.1, 1000)
    assert time.process_time() - start < 1.5
