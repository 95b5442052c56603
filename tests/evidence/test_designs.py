"""What arms make with each other, from their values alone: pairs, squares, grids, lines."""

import random
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from visavis.design.levels import Levels
from visavis.evidence.effects import effects
from visavis.evidence.interactions import squares
from visavis.evidence.lines import line_pairs, lines, slips
from visavis.pairing import alone, nearest_pairs, pairs

BASE = {"training": {"type": "Everything"}, "input": {"type": "Untouched"}, "model": {"type": "MLP"}, "epochs": 20}


def named(**arms):
    """Arms that differ from the base in what is given."""
    return {name: BASE | changed for name, changed in arms.items()}


def grid(**levels):
    """Every combination of levels, the first one the control."""
    return {
        " ".join(map(str, values)): BASE | dict(zip(levels, ({"type": value} for value in values), strict=True))
        for values in product(*levels.values())
    }


def shuffled(arms, control, seed):
    """The same arms declared in another order, the control first, as a comparison has them."""
    others = [name for name in arms if name != control]
    random.Random(seed).shuffle(others)
    return {name: arms[name] for name in (control, *others)}


def pairs_of(arms, control):
    levels = Levels.of(arms, control)
    return {(pair.treatment, pair.control, pair.factors) for pair in nearest_pairs(levels, list(arms))}


def squares_of(arms, control):
    family = squares(Levels.of(arms, control), list(arms))
    return [(square.first, square.second, square.across) for square in family]


def effects_of(arms, control):
    family = effects(Levels.of(arms, control), list(arms))
    return {(effect.treatment, effect.control, frozenset(effect.pairs)) for effect in family}


F14 = {name: BASE | {"input": {"type": name[0]}, "model": {"type": name[1]}} for name in ("A1", "B2", "C3", "B3", "C2")}
THREE_BY_THREE = grid(input="ABC", model="123")
CUBE = grid(training="AB", input="CD", model="EF")


def test_a_two_by_two_has_its_four_contrasts():
    assert pairs_of(grid(input="AB", model="12"), "A 1") == {
        ("B 1", "A 1", ("input",)), ("A 2", "A 1", ("model",)),
        ("B 2", "A 2", ("input",)), ("B 2", "B 1", ("model",)),
    }  # fmt: skip


def test_eleven_values_of_a_factor_are_ten_contrasts():
    arms = grid(training="ABCDEFGHIJK")
    assert pairs_of(arms, "A") == {(name, "A", ("training",)) for name in "BCDEFGHIJK"}


def test_an_arm_is_contrasted_with_the_nearest_to_the_control_only():
    """In a 3 x 3, no two arms that are neither the control's row nor its column, and no two of one row beside it."""
    found = pairs_of(THREE_BY_THREE, "A 1")
    assert len(found) == 4 + 2 * 4
    assert ("C 1", "A 1", ("input",)) in found
    assert not any({treatment, control} == {"C 1", "B 1"} for treatment, control, _ in found)


def test_the_control_of_a_pair_has_the_controls_value():
    for treatment, control, (factor,) in pairs_of(CUBE, "A C E"):
        assert CUBE[control][factor] == CUBE["A C E"][factor] != CUBE[treatment][factor]


@pytest.mark.parametrize(
    ("arms", "control"), [(F14, "A1"), (THREE_BY_THREE, "A 1"), (THREE_BY_THREE, "B 2"), (CUBE, "A C E")]
)
def test_nothing_hangs_on_the_order_of_arms(arms, control):
    expected = [of(shuffled(arms, control, 0), control) for of in (pairs_of, squares_of, effects_of)]
    for seed in range(1, 30):
        assert [of(shuffled(arms, control, seed), control) for of in (pairs_of, squares_of, effects_of)] == expected


def random_design(seed):
    """Some arms of a grid of four factors, the control among them."""
    generator = random.Random(seed)
    levels = {"training": (0, 1, 2, 4), "input": "ABC", "model": "12", "epochs": (20, 40)}
    cells = list(product(*levels.values()))
    chosen = [cells[0], *generator.sample(cells[1:], generator.randint(2, 20))]
    return {
        " ".join(map(str, (rate, images, model, epochs))): {
            "training": {"type": "LabelNoise", "rate": rate}, "input": {"type": images}, "model": {"type": model},
            "epochs": epochs,
        }
        for rate, images, model, epochs in chosen
    }  # fmt: skip


