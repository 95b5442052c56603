"""What every shipped model promises."""

from dataclasses import replace

import pytest
import torch

from visavis.cells.fingerprints import weights_fingerprint
from visavis.data import ImageShape
from visavis.errors import InvalidStudy
from visavis.parts.models import MLP, READINGS, ConvNet, LetterCNN, Mixer, SmallViT
from visavis.parts.models.conv_net import ACTIVATIONS, NORMS
from visavis.parts.models.mixer import Block as MixerBlock
from visavis.parts.models.small_vit import Attention
from visavis.parts.tuning.whole import whole
from visavis.streams import root

LETTERS = ImageShape(1, 28, 28)
SHIPPED = [
    *READINGS.values(),
    MLP(),
    MLP(hidden=(8,)),
    *(ConvNet(widths=(8, 16), norm=norm) for norm in NORMS),
    *(ConvNet(widths=(8, 12), activation=activation) for activation in ACTIVATIONS),
    ConvNet(kernel=5, pool="average", dropout=0.2),
    SmallViT(),
    SmallViT(patch=7, width=12, depth=1, heads=3),
    Mixer(),
    Mixer(patch=14, width=8, depth=1, across=4),
]
every = pytest.mark.parametrize("model", SHIPPED, ids=str)


def built(model, seed=0, shape=LETTERS, classes=10):
    return whole(model.build(shape, classes, root(seed).child("init")))


def prints(model, seed=0):
    return weights_fingerprint(model.build(LETTERS, 10, root(seed).child("init")))


@every
def test_same_stream_same_weights_and_another_seed_others(model):
    torch.manual_seed(5)
    first = prints(model)
    torch.manual_seed(6)
    assert prints(model) == first
    assert prints(model, seed=1) != first


@every
@pytest.mark.parametrize(("channels", "classes"), [(1, 10), (3, 4)])
def test_bytes_go_in_and_logits_come_out(model, channels, classes):
    module = built(model, shape=ImageShape(channels, 28, 28), classes=classes)
    images = torch.randint(0, 256, (3, channels, 28, 28), dtype=torch.uint8)
    assert module(model.preprocess(images)).shape == (3, classes)


@every
def test_pixels_run_from_minus_one_to_one(model):
    pixels = model.preprocess(torch.tensor([0, 51, 255], dtype=torch.uint8))
    assert pixels.tolist() == pytest.approx([-1.0, -0.6, 1.0])
    assert pixels.dtype == torch.float32


def test_tensors_of_the_same_name_are_the_same_in_every_reading():
    """Padding and normalisation change nothing of where the convolutions start."""
    found = [prints(model) for model in READINGS.values()]
    shared = set.intersection(*map(set, found))
    assert "backbone.conv4.weight" in shared
    assert len(shared) >= 10
    assert all(one[name] == found[0][name] for one in found for name in shared)


def test_the_perceptron_is_as_large_as_the_network():
    sizes = [sum(weight.numel() for weight in built(model).parameters()) for model in (LetterCNN(), MLP())]
    assert sizes == [1_556_874, 1_556_854]


def test_the_maps_of_the_readings_run_as_stated():
    def maps(model):
        sizes, value = [], torch.zeros(1, 1, 28, 28)
        for name, layer in model.build(LETTERS, 10, root(0)).backbone.named_children():
            value = layer(value)
            if name.startswith(("conv", "pool")):
                sizes.append(value.shape[-1])
        return sizes

    assert maps(LetterCNN()) == [28, 28, 14, 14, 7, 7, 3]
    assert maps(LetterCNN(padding=0)) == [26, 24, 12, 10, 5, 3, 1]


def test_as_written_normalises_after_the_first_convolution_only():
    names = {name for name, _ in READINGS["as-written"].build(LETTERS, 10, root(0)).backbone.named_children()}
    assert {"norm1", "relu1"} <= names
    assert not {"norm2", "relu2", "norm4"} & names


def test_images_that_are_too_small_are_refused():
    with pytest.raises(InvalidStudy, match="got 27 x 27 pixels; expected 28 x 28 or more"):
        LetterCNN(padding=0).build(ImageShape(1, 27, 27), 10, root(0))


def test_the_perceptron_is_blind_to_the_order_of_its_inputs():
    """With the first layer's columns permuted alike, permuted images give the same logits."""
    module = built(MLP(hidden=(8,)))
    images = torch.randn(4, 1, 28, 28)
    order = torch.randperm(784, generator=torch.Generator().manual_seed(0))
    expected = module(images)
    first = module.backbone.linear1
    first.weight.data = first.weight.data[:, order]
    assert torch.allclose(module(images.flatten(1)[:, order].view_as(images)), expected, atol=1e-5)


