"""What every shipped optimizer promises."""

import re
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from shipped import OPTIMIZERS

import visavis as vv
from small import STRATEGIES, last_epoch, small_backbone, tiny_arm, tiny_data
from visavis.errors import InvalidStudy
from visavis.streams import root
from visavis.training.plans import optimizer_groups

every = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)


@every
def test_its_rate_is_the_plans_share_of_it_group_by_group(optimizer):
    network = small_backbone().build(vv.ImageShape(1, 28, 28), 10, root(0))
    plan = STRATEGIES["differential"].plan(network, root(0))
    built = optimizer.build(optimizer_groups(plan, optimizer.lr))
    rates = [float(group["lr"]) for group in built.param_groups]
    assert rates == pytest.approx([optimizer.lr * group.scale for group in plan.groups])


@every
def test_the_groups_that_it_is_given_are_not_changed(optimizer):
    weight = torch.ones(2, 2, requires_grad=True)
    groups = [{"params": [weight], "lr": 0.5}]
    optimizer.build(groups)
    assert {name: value for name, value in groups[0].items() if name != "params"}.get("lr") == 0.5
    assert groups[0]["params"] == [weight]


def test_named_ones_are_torchs_own_to_the_bit():
    data = tiny_data()
    pairs = [
        (vv.SGD(0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
         vv.Torch("SGD", 0.05, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01})),
        (vv.Adam(0.01, betas=(0.8, 0.99)), vv.Torch(torch.optim.Adam, 0.01, {"betas": (0.8, 0.99)})),
        (vv.AdamW(0.01, weight_decay=0.1), vv.Torch(torch.optim.AdamW, 0.01, {"weight_decay": 0.1})),
    ]  # fmt: skip
    for named, any_of_torch in pairs:
        found, expected = (last_epoch(tiny_arm(optimizer=one), data).logits for one in (named, any_of_torch))
        assert np.array_equal(found, expected)


def test_a_class_and_its_name_are_the_same_optimizer():
    assert vv.Torch(torch.optim.RMSprop, lr=1e-3) == vv.Torch("RMSprop", lr=1e-3)


@dataclass(frozen=True)
class DecayOffBiases:
    """Splits each group in two, as weight decay off biases does."""

    lr: float = 0.05

    def build(self, groups):
        split = [
            {
                **group,
                "params": [weight for weight in group["params"] if (weight.ndim > 1) == is_matrix],
                "weight_decay": decay,
            }
            for is_matrix, decay in ((True, 0.1), (False, 0.0))
            for group in groups
        ]
        return torch.optim.SGD(split, lr=self.lr)


def test_one_of_ones_own_may_split_the_groups():
    """Every part still gets its share of the rate; by hand, with PyTorch alone."""
    data = tiny_data()
    model = vv.Pretrained(vv.models.MLP(hidden=(8,)), vv.models.Untrained())
    tuning = vv.DifferentialRates({"linear1": 0.5}, others=1.0)
    network = model.build(data.shape, 10, root(0).child("init"))
    groups = [
        {"params": [network.backbone.linear1.weight], "lr": 0.025, "weight_decay": 0.1},
        {"params": [network.backbone.linear1.bias], "lr": 0.025},
        {"params": [network.head.weight], "lr": 0.05, "weight_decay": 0.1},
        {"params": [network.head.bias], "lr": 0.05},
    ]
    optimizer = torch.optim.SGD(groups)
    images, labels = model.preprocess(torch.from_numpy(data.train.images)), torch.from_numpy(data.train.labels)
    rates, steps = [group["lr"] for group in groups], 0
    for epoch in (1, 2, 3):
        for batch in torch.from_numpy(root(0).child("order", epoch).numpy().permutation(60)).split(16):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * (1 - steps / 12)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network.head(network.backbone(images[batch])), labels[batch]).backward()
            optimizer.step()
            steps += 1
    with torch.no_grad():
        expected = network.head(network.backbone(model.preprocess(torch.from_numpy(data.test.images)))).numpy()
    arm = tiny_arm(model=model, tuning=tuning, optimizer=DecayOffBiases(), schedule=vv.Linear())
    assert np.allclose(last_epoch(arm, data).logits, expected, rtol=1e-3, atol=1e-4)


@dataclass(frozen=True)
class Mixing:
    """Puts all parameters into one group."""

    lr: float = 0.05

    def build(self, groups):
        return torch.optim.SGD([weight for group in groups for weight in group["params"]], lr=self.lr)


