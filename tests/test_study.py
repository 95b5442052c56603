from dataclasses import replace

import pytest

import visavis as vv
from small import small_study
from visavis.errors import InvalidStudy
from visavis.pairing import alone
from visavis.study import describe_slots, differing_slots


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"seeds": ()}, "seeds can't be used; got none; expected 1 or more"),
        ({"seeds": (1, 1)}, "each seed once"),
        ({"seeds": (-1,)}, "0 or more"),
        ({"arms": ()}, "at least one arm beside the control"),
        ({"margin": 0.0}, "margin can't be used"),
        ({"seeds": (0.5,)}, "whole numbers"),
        ({"seeds": range(10**9)}, "at most 10,000"),
        ({"data": None}, "data can't be used; got None"),
        ({"recipe": None}, r"expected a visavis\.Recipe"),
        ({"arms": (3,)}, r"expected values of visavis\.Arm"),
        ({"name": "///"}, "a name with a letter or a digit"),
    ],
)
def test_a_study_that_cannot_be_is_refused(fields, message):
    with pytest.raises(InvalidStudy, match=message):
        replace(small_study(), **fields)


def test_a_slot_without_its_method_is_refused():
    study = small_study()
    with pytest.raises(InvalidStudy, match=r"arms\.odd\.input can't be used; got None; .*method draw"):
        replace(study, arms=(study.control.but("odd", input=None),))


def test_two_arms_with_one_folder_are_refused():
    control = small_study().control
    with pytest.raises(InvalidStudy, match="two arms share a name; got 'plain' and 'Plain!'"):
        replace(small_study(), arms=(control.but("Plain!", input=vv.PixelPermutation()),))


def test_two_arms_that_are_the_same_experiment_are_refused():
    study = small_study()
    twin = study.control.but("twin", input=vv.Untouched())
    with pytest.raises(InvalidStudy, match=r"two arms are the same experiment; got 'plain' and 'twin'.*with_aa"):
        replace(study, arms=(*study.arms, twin))
    assert [arm.name for arm in study.with_aa().all_arms] == ["plain", "permuted", "A/A"]


PLAIN, PERMUTED, WIDE, BOTH = small_study(arms=("permuted", "wide", "wide permuted")).all_arms


@pytest.mark.parametrize(
    ("asks", "message"),
    [
        ([(PERMUTED, PLAIN)], "which differ in 1 slots; expected arms that differ in two slots or more"),
        ([(BOTH, BOTH)], "which differ in 0 slots"),
        ([(BOTH, PLAIN), (PLAIN, BOTH)], r"got \('plain', 'wide permuted'\) twice; expected each pair once"),
        ([(BOTH.but("stranger"), PLAIN)], r"got \('stranger', 'plain'\); expected pairs of the study's own arms"),
        ([("wide permuted", "plain")], "expected pairs of the study's own arms"),
        ([BOTH], r"expected pairs of the study's own arms: \(treatment, control\)"),
        ([(BOTH, PLAIN, WIDE)], "expected pairs of the study's own arms"),
    ],
)
def test_asks_that_cannot_be_are_refused(asks, message):
    with pytest.raises(InvalidStudy, match=message):
        replace(small_study(arms=("permuted", "wide", "wide permuted")), asks=asks)


def alone_in(*arms, asks=()):
    study = vv.Study(**{**vars(small_study()), "control": arms[0], "arms": arms[1:], "asks": asks})
    return [(arm.arm, arm.nearest, arm.slots) for arm in alone(study.describe())]


def test_an_arm_that_no_contrast_is_made_with_is_found():
    other = WIDE.but("other", tuning=vv.FromScratch(lr=0.1), input=vv.PixelPermutation())
    assert alone_in(PLAIN, PERMUTED, WIDE, BOTH) == []
    assert alone_in(PLAIN, BOTH) == [
        ("plain", "wide permuted", ("input", "model")),
        ("wide permuted", "plain", ("input", "model")),
    ]
    assert alone_in(PLAIN, BOTH, asks=[(BOTH, PLAIN)]) == []
    assert alone_in(PLAIN, PERMUTED, WIDE, other) == [("other", "permuted", ("model", "tuning"))]
    assert alone_in(PLAIN, PLAIN.but("A/A", again=True)) == []


def test_asks_are_by_value():
    twin = WIDE.but("wide permuted", input=vv.PixelPermutation())
    study = replace(small_study(arms=("permuted", "wide", "wide permuted")), asks=[(twin, PLAIN)])
    assert study.describe()["asks"] == [["wide permuted", "plain"]]
    assert study.with_aa().asks == ((twin, PLAIN),)


@pytest.mark.parametrize("field", [{"epochs": 0}, {"batch_size": 1}])
def test_a_recipe_that_cannot_be_is_refused(field):
    with pytest.raises(InvalidStudy, match=f"recipe.{next(iter(field))}"):
        vv.Recipe(**{"epochs": 1, "batch_size": 2, "optimizer": vv.SGD(), "loss": vv.NLL(), **field})


def test_slots_that_differ():
    plain, permuted, wide, both = small_study(arms=("permuted", "wide", "wide permuted")).all_arms
    described = {arm.name: describe_slots(arm) for arm in (plain, permuted, wide, both)}
    assert differing_slots(described["plain"], described["permuted"]) == ("input",)
    assert differing_slots(described["plain"], described["wide"]) == ("model",)
    assert differing_slots(described["plain"], described["wide permuted"]) == ("input", "model")
    assert differing_slots(described["plain"], described["plain"]) == ()
