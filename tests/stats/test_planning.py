import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from visavis.stats.intervals import Components
from visavis.stats.planning import (
    error_rate_of_looks,
    further,
    power_to_differ,
    power_to_equate,
    seeds_to_differ,
    smallest_difference,
)


def pilot(deviation, of_images=0.0, seeds=5):
    """What a pilot knows: the deviation of one seed's difference, and the variance that stays with the images."""
    return Components(deviation**2, of_images, 999.0, seeds)


@pytest.mark.parametrize(("difference", "deviation", "seeds"), [(0.01, 0.01, 10), (0.02, 0.03, 25), (0.005, 0.01, 8)])
def test_power_is_that_of_statsmodels(difference, deviation, seeds):
    """Without noise of images it is the one-sample t test over seeds."""
    expected = TTestPower().power(difference / deviation, nobs=seeds, alpha=0.05, alternative="two-sided")
    assert power_to_differ(pilot(deviation), difference, seeds) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("difference", "deviation"), [(0.01, 0.01), (0.01, 0.02), (0.005, 0.02)])
def test_seeds_are_those_of_statsmodels(difference, deviation):
    exact = TTestPower().solve_power(difference / deviation, alpha=0.05, power=0.8, alternative="two-sided")
    assert seeds_to_differ(pilot(deviation), difference).seeds == int(np.ceil(exact))


def test_the_range_holds_the_answer_and_narrows_with_the_pilot():
    few, many = (seeds_to_differ(pilot(0.02, seeds=seeds), 0.01) for seeds in (3, 30))
    assert few.low < few.seeds < few.high
    assert few.low < many.low < many.seeds == few.seeds < many.high < few.high


def test_images_set_a_limit_that_no_number_of_seeds_passes():
    parts = pilot(0.01, of_images=0.01**2)
    assert seeds_to_differ(parts, 0.01).seeds is None
    limit = smallest_difference(parts, None)
    assert limit == pytest.approx(0.01 * 2.8, rel=0.01)
    assert seeds_to_differ(parts, 1.2 * limit).seeds is not None
    assert seeds_to_differ(parts, 0.9 * limit).seeds is None


def test_the_smallest_difference_is_just_found():
    parts = pilot(0.02, of_images=1e-6)
    smallest = smallest_difference(parts, 5)
    assert power_to_differ(parts, smallest, 5) == pytest.approx(0.8, abs=1e-6)


def test_what_decides_is_the_cheaper_verdict():
    assert further(pilot(0.01), 0.03, 0.01).goal == "a difference"
    assert further(pilot(0.01), 0.0001, 0.01).goal == "equivalence"
    assert further(pilot(0.01), 0.02, 0.0).goal == "a difference"


@pytest.mark.parametrize("seeds", [5, 20])
def test_power_of_equivalence_by_simulation(seeds):
    generator = np.random.default_rng(0)
    means = generator.normal(0.001, 0.01 / seeds**0.5, 20_000)
    deviations = 0.01 * np.sqrt(generator.chisquare(seeds - 1, 20_000) / (seeds - 1))
    reach = stats.t.ppf(0.95, seeds - 1) * deviations / seeds**0.5
    found = (np.abs(means) + reach < 0.01).mean()
    assert power_to_equate(pilot(0.01), 0.001, 0.01, seeds) == pytest.approx(found, abs=0.01)


def test_looking_often_raises_the_error_rate():
    """Armitage, McPherson and Rowe (1969), table 2: looks at equal steps, two-sided .05."""
    for looks, expected in ((1, 0.05), (2, 0.083), (3, 0.107), (5, 0.142)):
        assert error_rate_of_looks([10 * look for look in range(1, looks + 1)]) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_the_ends_of_a_range_are_in_order(seeds):
    for deviation in (0.001, 0.01, 0.1):
        for of_images in (0.0, 1e-6, 1e-4):
            needed = seeds_to_differ(pilot(deviation, of_images, seeds), 0.05)
            low, middle, high = (
                float("inf") if one is None else one for one in (needed.low, needed.seeds, needed.high)
            )
            assert low <= middle <= high
