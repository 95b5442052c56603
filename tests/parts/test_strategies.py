from collections import OrderedDict

import pytest
import torch
from torch import nn

import visavis as vv
from small import small_backbone
from visavis.errors import InvalidStudy
from visavis.interfaces import Loaded, Network
from visavis.parts.tuning.layers import layers_of
from visavis.streams import root
from visavis.studies.emotion_transfer import LR, OTHERS, SCALES
from visavis.training.plans import enter_epoch, optimizer_groups

SHAPE = vv.ImageShape(1, 28, 28)


def resnet():
    model = vv.Pretrained(vv.models.TorchvisionModel("resnet18", size=32), vv.models.Untrained())
    return model.build(SHAPE, 7, root(0))


def scales(tuning, network=None):
    plan = tuning.plan(network or resnet(), root(0))
    return {group.name: group.scale for group in plan.groups}


def test_the_rates_of_the_original_study():
    """To the bit: the optimizer's rate times its shares."""
    plan = vv.DifferentialRates(SCALES, others=OTHERS).plan(resnet(), root(0))
    groups = {group.name: group for group in plan.groups}
    rates = [group["lr"] for group in optimizer_groups(plan, LR)]
    assert dict(zip(groups, rates, strict=True)) == {
        "layer1": 1e-5, "layer2": 5e-5, "layer3": 1e-4, "layer4": 5e-4, "fc": 1e-3, "others": 1e-5,
    }  # fmt: skip
    assert set(groups["others"].parameters) == {"backbone.conv1.weight", "backbone.bn1.weight", "backbone.bn1.bias"}
    assert groups["fc"].parameters == ("head.weight", "head.bias")
    assert len(groups["layer4"].parameters) == 15


@pytest.mark.parametrize(
    ("given", "others", "message"),
    [
        ({"layer9": 1.0}, 1e-3, r"no parameter is called 'layer9'; .*of this network: conv1, layer1, .*; perhaps"),
        ({"layer": 1.0}, 1e-3, "no parameter is called 'layer'"),
        ({"layer4": 1.0}, None, "stands in no group"),
        ({"layer4": 1.0, "layer4.1": 0.1}, 1e-3, "stands in 2 groups"),
        ({"layer4": 0.0}, 1e-3, r"tuning\.scales\.layer4 can't be used; got 0\.0"),
        ({"layer4": float("nan")}, 1e-3, r"tuning\.scales\.layer4 can't be used"),
        ({}, 1e-3, r"tuning\.scales can't be used"),
    ],
)
def test_patterns_that_do_not_fit_are_refused_with_names(given, others, message):
    with pytest.raises(InvalidStudy, match=message):
        optimizer_groups(vv.DifferentialRates(given, others).plan(resnet(), root(0)), LR)


def test_patterns_reach_parts_and_parameters():
    plan = vv.DifferentialRates({"layer4.1": 0.1, "conv1.weight": 0.2, "fc.bias": 0.3}, 1e-3).plan(resnet(), root(0))
    optimizer_groups(plan, LR)
    groups = {group.name: group.parameters for group in plan.groups}
    assert all(name.startswith("backbone.layer4.1.") for name in groups["layer4.1"])
    assert groups["conv1.weight"] == ("backbone.conv1.weight",)
    assert groups["fc.bias"] == ("head.bias",)


def test_a_name_is_first_of_all_a_path():
    """In a ConvNeXt the classifier is a normalisation and the head; the normalisation alone is a layer."""
    model = vv.Pretrained(vv.models.TorchvisionModel("convnext_tiny", size=32), vv.models.Untrained())
    plan = vv.DifferentialRates({"classifier": 1.0}, others=0.1).plan(model.build(SHAPE, 7, root(0)), root(0))
    groups = {group.name: set(group.parameters) for group in plan.groups}
    assert {"head.weight", "head.bias", "backbone.classifier.0.weight"} <= groups["classifier"]
    both = vv.DifferentialRates({"conv1": 1.0, "bn1": 0.5}, others=0.1).plan(resnet(), root(0))
    optimizer_groups(both, LR)


def test_attention_is_changed_too():
    model = vv.Pretrained(vv.models.TorchvisionModel("vit_b_32", size=64), vv.models.Untrained())
    plan = vv.LowRankAdapters(rank=2).plan(model.build(SHAPE, 7, root(0)), root(0))
    names = next(group.parameters for group in plan.groups if group.name == "adapters")
    assert sum("in_proj_weight" in name for name in names) == 24


def test_rates_decay_from_the_head_down():
    assert scales(vv.LayerwiseDecay(decay=0.5)) == {
        "fc": 1.0, "layer4": 0.5, "layer3": 0.25, "layer2": 0.125, "layer1": 0.0625, "conv1": 0.03125,
    }  # fmt: skip


def test_layers_begin_one_after_the_other():
    plan = vv.GradualUnfreezing(epochs_each=2).plan(resnet(), root(0))
    begun = {group.name: [group.scale_in(epoch) for epoch in range(1, 6)] for group in plan.groups}
    assert begun["fc"] == [1, 1, 1, 1, 1]
    assert begun["layer4"] == [0, 0, 1, 1, 1]
    assert begun["layer3"] == [0, 0, 0, 0, 1]
    assert begun["conv1"] == [0] * 5


