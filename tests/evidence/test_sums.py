"""Sums of more than two arms: interactions, main effects, trends. Their numbers against other ways to them, and what
few images, few seeds and equal answers may not make of them."""

import numpy as np
import pytest
from scipy import stats

from sums import judged
from visavis.conclusions import Contrast, Verdict, Weights
from visavis.evidence.curves import Curve, CurveGap
from visavis.evidence.lines import Line
from visavis.stats import LOG_LOSS

INTERACTION = Weights({"a": 1.0, "b": -1.0, "c": -1.0, "d": 1.0})
MAIN_EFFECT = Weights({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3, "d": -1 / 3, "e": -1 / 3, "f": -1 / 3})
UNEVEN = (0.0, 0.1, 0.3)
LOG_DOSES = (1.0, 3.0, 10.0, 30.0, 100.0)


def line(*doses):
    return Line("training", "training.rate", doses, tuple("abcdef"[: len(doses)]), None)


SUMS = [INTERACTION, MAIN_EFFECT, line(*UNEVEN).weights, line(*LOG_DOSES).weights]


def random_tables(seeds, images, salt=0):
    """Runs that are right about four times in five, by images that are easy or hard for all."""
    generator = np.random.default_rng(salt)
    ease = generator.normal(1.5, 1, size=images)
    return {arm: ease + generator.normal(size=(seeds, images)) + 0.1 * row > 0 for row, arm in enumerate("abcdef")}


@pytest.mark.parametrize("doses", [UNEVEN, LOG_DOSES, (2.0, 4.0, 7.0, 9.0)])
def test_a_trend_is_a_regression_of_each_seeds_values(doses):
    curve, tables = line(*doses), random_tables(4, 60)
    found = judged(curve.weights, tables)
    scale = np.log(doses) if curve.is_log else np.array(doses)
    values = np.array([tables[arm].mean(1) for arm in curve.arms])
    rises = [stats.linregress(scale, values[:, seed]).slope * (scale[-1] - scale[0]) for seed in range(4)]
    assert list(found.by_seed.values()) == pytest.approx(rises, abs=1e-12)
    assert found.interval.value == pytest.approx(np.mean(rises), abs=1e-12)


@pytest.mark.parametrize("weights", SUMS)
def test_the_interval_of_a_sum_is_that_of_an_analysis_of_variance(weights):
    """Of the weighted table, from its definition; Student's t with Satterthwaite's degrees."""
    tables, seeds, images = random_tables(4, 60), 4, 60
    table = sum(weight * tables[arm].astype(float) for arm, weight in weights.by_arm.items())
    grand, rows, columns = table.mean(), table.mean(1, keepdims=True), table.mean(0, keepdims=True)
    seed = images * ((rows - grand) ** 2).sum() / (seeds - 1)
    image = seeds * ((columns - grand) ** 2).sum() / (images - 1)
    rest = ((table - rows - columns + grand) ** 2).sum() / ((seeds - 1) * (images - 1))
    variance = (seed + max(image - rest, 0)) / table.size
    upper = seed * (seeds - 1) / stats.chi2.ppf(0.3, seeds - 1)
    parts = upper**2 / 3 + image**2 / (images - 1) + rest**2 / (3 * (images - 1)) if image > rest else upper**2 / 3
    degrees = max((upper + max(image - rest, 0)) ** 2 / parts, 3)
    found = judged(weights, tables).interval
    assert found.error == pytest.approx(variance**0.5, rel=1e-9)
    assert found.degrees == pytest.approx(degrees, rel=1e-9)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(grand) / found.error, degrees), rel=1e-6)
    reach = stats.t.ppf(0.975, degrees) * found.error
    assert (found.low, found.high) == pytest.approx((grand - reach, grand + reach), abs=1e-9)


@pytest.mark.parametrize("weights", SUMS)
@pytest.mark.parametrize(("seeds", "images"), [(1, 2), (1, 100), (3, 100), (3, 1000), (10, 700)])
def test_arms_with_the_same_answers_never_differ(weights, seeds, images):
    """Weights such as a third don't cancel to the last digit; what remains is the same in all images."""
    answers = np.random.default_rng(0).random((seeds, images)) < 0.8
    found = judged(weights, dict.fromkeys("abcdef", answers))
    assert found.interval.value == 0
    assert found.significance.p == 1
    unlike = (1 - 0.025 ** (1 / images)) * weights.reach
    assert (found.interval.low, found.interval.high) == pytest.approx((-unlike, unlike))
    assert not found.is_decided


