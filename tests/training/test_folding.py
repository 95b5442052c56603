"""Folded networks give what the networks themselves give, or aren't used."""

import copy

import pytest
import torch
from torch import nn

import visavis as vv
from visavis.parts.models import LetterCNN
from visavis.streams import root
from visavis.training.fast.folding import fold
from visavis.training.fast.precision import Precision
from visavis.training.forward import in_batches


def moved(module):
    """With statistics that a fresh batch normalisation doesn't have."""
    torch.manual_seed(0)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2.0)
            nn.init.uniform_(part.weight, 0.5, 2.0)
            nn.init.normal_(part.bias)
    return module.eval()


def images(channels=3, side=32):
    return torch.rand(4, channels, side, side, generator=torch.Generator().manual_seed(0))


def normalisations(module):
    return sum(isinstance(part, nn.BatchNorm2d) for part in module.modules())


class Noisy(nn.Sequential):
    """Isn't the same twice."""

    def forward(self, batch):
        return super().forward(batch) + torch.rand(())


class Choosy(nn.Sequential):
    """Looks at its numbers."""

    def forward(self, batch):
        return super().forward(batch if batch.sum() > 0 else -batch)


class Forked(nn.Module):
    """The convolution's own output is wanted, too."""

    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)

    def forward(self, batch):
        given = self.first(batch)
        return given + self.norm(given)


class Shared(nn.Module):
    """One normalisation behind two convolutions."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.norm = nn.Conv2d(3, 3, 3), nn.Conv2d(3, 3, 3), nn.BatchNorm2d(3)

    def forward(self, batch):
        return self.norm(self.second(self.norm(self.first(batch))))


def pair(kind=nn.Sequential):
    return kind(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))


def letter_network():
    network = LetterCNN().build(vv.ImageShape(1, 28, 28), 10, root(0).child("init"))
    return nn.Sequential(network.backbone, network.head)


def resnet():
    shape = vv.ImageShape(3, 32, 32)
    return vv.models.TorchvisionModel("resnet18", size=32).build(shape, 10, root(0).child("init")).backbone


@pytest.mark.parametrize(("build", "shape"), [(letter_network, (1, 28)), (resnet, (3, 32)), (pair, (3, 32))])
@torch.no_grad()
def test_nothing_is_left_to_fold_and_the_outputs_are_the_same(build, shape):
    module, batch = moved(build()), images(*shape)
    before, expected = copy.deepcopy(module.state_dict()), module(batch)
    found = fold(module, batch[:2])
    assert normalisations(module) > 0 == normalisations(found)
    torch.testing.assert_close(found(batch), expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())
    assert torch.equal(module(batch), expected)


@pytest.mark.parametrize(
    "module",
    [
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()),
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.BatchNorm2d(4)),
        Forked(),
        Shared(),
        pair(Noisy),
        pair(Choosy),
    ],
    ids=["none", "not behind it", "forked", "shared", "noisy", "choosy"],
)
@torch.no_grad()
def test_what_cannot_be_folded_stays_as_it_is(module):
    module = moved(module)
    assert fold(module, images()[:2]) is module


@torch.no_grad()
def test_what_a_hook_changes_is_not_lost():
    module = moved(nn.Sequential(pair(), nn.ReLU()))
    module[0].register_forward_hook(lambda part, given, output: output + 1)
    torch.testing.assert_close(fold(module, images()[:2])(images()), module(images()))


@torch.no_grad()
def test_numbers_that_are_not_finite_are_the_modules_own():
    module = moved(pair())
    module[1].weight[0] = float("nan")
    assert fold(module, images()[:2]) is module


@pytest.mark.parametrize(("precision", "is_folded"), [(Precision.fp32, True), (Precision.bf16, False)])
def test_networks_are_folded_where_float32_asks_them(precision, is_folded, monkeypatch):
    asked = []
    monkeypatch.setattr("visavis.training.forward.fold", lambda module, example: asked.append(module) or module)
    in_batches(moved(pair()), lambda batch: batch.float(), images().byte(), precision)
    assert bool(asked) == is_folded
