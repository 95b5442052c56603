import pytest
from torch import nn

from visavis.errors import InvalidStudy
from visavis.interfaces import ParamGroup, Plan
from visavis.training.plans import optimizer_groups

LAYERS = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))


def test_groups_become_the_optimizers():
    plan = Plan(LAYERS, (ParamGroup("a", ("0.weight", "0.bias"), 0.1), ParamGroup("b", ("1.weight", "1.bias"), 0.2)))
    groups = optimizer_groups(plan, 0.5)
    assert [group["lr"] for group in groups] == [0.05, 0.1]
    assert groups[0]["params"][0] is LAYERS[0].weight


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ((ParamGroup("a", ("0.weight", "0.bias"), 0.1),), "1.bias stands in no group, 1.weight stands in no group"),
        ((ParamGroup("a", ("0.weight", "0.bias", "1.weight", "1.bias", "0.bias"), 1.0),), "0.bias stands in 2 groups"),
        ((ParamGroup("a", ("0.weight", "0.bias", "1.weight", "1.bias", "2.x"), 1.0),), "2.x is no parameter"),
        (
            (ParamGroup("a", ("0.weight", "0.bias", "1.weight", "1.bias"), 1.0), ParamGroup("b", (), 1.0)),
            "'b' is empty",
        ),
    ],
)
def test_groups_that_do_not_cover_are_refused_with_names(groups, message):
    with pytest.raises(InvalidStudy, match=message):
        optimizer_groups(Plan(LAYERS, groups), 0.5)
