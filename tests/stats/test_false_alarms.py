import numpy as np

from visavis.stats.false_alarms import deal, single_runs
from visavis.stats.units import Crossed


def runs(spread, count=6, images=400, seed=0):
    """Where runs of one procedure are right; their ability spreads over seeds."""
    generator = np.random.default_rng(seed)
    ability = 1 + spread * generator.normal(size=(count, 1)) + generator.normal(size=images)
    return Crossed(generator.random((count, images)) < 1 / (1 + np.exp(-ability)))


def test_every_way_of_dealing_is_taken_once():
    """Pairs of runs that are joined, times their directions, of which the turned whole counts once."""
    assert len(deal(runs(0.1, count=2))) == 1
    assert len(deal(runs(0.1, count=4))) == 6
    assert len(deal(runs(0.1, count=6))) == 60


def test_it_is_the_same_at_every_call():
    assert np.array_equal(deal(runs(0.1)).values, deal(runs(0.1)).values)


def test_single_runs_find_what_is_not_there():
    """Where runs differ from seed to seed, McNemar's test on one run per arm takes that for an effect."""
    alarms = [(single_runs(runs(0.8, seed=seed)).values < 0.05).mean() for seed in range(10)]
    own = [(deal(runs(0.8, seed=seed)).values < 0.05).mean() for seed in range(10)]
    assert np.mean(alarms) > 0.4
    assert np.mean(own) < 0.12
