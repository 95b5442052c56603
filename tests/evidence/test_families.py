"""What a comparison is asked about together: the same families whatever the order, the asks and what is missing."""

import random
import shutil
from dataclasses import replace

import pytest
from msgspec import structs

import fabricated
from fabricated import FACTORS, MLP, fabricate
from visavis.evidence import compare
from visavis.findings.contrasts import Contrasts
from visavis.report.rows import contrast_rows


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("families")


def grid():
    """Two models over label noise: pairs, squares, effects, two curves and their gap."""
    arms = fabricated.doses((0.0, 0.1, 0.2, 0.4))
    return arms | {
        f"MLP {name}": (change | {"model": MLP}, accuracy - 0.05 + 0.1 * change["training"]["rate"])
        for name, (change, accuracy) in arms.items()
    }


@pytest.fixture(scope="module")
def folder(finished, root):
    return fabricate(finished, root / "grid", grid(), images=200)


def compared(folder, **changed):
    """The comparison of a study that says something else about the same cells."""
    kept = folder.study
    folder.write(structs.replace(kept, **changed))
    try:
        return compare(folder.path)
    finally:
        folder.write(kept)


def numbers(judgement):
    test = judgement.significance
    return judgement.interval, test.p, test.p_adjusted, test.family, judgement.verdict


def answers(comparison):
    """All that is said, by what it is said of."""
    pairs = {(row.treatment, row.control): numbers(row) for row in comparison.headlines}
    curves = {row.arms: (numbers(row.trend), row.reference, row.changes) for row in comparison.curves}
    gaps = {(row.treatment.arms, row.control.arms): row.crossings for row in comparison.curve_gaps}
    squares = {(row.first, row.second): numbers(row) for row in comparison.interactions}
    effects = {(row.treatment, row.control): numbers(row) for row in comparison.main_effects}
    return pairs, curves, gaps, squares, effects


@pytest.mark.parametrize("seed", range(4))
def test_no_number_hangs_on_the_order_of_arms_and_asks(folder, seed):
    control, *others = folder.study.arms
    asks = [("MLP noise 0.4", control), ("noise 0.4", "noise 0.1")]
    expected = answers(compared(folder, asks=tuple(asks)))
    generator = random.Random(seed)
    generator.shuffle(others)
    generator.shuffle(asks)
    arms = {name: folder.study.arms[name] for name in (*others[:2], control, *others[2:])}
    assert answers(compared(folder, arms=arms, asks=tuple(asks))) == expected


def test_each_kind_is_a_family(folder):
    comparison = compare(folder.path)
    trends = [curve.trend for curve in comparison.curves]
    families = comparison.headlines, comparison.interactions, comparison.main_effects, trends
    assert [len(family) for family in families] == [10, 3, 4, 2]
    for family in families:
        assert {row.significance.family for row in family} == {len(family)}
        p_values = [row.significance.p for row in family]
        expected = [min(len(family) * p, 1.0) for p in p_values]
        assert [row.significance.p_adjusted for row in family] == pytest.approx(expected)


def test_what_a_study_is_about_stands_first(folder):
    control, *_ = folder.study.arms
    comparison = compared(folder, primary=(("noise 0.2", control),))
    (table,) = Contrasts(comparison).tables()
    first, second, *_ = table.rows
    assert first[0].startswith("noise 0.2")
    assert first[0].endswith("(primary)")
    assert "(primary)" not in second[0]
    assert "for the 9 secondary contrasts and the 10 contrasts of another metric" in table.note
    rows = list(contrast_rows(comparison, comparison.headlines))
    assert [row.noun for row in rows] == ["primary contrast"] + 9 * ["secondary contrast"]