def test_equivalence_of_equal_answers_takes_as_many_images_as_the_sum_reaches_far():
    """An image counts for 2 in an interaction: half as many unlike images make up the margin."""
    for images, verdict in ((298, "inconclusive"), (500, "inconclusive"), (700, "equivalent")):
        answers = np.ones((3, images))
        assert judged(INTERACTION, dict.fromkeys("abcd", answers)).verdict == verdict
        assert judged(INTERACTION, dict.fromkeys("abcd", answers), margin=0.0).verdict == "inconclusive"
    loss = judged(INTERACTION, dict.fromkeys("abcd", np.ones((3, 2000))), metric=LOG_LOSS, margin=0.0)
    assert loss.verdict == "inconclusive"


@pytest.mark.parametrize("weights", SUMS)
@pytest.mark.parametrize("seeds", [1, 2, 3, 10])
def test_two_images_decide_nothing(weights, seeds):
    arms = {arm: np.full((seeds, 2), weight > 0) for arm, weight in weights.by_arm.items()}
    found = judged(weights, arms)
    assert found.interval.value == pytest.approx(weights.reach)
    assert found.significance.p >= 0.5
    assert found.verdict == "inconclusive"
    assert found.interval.low < 0 < found.interval.high == pytest.approx(weights.reach)


def test_so_few_images_on_which_arms_part_are_as_many_as_mcnemar_asks_for():
    """Five of a hundred, all one way: p of a sign test is .0625, whatever Student's t over images says."""
    right, wrong = np.ones((1, 100)), np.ones((1, 100))
    wrong[0, :5] = 0
    found = judged(INTERACTION, {"a": right, "b": wrong, "c": right, "d": right})
    assert found.significance.p == 0.0625
    assert found.significance.name.startswith("Sign test")
    assert found.interval.p < 0.05


@pytest.mark.parametrize("doses", [(0.0, 1.0, 2.0), (1.0, 10.0, 100.0), (0.1, 0.2, 0.3)])
def test_the_trend_of_three_equal_steps_is_the_pair_of_the_outer_two(doses):
    weights = line(*doses).weights
    assert weights.is_pair
    assert set(weights.by_arm) == {"a", "c"}
    tables = random_tables(1, 200)
    pair = judged(Weights({"c": 1.0, "a": -1.0}), tables)
    found = judged(weights, tables)
    assert found.significance == pair.significance
    assert found.significance.name.startswith("McNemar")


@pytest.mark.parametrize("weights", SUMS)
def test_bounds_lie_where_the_sum_can(weights):
    tables = random_tables(2, 5)
    interval = judged(weights, tables).interval
    assert -weights.reach <= interval.low <= interval.high <= weights.reach
    largest = sum(weight for weight in weights.by_arm.values() if weight > 0)
    assert weights.reach == pytest.approx(largest)
    assert -weights.reach == pytest.approx(sum(weight for weight in weights.by_arm.values() if weight < 0))


@pytest.mark.parametrize(("images", "seeds", "flips"), [(50, 10, 0.002), (100, 5, 0.002), (300, 10, 0.002)])
@pytest.mark.parametrize("weights", [INTERACTION, Weights({"a": 0.5, "b": -0.5, "c": 0.5, "d": -0.5})])
def test_sums_at_the_margin_are_seldom_called_equivalent(weights, images, seeds, flips):
    """The margin's worth of images is won in every seed; flips are rare. The nominal error is 5 %; on these images the
    plain test made 9 to 33 %.
    """
    generator = np.random.default_rng(images)
    equivalent = 0
    for _ in range(200):
        base = generator.random(images) < 0.8
        won = generator.random(images) < 0.01 / weights.by_arm["a"]
        tables = {arm: base ^ (generator.random((seeds, images)) < flips) for arm in "abcd"}
        tables["a"], tables["b"] = tables["a"] | won, tables["b"] & ~won
        equivalent += judged(weights, tables).verdict is Verdict.equivalent
    assert equivalent <= stats.binom.ppf(0.999, 200, 0.06)