def lines_and_gaps(arms, control):
    """Curves with the weights of their trends, and pairs of curves, in the order in which they are told."""
    levels = Levels.of(arms, control)
    family = list(lines(arms, levels, list(arms)))
    gaps = [(one.arms, other.arms, across) for one, other, across in line_pairs(levels, family)]
    return [(line.arms, line.doses, line.aside, dict(line.weights.by_arm)) for line in family], gaps


@pytest.mark.parametrize("design", range(25))
def test_nothing_hangs_on_the_order_of_arms_in_any_design(design):
    """Pairs, squares, effects, curves and their weights, to the bit; and the order in which all but pairs are told."""
    arms = random_design(design)
    control, *_ = arms
    kinds = (pairs_of, squares_of, effects_of, lines_and_gaps)
    expected = [of(arms, control) for of in kinds]
    lone = {str(arm) for arm in alone(study(arms))}
    for seed in range(5):
        other = shuffled(arms, control, seed)
        assert [of(other, control) for of in kinds] == expected
        assert {str(arm) for arm in alone(study(other))} == lone


@pytest.mark.parametrize("design", range(25))
def test_every_arm_that_can_be_contrasted_is(design):
    """With those of the arms that differ from it in one factor that are the nearest to the control, and no others."""
    arms = random_design(design)
    control, *_ = arms
    levels = Levels.of(arms, control)
    distances = {name: len(levels.between(name, control)) for name in arms}
    expected = set()
    for arm in list(arms)[1:]:
        neighbours = [name for name in arms if len(levels.between(arm, name)) == 1]
        least = min((distances[name] for name in neighbours), default=0)
        expected |= {frozenset((arm, name)) for name in neighbours if distances[name] == least}
    found = pairs_of(arms, control)
    assert {frozenset(pair[:2]) for pair in found} == expected
    assert len(found) == len(expected)
    in_contrasts = {arm for pair in expected for arm in pair}
    assert {lone.arm for lone in alone(study(arms))} == set(arms) - in_contrasts


def test_a_star_has_a_contrast_for_each_ray_and_nothing_else():
    arms = named(plain={}, longer={"epochs": 40}, grey={"input": {"type": "Grey"}}, cnn={"model": {"type": "CNN"}})
    assert {pair[:2] for pair in pairs_of(arms, "plain")} == {(name, "plain") for name in ("longer", "grey", "cnn")}
    assert (squares_of(arms, "plain"), effects_of(arms, "plain")) == ([], set())


def test_a_chain_is_contrasted_link_by_link():
    grey, cnn, longer = {"input": {"type": "Grey"}}, {"model": {"type": "CNN"}}, {"epochs": 40}
    arms = named(plain={}, one=grey, two=grey | cnn, three=grey | cnn | longer)
    for seed in range(5):
        assert {pair[:2] for pair in pairs_of(shuffled(arms, "plain", seed), "plain")} == {
            ("one", "plain"), ("two", "one"), ("three", "two"),
        }  # fmt: skip


def test_two_values_of_one_factor_are_no_contrast_but_where_the_control_is_not_at_hand():
    cnn, vit = {"model": {"type": "CNN"}}, {"model": {"type": "ViT"}}
    far = {"input": {"type": "Grey"}}
    assert {pair[:2] for pair in pairs_of(named(plain={}, cnn=cnn, vit=vit), "plain")} == {
        ("cnn", "plain"), ("vit", "plain"),
    }  # fmt: skip
    arms = named(plain={}, cnn=cnn | far, vit=vit | far)
    assert pairs_of(arms, "plain") == {("vit", "cnn", ("model",))}
    assert [lone.arm for lone in alone(study(arms))] == ["plain"]


def test_a_square_is_found_that_the_control_is_no_corner_of():
    ((first, second, across),) = squares_of(F14, "A1")
    assert {first.treatment, first.control, second.treatment, second.control} == {"B2", "B3", "C2", "C3"}
    assert (first.factors, across) == (("input",), "model")


def all_squares(arms, levels):
    """The weights of every four arms that make a square, found one by one."""
    for a, b, c, d in product(arms, repeat=4):
        one_factor, other_factor = levels.between(a, b), levels.between(a, c)
        is_square = len(one_factor) == len(other_factor) == 1 and one_factor != other_factor
        if is_square and levels.between(c, d) == one_factor and levels.between(b, d) == other_factor:
            yield {a: 1, b: -1, c: -1, d: 1}


