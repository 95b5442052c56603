from itertools import product

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar

from visavis.stats.significance import mcnemar, paired_t, signed_rank, smallest_rank_p
from visavis.stats.units import ByImage, BySeed


@pytest.mark.parametrize("seed", range(5))
def test_paired_t_is_that_of_scipy(seed):
    one, two = np.random.default_rng(seed).normal(size=(2, 6))
    assert paired_t(BySeed(one - two)) == pytest.approx(stats.ttest_rel(one, two).pvalue, abs=1e-12)


@pytest.mark.parametrize("values", [[0.6 - 0.675, 0.575 - 0.65], np.zeros(3), np.full(3, 0.1), [0.02, 0.02]])
def test_without_spread_but_for_rounding_there_is_no_paired_t(values):
    assert paired_t(BySeed(np.array(values))) is None


def test_ties_are_ties_however_they_are_rounded():
    """Hits of two arms among 40 images, in eight seeds."""
    treatment = np.array([24, 37, 26, 36, 27, 30, 26, 21])
    control = np.array([23, 33, 25, 35, 28, 29, 24, 21])
    assert signed_rank(BySeed((treatment - control).astype(float))) == 0.09375
    assert signed_rank(BySeed(treatment / 40 - control / 40)) == 0.09375


def signed_rank_of_the_definition(steps):
    """Over all signs, how often is the sum of the positive ranks as far from its mean?"""
    steps = steps[steps != 0]
    ranks = stats.rankdata(np.abs(steps))
    sums = np.array([ranks @ signs for signs in product([0, 1], repeat=len(steps))])
    middle = ranks.sum() / 2
    return (np.abs(sums - middle) >= abs(ranks[steps > 0].sum() - middle)).mean()


@pytest.mark.parametrize("seed", range(8))
def test_signed_rank_with_ties_is_exact(seed):
    steps = np.random.default_rng(seed).integers(-3, 5, 9)
    assert signed_rank(BySeed(steps / 700)) == pytest.approx(signed_rank_of_the_definition(steps), abs=1e-12)


@pytest.mark.parametrize("seeds", [6, 10, 25, 49])
def test_signed_rank_without_ties_is_that_of_scipy(seeds):
    values = np.random.default_rng(seeds).normal(0.3, size=seeds)
    expected = stats.wilcoxon(values, method="exact").pvalue
    assert signed_rank(BySeed(values)) == pytest.approx(expected, rel=1e-9)


def test_signed_rank_of_no_difference():
    assert signed_rank(BySeed(np.zeros(6))) == 1.0


@pytest.mark.parametrize("seed", range(8))
def test_mcnemar_is_that_of_statsmodels(seed):
    generator = np.random.default_rng(seed)
    one, two = generator.random(200) < 0.8, generator.random(200) < 0.7
    counts = [[(one & two).sum(), (one & ~two).sum()], [(~one & two).sum(), (~one & ~two).sum()]]
    expected = reference_mcnemar(counts, exact=True).pvalue
    assert mcnemar(ByImage(one), ByImage(two)) == pytest.approx(expected, abs=1e-12)


def test_mcnemar_of_equal_models():
    hits = ByImage(np.array([True, False, True]))
    assert mcnemar(hits, hits) == 1.0


@pytest.mark.parametrize("seeds", range(2, 10))
def test_the_smallest_p_of_rank_tests(seeds):
    """All differences on one side is the most that a sign or rank test can see."""
    differences = np.arange(1, seeds + 1.0)
    assert smallest_rank_p(seeds) == pytest.approx(stats.wilcoxon(differences).pvalue)
    assert smallest_rank_p(seeds) == pytest.approx(stats.binomtest(seeds, seeds).pvalue)
    assert signed_rank(BySeed(differences)) == pytest.approx(smallest_rank_p(seeds))
    assert (smallest_rank_p(seeds) < 0.05) == (seeds > 5)
