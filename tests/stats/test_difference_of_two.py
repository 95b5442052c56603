"""Two given models: an interval that agrees with the test beside it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from visavis.stats.significance import difference_of_two, mcnemar
from visavis.stats.units import ByImage


def models(wins, losses, both=20):
    """Where two models are right that part ways on some images."""
    first = np.array([True] * wins + [False] * losses + [True] * both)
    second = np.array([False] * wins + [True] * losses + [True] * both)
    return ByImage(first), ByImage(second)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 300), st.sampled_from([0.05, 0.01, 0.05 / 7]))
def test_it_leaves_out_zero_exactly_where_mcnemar_finds_a_difference(wins, losses, both, alpha):
    pair = models(wins, losses, both)
    low, high = difference_of_two(*pair, alpha)
    assert (low > 0 or high < 0) == (mcnemar(*pair) < alpha)
    assert low <= (wins - losses) / (wins + losses + both) <= high


def test_its_share_is_that_of_clopper_and_pearson():
    low, high = difference_of_two(*models(12, 3, 85), 0.05)
    exact = stats.binomtest(12, 15).proportion_ci(0.95, "exact")
    assert (low, high) == pytest.approx(((2 * exact.low - 1) * 0.15, (2 * exact.high - 1) * 0.15))


def test_the_other_way_round_it_is_the_other_way_round():
    low, high = difference_of_two(*models(9, 2), 0.05)
    assert difference_of_two(*models(2, 9), 0.05) == pytest.approx((-high, -low))
