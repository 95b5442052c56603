import time

import numpy as np
import pytest
from scipy import stats

from visavis.stats.looks import MOST_EXACT, error_rate_of_looks


@pytest.mark.parametrize(
    ("looks", "rate"),
    [
        ((5, 10), 0.087),
        ((3, 6), 0.089),
        ((3, 5, 10), 0.120),
        ((3, 5, 8, 12, 20), 0.167),
        (range(2, 11), 0.197),
        (range(3, 21), 0.230),
    ],
)
def test_the_rate_is_that_of_two_million_simulated_paths(looks, rate):
    assert error_rate_of_looks(looks) == pytest.approx(rate, abs=0.0015)


@pytest.mark.parametrize("alpha", [0.05, 0.005])
def test_the_rate_by_simulation(alpha):
    looks, paths = (2, 4, 9), 60_000
    values = np.random.default_rng(0).normal(size=(paths, 9))
    p_values = [stats.ttest_1samp(values[:, :size], 0.0, axis=1).pvalue for size in looks]
    found = (np.min(p_values, axis=0) < alpha).mean()
    assert error_rate_of_looks(looks, alpha) == pytest.approx(found, abs=0.003)


@pytest.mark.parametrize("size", [1, 2, 3, 20, MOST_EXACT, 500])
def test_one_look_keeps_its_level(size):
    for alpha in (0.05, 0.005):
        assert error_rate_of_looks([size], alpha) == pytest.approx(alpha, abs=1e-6)


def test_many_seeds_are_as_good_as_normal():
    """Armitage, McPherson and Rowe (1969), table 2: looks at equal steps, two-sided .05."""
    for looks, expected in ((1, 0.05), (2, 0.083), (3, 0.107), (5, 0.142)):
        assert error_rate_of_looks([200 * look for look in range(1, looks + 1)]) == pytest.approx(expected, abs=0.001)


def test_where_t_becomes_normal_the_rate_has_no_step():
    rates = [error_rate_of_looks([size // 2, size]) for size in range(MOST_EXACT - 10, MOST_EXACT + 12, 2)]
    assert np.abs(np.diff(rates)).max() < 0.001
    assert error_rate_of_looks([5, 10]) > error_rate_of_looks([50, 100]) > error_rate_of_looks([500, 1000])


def test_a_look_more_finds_more():
    looks = [3, 4, 7, 12, 30, 70, 90]
    rates = [error_rate_of_looks(looks[: more + 1]) for more in range(len(looks))]
    assert rates == sorted(rates)
    assert error_rate_of_looks([6, 7]) < error_rate_of_looks([6, 12])


def test_it_is_quick():
    start = time.process_time()
    error_rate_of_looks(range(2, MOST_EXACT))
    assert time.process_time() - start < 1.0  # usually a tenth of a second
    start = time.process_time()
    error_rate_of_looks([*range(2, MOST_EXACT)])
    assert time.process_time() - start < 0.01
