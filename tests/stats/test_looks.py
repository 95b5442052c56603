import time

import numpy as np
import pytest
from scipy import stats

from visavis.stats.looks import MOST_EXACT, error_rate_of_looks, levels_of_looks, repeated_p


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


LEVELS = {
    (10, range(3, 11), 0.05): {3: 0.00450, 4: 0.00440, 5: 0.00618, 6: 0.00864, 7: 0.01172, 8: 0.01543, 10: 0.02486},
    (15, range(3, 16), 0.05): {3: 0.00200, 4: 0.00186, 5: 0.00258, 8: 0.00623, 10: 0.00989, 12: 0.01462, 15: 0.02392},
    (20, range(3, 21), 0.05): {3: 0.00112, 4: 0.00101, 5: 0.00140, 6: 0.00191, 10: 0.00520, 15: 0.01235, 20: 0.02343},
    (30, range(3, 31), 0.05): {3: 0.00050, 4: 0.00044, 5: 0.00059, 10: 0.00212, 20: 0.00921, 25: 0.01513, 30: 0.02286},
    (20, (3, 5, 8, 12, 20), 0.05): {3: 0.00112, 5: 0.00207, 8: 0.00528, 12: 0.01198, 20: 0.03835},
    (20, (5, 10, 15, 20), 0.05): {5: 0.00313, 10: 0.00984, 15: 0.01985, 20: 0.03409},
    (20, range(3, 21), 0.05 / 3): {3: 0.000375, 4: 0.000324, 5: 0.000440, 6: 0.000594, 8: 0.001003, 20: 0.006638},
    (20, range(3, 21), 0.05 / 6): {3: 0.000188, 4: 0.000159, 5: 0.000214, 6: 0.000287, 8: 0.000477, 20: 0.003038},
}
"""By another program, which was checked with two million simulated paths."""


@pytest.mark.parametrize("design", LEVELS, ids=str)
def test_the_levels_of_looks(design):
    most, looks, alpha = design
    levels = dict(zip(looks, levels_of_looks(looks, most, alpha), strict=True))
    for size, level in LEVELS[design].items():
        assert levels[size] == pytest.approx(level, rel=0.004, abs=6e-6)


def test_each_look_spends_its_share():
    looks, most, paths = (3, 5, 6, 10), 10, 400_000
    values = np.random.default_rng(1).normal(size=(paths, most))
    levels, alive = levels_of_looks(looks, most, 0.2), np.ones(paths, bool)
    for size, level, before in zip(looks, levels, (0, *looks[:-1]), strict=True):
        p = stats.ttest_1samp(values[:, :size], 0.0, axis=1).pvalue
        share = 0.2 * (size**2 - before**2) / most**2
        assert (alive & (p < level)).mean() == pytest.approx(share, abs=4 * (share / paths) ** 0.5)
        alive &= p >= level


def test_levels_do_not_hang_on_looks_that_are_still_to_come():
    assert levels_of_looks((3, 4, 7), 20) == levels_of_looks((3, 4, 7, 9, 20), 20)[:3]


def test_one_look_at_the_end_has_the_whole_level():
    assert levels_of_looks([20], 20) == pytest.approx((0.05,))
    assert levels_of_looks([200], 200) == pytest.approx((0.05,))


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 3, 0.05 / 45])
@pytest.mark.parametrize("looks", [(3,), (3, 4, 5), tuple(range(3, 21))])
def test_repeated_p_agrees_with_the_level_and_never_falls(looks, alpha):
    level = levels_of_looks(looks, 20, alpha)[-1]
    assert repeated_p(level, looks, 20, alpha) == pytest.approx(alpha, rel=1e-6)
    p_values = np.logspace(-12, 0, 60)
    repeated = [repeated_p(p, looks, 20, alpha) for p in p_values]
    assert repeated == sorted(repeated)
    assert all((p < level) == (each < alpha) for p, each in zip(p_values, repeated, strict=True))
    assert all(each >= min(p, 1e-7) for p, each in zip(p_values, repeated, strict=True))
    assert repeated[-1] == 1.0