@pytest.mark.parametrize("weights", [SUMS[0], SUMS[1], SUMS[3]])
@pytest.mark.parametrize("widest", [0.15, 0.8])
def test_coverage_of_sums_by_simulation(weights, widest):
    """Right or wrong of all arms on 200 images in three seeds, two arms' seeds spreading more; each arm is right half
    the time, so that the truth is zero. ``benchmarks/coverage_of_sums.py`` has more.
    """
    generator = np.random.default_rng(5)
    repetitions, alarms = 400, 0
    for _ in range(repetitions):
        difficulty = generator.normal(size=200)
        tables = {}
        for row, arm in enumerate("abcdef"):
            spread = widest if row in (0, 4) else 0.15
            ability = spread * generator.normal(size=(3, 1)) + 0.7 * generator.normal(size=200)
            tables[arm] = generator.random((3, 200)) < 1 / (1 + np.exp(-(ability + difficulty)))
        alarms += judged(weights, tables).significance.p < 0.05
    assert alarms <= stats.binom.ppf(0.999, repetitions, 0.06), alarms / repetitions


def contrast(dose, value, verdict):
    """A contrast with the arm of the lowest dose."""
    answers = np.ones((2, 4))
    judgement = judged(Weights({f"{dose}": 1.0, "0": -1.0}), {f"{dose}": answers, "0": answers})
    parts = vars(judgement) | {"verdict": Verdict(verdict)}
    parts["interval"] = Contrast(**parts, treatment=f"{dose}", control="0", factors=("training",)).interval
    parts["interval"] = type(parts["interval"])(**vars(parts["interval"]) | {"value": value})
    return Contrast(**parts, treatment=f"{dose}", control="0", factors=("training",))


def curve_of(reference, *verdicts):
    """A curve over doses 0, 1, 2 ... with verdicts on all doses but that of the reference."""
    doses = tuple(map(float, range(len(verdicts) + 1)))
    arms = tuple(f"{dose:g}" for dose in doses)
    rows = [contrast(dose, 0.1 if verdict == "better" else -0.1, verdict) for dose, verdict in enumerate(verdicts)]
    return Curve("training", "training.rate", doses, arms, None, (), None, arms[reference], tuple(rows))


@pytest.mark.parametrize(
    ("reference", "verdicts", "changes"),
    [
        (0, ("inconclusive", "worse", "worse"), (2,)),
        (0, ("worse", "inconclusive", "worse"), (3,)),
        (0, ("worse", "worse", "inconclusive"), ()),
        (0, ("better", "worse", "worse"), (2,)),  # decided, but the other way
        (2, ("worse", "worse", "better", "better"), (1, 3)),
        (3, ("better", "inconclusive", "inconclusive"), (0,)),
    ],
)
def test_the_answer_changes_where_all_doses_beyond_are_decided_alike(reference, verdicts, changes):
    assert curve_of(reference, *verdicts).changes == changes


@pytest.mark.parametrize(
    ("signs", "crossings", "once", "each"),
    [
        ("++", 0, False, False),
        ("+-", 1, True, True),
        ("+m", 1, False, False),
        ("+mp-", 3, True, False),
        ("+-+", 2, True, True),
        ("+-p", 2, True, False),
    ],
)
def test_crossings_are_decided_where_both_sides_are(signs, crossings, once, each):
    """Of each dose: + and - are decided, p and m are not."""
    kinds = {"+": (0.1, "better"), "-": (-0.1, "worse"), "p": (0.1, "inconclusive"), "m": (-0.1, "inconclusive")}
    rows = tuple(contrast(dose, *kinds[sign]) for dose, sign in enumerate(signs, 1))
    gap = CurveGap(None, None, "model", tuple(map(float, range(len(signs)))), rows)
    assert len(gap.crossings) == crossings
    assert (gap.is_crossing_decided, gap.is_every_crossing_decided) == (once, each)


def test_a_contrast_may_be_turned():
    one = judged(Weights({"b": 1.0, "a": -1.0}), random_tables(5, 400))
    row = Contrast(**vars(one), treatment="b", control="a", factors=("model",))
    other = judged(Weights({"a": 1.0, "b": -1.0}), random_tables(5, 400))
    turned = row.turned
    assert (turned.treatment, turned.control) == ("a", "b")
    assert vars(turned.interval) == pytest.approx(vars(other.interval))
    assert turned.by_seed == pytest.approx(other.by_seed)
    assert (turned.verdict, turned.weights) == (other.verdict, other.weights)
    assert turned.turned == row
