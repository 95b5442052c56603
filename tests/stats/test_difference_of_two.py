"""Two given models: an interval that covers, and that agrees with the test beside it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.stats.significance import difference_of_two, mcnemar
from visavis.stats.units import ByImage


def models(wins, losses, both=20):
    """Where two models are right that part ways on some images."""
    first = np.array([True] * wins + [False] * losses + [True] * both)
    second = np.array([False] * wins + [True] * losses + [True] * both)
    return ByImage(first), ByImage(second)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 300), st.sampled_from([0.05, 0.01, 0.05 / 7]))
def test_it_leaves_out_zero_wherever_mcnemar_finds_a_difference(wins, losses, both, alpha):
    pair = models(wins, losses, both)
    low, high = difference_of_two(*pair, alpha)
    assert low > 0 or high < 0 or mcnemar(*pair) >= alpha
    assert low <= (wins - losses) / (wins + losses + both) <= high


@pytest.mark.parametrize(("wins", "losses", "both"), [(12, 9, 23), (7, 1, 60), (0, 3, 30)])
def test_its_bounds_are_where_the_score_is_critical(wins, losses, both):
    """With the likelihood maximised on a grid, under the difference that is a bound."""
    images = wins + losses + both
    for bound in difference_of_two(*models(wins, losses, both), 0.05):
        grid = np.linspace(max(0, -bound), (1 - bound) / 2, 2_000_001)[1:-1]
        counts = [(wins, grid + bound), (losses, grid), (both, 1 - 2 * grid - bound)]
        share = grid[np.argmax(sum(count * np.log(chance) for count, chance in counts if count))]
        error = ((2 * share + bound - bound**2) / images) ** 0.5
        assert abs((wins - losses) / images - bound) / error == pytest.approx(1.959964, abs=0.003)


def test_without_any_image_on_which_they_part_it_is_that_of_a_score_test():
    square = 1.959964**2
    assert difference_of_two(*models(0, 0, 30), 0.05)[1] == pytest.approx(square / (30 + square), abs=1e-6)


@pytest.mark.parametrize(
    ("images", "wins", "losses"),
    [(100, 0.05, 0.0), (1000, 0.05, 0.0), (1000, 0.02, 0.0), (200, 0.06, 0.01), (1000, 0.1, 0.02), (1000, 0.05, 0.05)],
)
def test_it_covers_the_true_difference_however_seldom_one_model_wins(images, wins, losses):
    counts = np.random.default_rng(0).multinomial(images, [wins, losses, 1 - wins - losses], 500)
    bounds = {row: difference_of_two(*models(*row), 0.05) for row in map(tuple, np.unique(counts, axis=0).tolist())}
    covered = [bounds[row][0] <= wins - losses <= bounds[row][1] for row in map(tuple, counts.tolist())]
    assert np.mean(covered) > 0.925


def test_the_other_way_round_it_is_the_other_way_round():
    low, high = difference_of_two(*models(9, 2), 0.05)
    assert difference_of_two(*models(2, 9), 0.05) == pytest.approx((-high, -low))
