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


def test_paired_t_of_what_differs_by_rounding_alone():
    assert paired_t(BySeed(np.array([0.6 - 0.675, 0.575 - 0.65]))) == 0.0


def test_paired_t_without_spread():
    assert paired_t(BySeed(np.zeros(3))) == 1.0
    assert paired_t(BySeed(np.full(3, 0.1))) == 0.0


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