@every
def test_what_is_varied_within_a_network_changes_it(model):
    """No field is passed over: another value gives other tensors, or other logits."""
    assert built(model).state_dict().keys() >= {"head.weight", "head.bias"}
    images = torch.randint(0, 256, (4, 1, 28, 28), dtype=torch.uint8)
    for name, value in OTHERS.get(type(model), {}).items():
        other = replace(model, **{name: value})
        if other == model:
            continue
        module, changed = (built(network).train() for network in (model, other))
        first, second = module.state_dict(), changed.state_dict()
        same = {key: tensor.shape for key, tensor in first.items()} == {key: t.shape for key, t in second.items()}
        assert not same or not torch.equal(module(model.preprocess(images)), changed(other.preprocess(images))), name


OTHERS = {
    ConvNet: {"widths": (24,), "kernel": 7, "norm": "layer", "activation": "tanh", "pool": "average", "dropout": 0.7},
    SmallViT: {"patch": 2, "width": 24, "depth": 3, "heads": 2},
    Mixer: {"patch": 2, "width": 24, "depth": 3, "across": 5},
}


def test_normalisations_are_of_what_they_say():
    images = torch.randn(6, 16, 5, 5)
    layer, group, batch = (NORMS[name](16)(images) for name in ("layer", "group", "batch"))
    assert torch.allclose(layer.mean((1, 2, 3)), torch.zeros(6), atol=1e-5)
    assert torch.allclose(group.view(6, 8, 2, 5, 5).mean((2, 3, 4)), torch.zeros(6, 8), atol=1e-5)
    assert torch.allclose(batch.mean((0, 2, 3)), torch.zeros(16), atol=1e-5)


def test_attention_is_that_of_pytorch():
    """With the same weights, PyTorch's own layer gives the same."""
    own, theirs = Attention(12, 3), torch.nn.MultiheadAttention(12, 3, batch_first=True)
    theirs.in_proj_weight.data, theirs.in_proj_bias.data = own.asked.weight.data, own.asked.bias.data
    theirs.out_proj.weight.data, theirs.out_proj.bias.data = own.out.weight.data, own.out.bias.data
    rows = torch.randn(2, 5, 12)
    assert torch.allclose(own(rows), theirs(rows, rows, rows, need_weights=False)[0], atol=1e-5)


def test_a_mixer_is_blind_to_the_order_of_patches_up_to_its_weights():
    """With the weights across patches permuted alike, permuted patches give the same logits."""
    module, rows = MixerBlock(6, 4, 3), torch.randn(2, 6, 4)
    order = torch.randperm(6, generator=torch.Generator().manual_seed(0))
    expected = module(rows)[:, order]
    first, _, last = module.across
    first.weight.data = first.weight.data[:, order]
    last.weight.data, last.bias.data = last.weight.data[order], last.bias.data[order]
    assert torch.allclose(module(rows[:, order]), expected, atol=1e-6)


BAD = {
    "no widths": (lambda: ConvNet(widths=()), "model.widths"),
    "even kernel": (lambda: ConvNet(kernel=2), "an odd whole number"),
    "no such norm": (lambda: ConvNet(norm="instance"), "one of none, batch, group, layer"),
    "no such activation": (lambda: ConvNet(activation="relu6"), "model.activation"),
    "no such pool": (lambda: ConvNet(pool="min"), "model.pool"),
    "uneven groups": (lambda: ConvNet(widths=(12,), norm="group"), "multiples of 8"),
    "all dropped": (lambda: ConvNet(dropout=1), "below 1"),
    "heads": (lambda: SmallViT(width=10, heads=4), "a multiple of 4 heads"),
    "no depth": (lambda: SmallViT(depth=0), "model.depth"),
    "no patch": (lambda: Mixer(patch=0), "model.patch"),
    "too small": (lambda: ConvNet(widths=(8,) * 6).build(LETTERS, 10, root(0)), "expected 32 x 32 or more"),
    "no whole patches": (lambda: Mixer(patch=5).build(LETTERS, 10, root(0)), "multiples of the patch"),
    "none for a transformer": (lambda: SmallViT(patch=5).build(LETTERS, 10, root(0)), "multiples of the patch"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_built_is_refused(name):
    make, message = BAD[name]
    with pytest.raises(InvalidStudy, match=message):
        make()