@dataclass(frozen=True)
class Leaving:
    """Leaves a parameter out."""

    lr: float = 0.05

    def build(self, groups):
        return torch.optim.SGD([{**groups[0], "params": groups[0]["params"][1:]}], lr=self.lr)


@pytest.mark.parametrize("optimizer", [Mixing(), Leaving()], ids=str)
def test_one_that_mixes_or_loses_parameters_is_refused(optimizer):
    """It would train with other rates than the tuning says, or not at all."""
    model = vv.Pretrained(vv.models.MLP(hidden=(8,)), vv.models.Untrained())
    arm = tiny_arm(model=model, tuning=vv.LayerwiseDecay(), optimizer=optimizer)
    with pytest.raises(InvalidStudy, match="the optimizer has other groups of parameters than it was given"):
        last_epoch(arm, tiny_data())


class SGD(torch.optim.SGD):
    """Has a name that is torch's."""


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("RMSProp", "got 'RMSProp'; .*: RMSprop"),
        ("adamw", "got 'adamw'; .*: AdamW, Adam"),
        ("LBFGS", "got 'LBFGS'; expected an optimizer of torch.optim that takes one gradient a step"),
        ("nothing like it", "got 'nothing like it'; .* takes one gradient a step: .*SGD"),
        ("SparseAdam", "got 'SparseAdam'"),
        ("lr_scheduler", "got 'lr_scheduler'"),
        (torch.optim.LBFGS, "got <class"),
        (torch.optim.Optimizer, "got <class 'torch.optim.optimizer.Optimizer'>"),
        (SGD, "got <class '.*test_optimizers.SGD'>; .*: SGD"),
        (vv.SGD, "got <class 'visavis.parts.optimizers.SGD'>"),
        (3, "got 3"),
    ],
)
def test_what_is_no_optimizer_of_torch_is_refused_with_near_names(name, message):
    with pytest.raises(InvalidStudy, match=rf"optimizer\.optimizer can't be used; {message}") as refusal:
        vv.Torch(name, lr=0.1)
    assert not {"LBFGS", "SparseAdam"} & set(re.findall(r"\w+", str(refusal.value).split("expected")[1]))


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("RMSprop", {"alhpa": 0.9}, "alhpa"),
        ("RMSprop", {"alpha": -1}, "alpha"),
        ("SGD", {"lr": 0.2}, "lr"),
        ("SGD", {"momentum": "much"}, ""),
        ("SGD", {"weight_decay": "some"}, ""),
    ],
)
def test_options_that_do_not_fit_are_refused_when_the_study_is_made(name, options, message):
    with pytest.raises(InvalidStudy, match=rf"torch\.optim\.{name} can't be used; got .*{message}.*; see its doc"):
        vv.Torch(name, lr=0.1, options=options)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda: vv.SGD(lr=0), "lr"),
        (lambda: vv.SGD(lr=float("nan")), "lr"),
        (lambda: vv.SGD(lr="fast"), "lr"),
        (lambda: vv.SGD(lr=True), "lr"),
        (lambda: vv.SGD(lr=0.1, momentum=1.0), "momentum"),
        (lambda: vv.SGD(lr=0.1, weight_decay=-1), "weight_decay"),
        (lambda: vv.SGD(lr=0.1, nesterov=True), "nesterov"),
        (lambda: vv.Adam(lr=-1), "lr"),
        (lambda: vv.Adam(lr=0.1, betas=0.9), "betas"),
        (lambda: vv.Adam(lr=0.1, betas=(0.9,)), "betas"),
        (lambda: vv.Adam(lr=0.1, betas=(0.9, 1.0)), "betas"),
        (lambda: vv.Adam(lr=0.1, eps=-1e-8), "eps"),
        (lambda: vv.AdamW(lr=0.1, weight_decay=float("inf")), "weight_decay"),
        (lambda: vv.AdamW(lr=0.1, betas=("a", "b")), "betas"),
        (lambda: vv.Torch("SGD", lr=0), "lr"),
        (lambda: vv.Torch("SGD", lr=0.1, options=["momentum"]), "options"),
    ],
)
def test_values_that_cannot_be_are_refused(wrong, field):
    with pytest.raises(InvalidStudy, match=rf"optimizer\.{field} can't be used; got .*; expected"):
        wrong()