def test_an_ask_the_other_way_round_changes_no_curve(folder):
    """Asked as the control less a dose, it is one of the study's contrasts all the same, with its family."""
    control, *_ = folder.study.arms
    plain = compare(folder.path)
    asked = compared(folder, asks=((control, "noise 0.2"), ("noise 0.1", "MLP noise 0.1")))
    assert {(row.treatment, row.control) for row in asked.headlines} >= {
        (control, "noise 0.2"), ("noise 0.1", "MLP noise 0.1"),
    }  # fmt: skip
    for one, other in zip(plain.curves, asked.curves, strict=True):
        assert list(map(numbers, one.contrasts)) == list(map(numbers, other.contrasts))
    for one, other in zip(plain.curve_gaps, asked.curve_gaps, strict=True):
        assert list(map(numbers, one.contrasts)) == list(map(numbers, other.contrasts))


def test_a_pair_has_one_verdict_wherever_it_stands(finished, root):
    """On a curve beside the control, doses are a family of their own, but for a pair that the study asks for."""
    folder = fabricate(finished, root / "aside", fabricated.log_doses(), images=200)
    asked = compared(folder, asks=(("1000 a class", "10 a class"),))
    (headline,) = (row for row in asked.headlines if row.control == "10 a class")
    (curve,) = asked.curves
    assert curve.contrasts[-1] == headline
    assert [row.significance.family for row in curve.contrasts] == [3, 3, 3, len(asked.headlines)]


def test_an_interaction_depends_or_not_and_a_trend_is_never_equivalent(folder):
    kinds = {row.verdict for row in compared(folder, margin=0.9).interactions}
    assert kinds <= {"depends", "equivalent"}
    flat = compared(folder, margin=0.9)
    assert {curve.trend.verdict for curve in flat.curves} <= {"better", "worse", "inconclusive"}


def test_an_arm_trained_again_is_no_part_of_a_grid(finished, root):
    arms = fabricated.square()
    again = fabricate(finished, root / "again", arms | {"A/A": ({}, 0.93)}, images=200)
    expected = compare(fabricate(finished, root / "once", arms, images=200).path)
    found = compared(again, again=("A/A",))
    assert found.again == "A/A"
    assert answers(found) == answers(expected)


def test_a_grid_with_a_missing_cell_has_no_main_effects(finished, root):
    """Its last corner isn't there; with a whole level gone, what is left is a grid again."""
    arms = fabricated.doses((0.0, 0.1, 0.2)) | {
        f"MLP {rate:g}": ({"training": {"type": "LabelNoise", "rate": rate}, "model": MLP}, 0.8)
        for rate in (0.0, 0.1, 0.2)
    }
    folder = fabricate(finished, root / "missing", arms, images=100)
    assert len(compare(folder.path).main_effects) == 3
    for seed in folder.study.seeds:
        shutil.rmtree(folder.cell("MLP 0.2", seed).path)
    part = compare(folder.path)
    assert part.main_effects == ()
    assert len(part.interactions) == 1
    for seed in folder.study.seeds:
        shutil.rmtree(folder.cell("noise 0.2", seed).path)
    assert {effect.treatment for effect in compare(folder.path).main_effects} == {"noise 0.1", "MLP 0"}


def test_equal_arms_of_a_grid_have_no_effect(finished, root):
    """Weights of a third don't cancel to the last digit: what remains is no finding."""
    arms = {
        f"{name} {rate:g}": ({"training": {"type": "LabelNoise", "rate": rate}, "model": model}, 0.8)
        for name, model in (("CNN", FACTORS["model"]), ("MLP", MLP))
        for rate in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
    }
    folder = fabricate(finished, root / "equal", arms, images=100)
    control, *_ = arms
    comparison = compare(folder.path)
    predictions = {cell: comparison.predictions[control, cell[1]] for cell in comparison.predictions}
    equal = replace(comparison, predictions=predictions)
    sums = (*equal.interactions, *equal.main_effects, *(curve.trend for curve in equal.curves))
    assert len(sums) == 5 + 6 + 2
    for row in sums:
        assert (row.interval.value, row.significance.p, row.verdict) == (0, 1, "inconclusive")
        assert row.interval.low < 0 < row.interval.high
