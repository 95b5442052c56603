"""What every shipped way of tuning promises."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import visavis as vv
from small import STRATEGIES, recipe, small_backbone
from visavis.cells.fingerprints import tensors_fingerprint
from visavis.errors import InvalidStudy
from visavis.parts.tuning.layers import layers_of
from visavis.streams import root
from visavis.training import loop
from visavis.training.examples import Examples
from visavis.training.fast.precision import Precision
from visavis.training.forward import as_they_are, in_batches
from visavis.training.plans import optimizer_groups, trained_parameters, untouched_tensors
from visavis.training.to_train import ToTrain

EPOCHS = 2
BATCH_SIZE = 16
CPU = torch.device("cpu")
GREY = vv.ImageShape(1, 28, 28)
every = pytest.mark.parametrize("tuning", STRATEGIES.values(), ids=list(STRATEGIES))


@pytest.fixture(scope="module")
def glyphs():
    return vv.datasets.Glyphs(train_size=40, test_size=20).load()


def network():
    return small_backbone().build(vv.ImageShape(1, 28, 28), 10, root(0).child("init"))


def planned(tuning):
    return tuning.plan(network(), root(0).child("tuning"))


def chained(plan):
    return plan.trained if plan.frozen is None else nn.Sequential(plan.frozen, plan.trained)


@pytest.fixture
def unfolded(monkeypatch):
    """No batch normalisation is folded: adapters keep that from some networks, and it changes the last bits."""
    monkeypatch.setattr("visavis.training.forward.fold", lambda module, example: module)


def trained(plan, data, epochs=EPOCHS):
    """Trains the plan and gives the last epoch."""
    parts = [(data.train.images, data.train.labels), (data.test.images, data.test.labels)]
    train, test = (Examples.on(CPU, *part) for part in parts)
    preprocess = small_backbone().preprocess
    if plan.frozen is not None:
        backbone = plan.frozen.to(memory_format=torch.channels_last)  # as runs have it
        train, test = (
            Examples(in_batches(backbone, preprocess, one.images, Precision.fp32), one.labels) for one in (train, test)
        )
        preprocess = as_they_are
    cell = ToTrain(recipe(epochs, BATCH_SIZE), plan, preprocess, 10, train, test, root(0))
    *_, last = loop.epochs(cell, Precision.fp32)
    return last


@every
def test_at_the_first_step_the_logits_are_those_of_the_untouched_network(tuning, glyphs, unfolded):
    untouched, images = network(), torch.from_numpy(glyphs.test.images)
    expected = in_batches(
        nn.Sequential(untouched.backbone, untouched.head), small_backbone().preprocess, images, Precision.fp32
    )
    found = in_batches(chained(planned(tuning)), small_backbone().preprocess, images, Precision.fp32)
    assert torch.equal(found, expected)


@every
def test_every_parameter_stands_in_one_group_or_is_held(tuning):
    plan = planned(tuning)
    grouped = sum(weight.numel() for group in optimizer_groups(plan, 0.1) for weight in group["params"])
    untrained = sum(dict(plan.trained.named_parameters())[name].numel() for name in plan.untrained)
    assert grouped + untrained == sum(weight.numel() for weight in plan.trained.parameters())


@every
def test_what_is_frozen_stays_frozen_and_the_rest_moves(tuning, glyphs):
    plan = planned(tuning)
    before = tensors_fingerprint(untouched_tensors(plan, EPOCHS))
    weights = {name: weight.detach().clone() for name, weight in plan.trained.named_parameters()}
    trained(plan, glyphs)
    assert tensors_fingerprint(untouched_tensors(plan, EPOCHS)) == before
    still = set(untouched_tensors(plan, EPOCHS))
    moved = {name for name, weight in plan.trained.named_parameters() if not torch.equal(weight, weights[name])}
    assert not moved & still
    begun = [group for group in plan.groups if group.scale_in(EPOCHS) > 0]
    assert all(moved & set(group.parameters) for group in begun)


@every
def test_the_description_tells_strategies_apart(tuning):
    from visavis.describe import digest

    assert sum(digest(tuning) == digest(other) for other in STRATEGIES.values()) == 1


@pytest.mark.parametrize(
    ("name", "epochs", "followed"),
    [
        ("probe", 2, "none"),
        ("low rank", 2, "none"),
        ("full", 1, "all"),
        ("differential", 1, "all"),
        ("decay", 1, "all"),
        ("norm and bias", 1, "all"),
        ("last layers", 1, "some"),
        ("gradual", 1, "none"),
        ("gradual", 2, "some"),
        ("probe then full", 1, "none"),
        ("probe then full", 2, "all"),
    ],
)
def test_normalisation_follows_its_batches_where_its_own_weights_are_trained(name, epochs, followed, glyphs):
    plan = planned(STRATEGIES[name])
    trained(plan, glyphs, epochs)
    counts = [int(layer.num_batches_tracked) for layer in chained(plan).modules() if isinstance(layer, nn.BatchNorm2d)]
    kinds = {"none": {False}, "all": {True}, "some": {False, True}}
    assert {count > 0 for count in counts} == kinds[followed]


def test_trained_parameters_are_counted():
    counts = {name: trained_parameters(planned(tuning), EPOCHS) for name, tuning in STRATEGIES.items()}
    whole = sum(weight.numel() for weight in chained(planned(STRATEGIES["full"])).parameters())
    assert counts["probe"] == 1024 * 10 + 10
    assert counts["full"] == counts["differential"] == counts["decay"] == counts["probe then full"] == whole
    assert counts["probe"] < counts["norm and bias"] < whole
    assert counts["probe"] < counts["low rank"] < whole
    assert counts["probe"] < counts["gradual"] < whole
    assert counts["probe"] < counts["last layers"] < whole


def test_features_of_a_frozen_trunk_equal_the_trunk_inside_the_loop(glyphs, unfolded, monkeypatch):
    """The head's weights are the same to the bit, where all batches are as large: a convolution of another number of
    images may sum in another order.
    """
    monkeypatch.setattr("visavis.training.forward.BATCH", BATCH_SIZE)
    glyphs = replace(glyphs, train=glyphs.train.take(np.arange(2 * BATCH_SIZE)))
    plan = planned(STRATEGIES["probe"])
    trained(plan, glyphs)
    inside = network()
    whole = nn.Sequential()
    whole.add_module("backbone", inside.backbone)
    whole.add_module("head", inside.head)
    names = [name for name, _ in whole.named_parameters()]
    group = vv.ParamGroup("head", tuple(name for name in names if name.startswith("head.")))
    untrained = tuple(name for name in names if name.startswith("backbone."))
    last = trained(vv.Plan(whole, (group,), untrained=untrained), glyphs)
    assert torch.equal(inside.head.weight, plan.trained.weight)
    assert torch.equal(inside.head.bias, plan.trained.bias)
    assert np.isfinite(last.logits).all()


def test_what_a_row_is_cut_at_gives_the_same_as_holding_it_in_the_loop(glyphs, unfolded, monkeypatch):
    """From ``conv4`` on: features before it once, or the whole network in every step with the same held."""
    monkeypatch.setattr("visavis.training.forward.BATCH", BATCH_SIZE)
    glyphs = replace(glyphs, train=glyphs.train.take(np.arange(2 * BATCH_SIZE)))
    pretrained = vv.Pretrained(vv.models.LetterCNN(), vv.models.Untrained())

    def built():
        return pretrained.build(vv.ImageShape(1, 28, 28), 10, root(0).child("init"))

    cut = vv.LastLayers("conv4").plan(built(), root(0))
    assert cut.frozen is not None
    assert [name for name, _ in cut.frozen.named_children()][-1] == "pool3"
    names = [name for name, _ in cut.trained.named_parameters()]
    assert {name.split(".")[1] for name in names if name.startswith("backbone.")} == {"conv4", "norm4"}
    inside = built()
    inside = replace(inside, backbone=nn.ModuleDict(dict(inside.backbone.named_children())), layers=layers_of(inside))
    held = vv.LastLayers("conv4").plan(inside, root(0))
    assert held.frozen is None
    assert {name.split(".")[1] for name in held.untrained} == {
        f"{kind}{k}" for kind in ("conv", "norm") for k in (1, 2, 3)
    }
    assert set(held.groups[0].parameters) == set(names)


def test_from_the_first_layer_on_is_everything():
    pretrained = vv.Pretrained(vv.models.LetterCNN(), vv.models.Untrained())
    plan = vv.LastLayers("conv1").plan(pretrained.build(vv.ImageShape(1, 28, 28), 10, root(0)), root(0))
    assert (plan.frozen, plan.untrained) == (None, ())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: vv.LastLayers(""), "tuning.first can't be used"),
        (lambda: planned(vv.LastLayers("stage5")), "no layer is called 'stage5'.*perhaps stage"),
        (
            lambda: vv.LastLayers("conv2").plan(vv.models.LetterCNN().build(GREY, 10, root(0)), root(0)),
            "tunes pre-trained",
        ),
    ],
)
def test_a_layer_that_is_not_there_is_refused(make, message):
    with pytest.raises(InvalidStudy, match=message):
        make()


def test_a_resnet_in_a_row_is_the_same_network():
    from torchvision.models import get_model

    model = vv.models.TorchvisionModel("resnet18", size=32)
    network = model.build(GREY, 10, root(0))
    theirs = get_model("resnet18")
    theirs.fc = nn.Identity()
    assert list(theirs.state_dict()) == list(network.backbone.state_dict())
    theirs.load_state_dict(network.backbone.state_dict())
    images = torch.randn(2, 3, 32, 32)
    assert torch.equal(theirs.eval()(images), network.backbone.eval()(images))
    pretrained = vv.Pretrained(model, vv.models.Untrained()).build(GREY, 10, root(0))
    plan = vv.LastLayers("layer4").plan(pretrained, root(0))
    assert plan.frozen is not None
    assert [name for name, _ in plan.frozen.named_children()][-1] == "layer3"