def test_a_probe_and_then_everything():
    plan = vv.ProbeThenFull(probe_epochs=2, probe_scale=5.0).plan(resnet(), root(0))
    assert {group.name: [group.scale_in(epoch) for epoch in (1, 2, 3)] for group in plan.groups} == {
        "fc": [5, 5, 1],
        "backbone": [0, 0, 1],
    }


def test_low_rank_changes_are_small_and_drawn_from_their_own_stream():
    first, again, other = (vv.LowRankAdapters(rank=4).plan(resnet(), root(seed).child("tuning")) for seed in (0, 0, 1))
    name = "backbone.layer4.0.conv1.parametrizations.weight.0"
    draws = [dict(plan.trained.named_parameters())[f"{name}.down"] for plan in (first, again, other)]
    assert draws[0].shape == (4, 256 * 9)
    assert draws[0].equal(draws[1])
    assert not draws[0].equal(draws[2])
    assert not dict(first.trained.named_parameters())[f"{name}.up"].any()


def test_a_network_that_is_not_pretrained_is_refused():
    network = small_backbone().model.build(SHAPE, 7, root(0))
    with pytest.raises(InvalidStudy, match=r"LinearProbe tunes pre-trained networks.*Pretrained\(model, Untrained"):
        vv.LinearProbe().plan(network, root(0))


def test_the_whole_of_any_network_can_be_trained():
    for network in (resnet(), small_backbone().model.build(SHAPE, 7, root(0))):
        (group,) = vv.Full().plan(network, root(0)).groups
        assert (group.name, group.scale, group.starts_at) == ("all", 1.0, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: vv.DifferentialRates({"fc": 1.0}, others=-1.0),
        lambda: vv.LayerwiseDecay(decay=1.5),
        lambda: vv.GradualUnfreezing(epochs_each=0),
        lambda: vv.ProbeThenFull(probe_epochs=0),
        lambda: vv.LowRankAdapters(rank=0),
    ],
)
def test_values_that_cannot_be_are_refused(wrong):
    with pytest.raises(InvalidStudy, match=r"tuning\.\w+ can't be used"):
        wrong()


def test_layers_are_found_in_forward_order():
    def names(architecture):
        model = vv.models.TorchvisionModel(architecture, size=32)
        return [layer.name for layer in layers_of(model.build(SHAPE, 7, root(0)))]

    assert names("resnet18") == ["conv1", "layer1", "layer2", "layer3", "layer4", "fc"]
    assert names("shufflenet_v2_x0_5") == ["conv1", "stage2", "stage3", "stage4", "conv5", "fc"]
    assert names("mobilenet_v2") == [*(f"features.{number}" for number in range(19)), "classifier.1"]
    letters = vv.models.LetterCNN().build(SHAPE, 10, root(0))
    assert [layer.name for layer in layers_of(letters)] == ["conv1", "conv2", "conv3", "conv4", "head"]


def test_layers_hold_every_parameter_once():
    network = vv.models.TorchvisionModel("resnet18", size=32).build(SHAPE, 7, root(0))
    held = [name for layer in layers_of(network) for name in layer.parameters]
    assert len(held) == len(set(held)) == 62


def twice() -> Network:
    relu = nn.ReLU()
    backbone = nn.Sequential(
        OrderedDict(conv1=nn.Conv2d(1, 4, 3), act1=relu, conv2=nn.Conv2d(4, 4, 3), act2=relu, flat=nn.Flatten())
    )
    return Network(backbone, nn.Linear(4 * 4 * 4, 3), loaded=Loaded("a test", None))


def test_a_module_that_stands_in_a_row_twice_is_kept_twice():
    network, images = twice(), torch.randn(2, 1, 8, 8)
    expected = network.head(network.backbone(images))
    plan = vv.LastLayers("conv2").plan(network, root(0))
    assert torch.equal(plan.trained(plan.frozen(images)), expected)


class Own(nn.Module):
    """Layers in no row: the first two norm and drop what a frozen layer gives."""

    def __init__(self):
        super().__init__()
        self.conv1, self.norm, self.drop = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4, affine=False), nn.Dropout()
        self.conv2, self.drop2 = nn.Conv2d(4, 4, 3), nn.Dropout()

    def forward(self, images):
        return self.drop2(self.conv2(self.drop(self.norm(self.conv1(images))))).flatten(1)


def test_what_lies_before_the_first_trained_layer_stays_in_evaluation_mode():
    network = Network(Own(), nn.Sequential(nn.Dropout(), nn.Linear(4 * 4 * 4, 3)), loaded=Loaded("a test", None))
    backbone, head = network.backbone, network.head
    plan = vv.LastLayers("conv2").plan(network, root(0))
    enter_epoch(plan, 1)
    modes = {name: module.training for name, module in backbone.named_modules() if name}
    assert modes == {"conv1": False, "norm": False, "drop": False, "conv2": True, "drop2": True}
    assert all(module.training for module in head)