@pytest.mark.parametrize(("arms", "control"), [(THREE_BY_THREE, "A 1"), (CUBE, "A C E"), (F14, "A1")])
def test_squares_are_as_many_as_say_something_new(arms, control):
    """Their weights are independent, and every other square is a sum of them."""
    levels = Levels.of(arms, control)
    family = [square.weights.by_arm for square in squares(levels, list(arms))]
    rows = [[weights.get(arm, 0) for arm in arms] for weights in (*family, *all_squares(arms, levels))]
    assert np.linalg.matrix_rank(rows) == np.linalg.matrix_rank(rows[: len(family)]) == len(family)


def test_the_squares_of_a_grid_are_those_of_the_control():
    for first, second, _ in squares_of(THREE_BY_THREE, "B 2"):
        assert "B 2" in {first.treatment, first.control, second.treatment, second.control}


def test_there_is_no_square_without_its_four_corners():
    arms = {name: arm for name, arm in grid(input="AB", model="12").items() if name != "B 2"}
    assert squares_of(arms, "A 1") == []


def test_a_complete_grid_has_main_effects():
    found = {e.treatment: e for e in effects(Levels.of(THREE_BY_THREE, "A 1"), list(THREE_BY_THREE))}
    assert set(found) == {"B 1", "C 1", "A 2", "A 3"}
    assert found["C 1"].over == ("model",)
    assert set(found["C 1"].pairs) == {("C 1", "A 1"), ("C 2", "A 2"), ("C 3", "A 3")}
    assert found["C 1"].weights.by_arm["C 3"] == pytest.approx(1 / 3)
    assert sum(found["A 3"].weights.by_arm.values()) == pytest.approx(0)


@pytest.mark.parametrize("arms", [{n: a for n, a in THREE_BY_THREE.items() if n != "C 3"}, grid(input="ABC")])
def test_an_incomplete_grid_and_one_factor_have_none(arms):
    assert list(effects(Levels.of(arms, next(iter(arms))), list(arms))) == []


def noise(rate, **fields):
    return {"training": {"type": "LabelNoise", "rate": rate, **fields}}


def lines_of(arms):
    control, *_ = arms
    return list(lines(arms, Levels.of(arms, control), list(arms)))


def slips_of(arms):
    control, *_ = arms
    return [str(slip) for slip in slips(arms, Levels.of(arms, control), list(arms))]


def test_three_arms_that_differ_in_one_number_are_a_line():
    arms = named(clean=noise(0), most=noise(0.6), some=noise(0.2))
    (line,) = lines_of(arms)
    assert (line.factor, line.path) == ("training", "training.rate")
    assert (line.doses, line.arms) == ((0, 0.2, 0.6), ("clean", "some", "most"))
    assert (line.aside, line.is_log) == (None, False)
    assert slips_of(arms) == []
    assert lines_of(dict(list(arms.items())[:2])) == []


def test_a_factor_that_is_a_number_is_a_line_and_a_truth_value_is_none():
    (line,) = lines_of(named(twenty={}, five={"epochs": 5}, eighty={"epochs": 80}))
    assert (line.path, line.doses, line.is_log) == ("epochs", (5, 20, 80), True)
    assert lines_of(named(a={"epochs": True}, b={"epochs": 2}, c={"epochs": 3})) == []
    flags = [{"model": {"type": "CNN", "norm": norm}} for norm in (True, False, None)]
    assert lines_of(named(a=flags[0], b=flags[1], c=flags[2])) == []


def test_numbers_within_parts_and_lists():
    models = [{"model": {"type": "MLP", "hidden": [width], "head": {"rate": 0.5}}} for width in (16, 64, 32)]
    (line,) = lines_of(named(a=models[0], b=models[1], c=models[2]))
    assert (line.path, line.arms) == ("model.hidden", ("a", "c", "b"))
    models = [{"model": {"type": "MLP", "head": {"rate": rate}}} for rate in (1, 2, 3)]
    (line,) = lines_of(named(a=models[0], b=models[1], c=models[2]))
    assert line.path == "model.head.rate"


def test_a_control_of_another_type_is_aside():
    (line,) = lines_of(named(all={}, few=noise(0.1), some=noise(0.2), many=noise(0.4)))
    assert (line.aside, line.arms) == ("all", ("few", "some", "many"))


def test_whole_numbers_and_fractions_are_numbers_alike():
    assert [
        line.doses for line in lines_of(named(a=noise(0, power=1), b=noise(0.5, power=1.0), c=noise(1, power=1)))
    ] == [(0, 0.5, 1)]


