import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from visavis.stats.intervals import Components
from visavis.stats.planning import (
    assurance,
    power_to_differ,
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
    assert seeds_to_differ(pilot(deviation, seeds=10_000), difference).seeds == int(np.ceil(exact))


def test_the_range_holds_the_answer_and_narrows_with_the_pilot():
    few, many = (seeds_to_differ(pilot(0.02, seeds=seeds), 0.01) for seeds in (3, 30))
    assert few.low < few.seeds < few.high
    assert few.low < many.low < many.seeds < few.seeds
    assert many.seeds < many.high < few.high


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
    assert assurance(parts, smallest, 5) == pytest.approx(0.8, abs=1e-6)


@pytest.mark.parametrize(
    ("parts", "difference", "count"),
    [
        (Components(0.15239969, 0.01, 999.0, 3), 2.0, (3, 3, 6)),
        (Components(0.1524, 0.01, 999.0, 3), 2.0, (3, 3, 6)),
        (Components(0.0018**2, 0.0, 999.0, 2), 0.1, (2, 2, 3)),
    ],
)
def test_differences_far_beyond_the_spread(parts, difference, count):
    """There the distribution function of the noncentral t, as libraries have it, is no number."""
    needed = seeds_to_differ(parts, difference)
    assert (needed.seeds, needed.low, needed.high) == count


def test_two_seeds_find_only_what_is_large():
    assert power_to_differ(Components(1.0, 0.0, 999.0, 3), 3.0, 8) == pytest.approx(1.0, abs=1e-6)
    assert smallest_difference(Components(1.0, 0.0, 999.0, 10_000), 2) == pytest.approx(11.55, abs=0.05)


@pytest.mark.parametrize("alpha", [0.05, 0.005])
@pytest.mark.parametrize("of_images", [0.0, 0.1])
def test_power_by_simulation(of_images, alpha):
    """Of Student's t with the degrees that the test takes, from no difference to one far beyond the spread."""
    generator = np.random.default_rng(1)
    for seeds in (2, 3, 5, 10):
        parts = Components(1.0, of_images, 999.0, seeds)
        degrees = parts.degrees(seeds, alpha)
        normal = generator.normal(size=40_000)
        reach = stats.t.ppf(1 - alpha / 2, degrees) * np.sqrt(generator.chisquare(degrees, 40_000) / degrees)
        for shift in (0.0, 0.5, 2.0, 5.0, 20.0, 60.0):
            found = (np.abs(normal + shift) > reach).mean()
            assert power_to_differ(parts, shift * parts.error(seeds), seeds, alpha) == pytest.approx(found, abs=0.01)


def random_pilots(count):
    generator = np.random.default_rng(0)
    for _ in range(count):
        of_images = generator.integers(2) * 10 ** generator.uniform(-6, -1)
        spread, degrees = 10 ** generator.uniform(-4, 0), 10 ** generator.uniform(1, 4)
        difference = 10 ** generator.uniform(-1.5, 0.7)
        yield Components(spread, of_images, degrees, int(generator.integers(2, 11))), difference


def test_the_fewest_seeds_are_the_first_that_are_enough():
    for parts, difference in random_pilots(20):
        powers = [assurance(parts, difference, seeds) for seeds in range(2, 41)]
        first = next((seeds for seeds, power in enumerate(powers, 2) if power >= 0.8), None)
        seeds = seeds_to_differ(parts, difference).seeds
        assert seeds == first or (first is None and (seeds is None or seeds > 40))


def test_larger_differences_never_need_more_seeds():
    for parts, difference in random_pilots(15):
        counts = [seeds_to_differ(parts, share * difference) for share in (1, 2, 4, 8, 16, 64)]
        for end in ("low", "seeds", "high"):
            ends = [np.inf if getattr(count, end) is None else getattr(count, end) for count in counts]
            assert ends == sorted(ends, reverse=True)


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_the_ends_of_a_range_are_in_order(seeds):
    for deviation in (0.001, 0.01, 0.1):
        for of_images in (0.0, 1e-6, 1e-4):
            needed = seeds_to_differ(pilot(deviation, of_images, seeds), 0.05)
            low, middle, high = (
                float("inf") if one is None else one for one in (needed.low, needed.seeds, needed.high)
            )
            assert low <= middle <= high


@pytest.mark.parametrize("pilot_seeds", [2, 3, 5, 10])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 6])
def test_a_plan_keeps_its_promise_over_pilots(pilot_seeds, alpha):
    """Of studies of as many seeds as a pilot plans, four in five find the difference."""
    generator, powers = np.random.default_rng(pilot_seeds), []
    for _ in range(150):
        spread = float(generator.normal(size=pilot_seeds).var(ddof=1))
        count = seeds_to_differ(Components(spread, 0.0, 999.0, pilot_seeds), 1.0, alpha=alpha).seeds
        if count is not None:
            powers.append(power_to_differ(Components(1.0, 0.0, 999.0, 10), 1.0, count, alpha))
    assert np.mean(powers) == pytest.approx(0.8, abs=0.08)
