from dataclasses import replace

import pytest

import visavis as vv
from small import small_study
from visavis.errors import InvalidStudy
from visavis.study import describe_slots, differing_slots


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"seeds": ()}, "seeds can't be used; got none; expected 1 or more"),
        ({"seeds": (1, 1)}, "each seed once"),
        ({"seeds": (-1,)}, "0 or more"),
        ({"arms": ()}, "at least one arm beside the control"),
        ({"margin": 0.0}, "margin can't be used"),
        ({"name": "///"}, "a name with a letter or a digit"),
    ],
)
def test_a_study_that_cannot_be_is_refused(fields, message):
    with pytest.raises(InvalidStudy, match=message):
        replace(small_study(), **fields)


def test_two_arms_with_one_folder_are_refused():
    control = small_study().control
    with pytest.raises(InvalidStudy, match="two arms share a name; got 'plain' and 'Plain!'"):
        replace(small_study(), arms=(control.but("Plain!", input=vv.PixelPermutation()),))


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