@pytest.mark.parametrize(
    ("levels", "text"),
    [
        (
            [noise(0.1, seed=1), noise(0.2, seed=2), noise(0.4, seed=3)],
            "No curve over training.rate: its levels differ in training.seed as well.",
        ),
        (
            [noise(0.1), noise(0.2), noise("0.4")],
            "No curve over training.rate: not every level is a number of its own.",
        ),
        (
            [noise(0.1, kind="pair"), noise(0.2, kind="flip"), noise(0.4, kind="flip")],
            "No curve over training.rate: its levels differ in training.kind as well.",
        ),
        (
            [noise(0.1), noise(0.2), noise(0.4), noise(0.6, power=2)],
            "d is not on the curve over training.rate: it differs in training.power as well.",
        ),
    ],
)
def test_a_slip_that_makes_no_curve_is_told(levels, text):
    assert slips_of(named(**dict(zip("abcd", levels, strict=False)))) == [text]


def test_the_trend_of_a_straight_line_is_its_rise():
    (line,) = lines_of(named(a=noise(0), b=noise(1), c=noise(4)))
    values = {"a": 0.2, "b": 0.3, "c": 0.6}
    assert sum(weight * values[arm] for arm, weight in line.weights.by_arm.items()) == pytest.approx(0.4)
    (line,) = lines_of(named(a=noise(1), b=noise(10), c=noise(100)))
    assert line.is_log
    assert sum(weight * values[arm] for arm, weight in line.weights.by_arm.items()) == pytest.approx(0.4)
    assert sum(line.weights.by_arm.values()) == pytest.approx(0)


@pytest.mark.parametrize(
    "doses",
    [(0, 1e-200, 2e-200), (-1e300, 0, 1e300), (1e-300, 1, 1e300), (10**400, 10**401, 1), (5e-324, 1e-323, 1.5e-323)],
)
def test_no_number_of_a_stranger_breaks_the_reckoning(doses):
    arms = named(**dict(zip("abc", map(noise, doses), strict=True)))
    for line in lines_of(arms):
        assert sum(line.weights.by_arm.values()) == pytest.approx(0)
        assert all(abs(weight) <= 1 for weight in line.weights.by_arm.values())
    assert len(lines_of(arms)) == (max(doses) < 1e301)


def test_a_description_may_be_deep():
    deep = 1
    for _ in range(2_000):
        deep = {"in": [deep, 2]}
    arms = named(a={"model": deep}, b={"model": {"type": "MLP"}}, c={"model": 3})
    assert Levels.of(arms, "a").between("a", "b") == ("model",)


def test_lines_over_the_same_doses_are_a_pair():
    arms = {
        f"{model} {rate}": BASE | noise(rate) | {"model": {"type": model}}
        for model in ("CNN", "MLP")
        for rate in (0, 1, 2, 4)
    }
    del arms["MLP 4"]
    for seed in range(5):
        other = shuffled(arms, "CNN 0", seed)
        levels = Levels.of(other, "CNN 0")
        ((treatment, control, across),) = line_pairs(levels, list(lines(other, levels, list(other))))
        assert (treatment.arms, across) == (("MLP 0", "MLP 1", "MLP 2"), "model")
        assert control.arms == ("CNN 0", "CNN 1", "CNN 2", "CNN 4")


def study(arms, asks=(), again=()):
    control, *_ = arms
    return SimpleNamespace(arms=arms, control=control, asks=asks, primary=(), again=again, tuned={})


def test_pairs_that_are_asked_for_come_with_all_their_factors():
    arms = grid(input="AB", model="12")
    asked = study(arms, asks=[("B 2", "A 1"), ("A 1", "A 2")], again=())
    found = [(pair.treatment, pair.control, pair.factors) for pair in pairs(asked)]
    assert ("B 2", "A 1", ("input", "model")) in found
    assert ("A 1", "A 2", ("model",)) in found  # the way round in which it is asked
    assert len(found) == 5


def test_two_values_of_a_factor_that_are_not_the_controls_may_be_asked_for():
    asked = study(grid(input="ABC"), asks=[("C", "B")])
    found = [(pair.treatment, pair.control, pair.factors) for pair in pairs(asked)]
    assert found == [("B", "A", ("input",)), ("C", "A", ("input",)), ("C", "B", ("input",))]


def test_an_arm_that_differs_in_two_factors_from_all_stands_alone():
    arms = {name: arm for name, arm in grid(input="AB", model="12").items() if name in ("A 1", "B 2")}
    assert [(lone.arm, lone.nearest, lone.factors) for lone in alone(study(arms))] == [
        ("A 1", "B 2", ("input", "model")),
        ("B 2", "A 1", ("input", "model")),
    ]
    assert list(alone(study(arms, again=("B 2",)))) == []
