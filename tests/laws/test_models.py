"""What every shipped model promises."""

import pytest
import torch

from visavis.cells.fingerprints import weights_fingerprint
from visavis.data import ImageShape
from visavis.errors import InvalidStudy
from visavis.parts.models import MLP, READINGS, LetterCNN
from visavis.parts.tuning.whole import whole
from visavis.streams import root

LETTERS = ImageShape(1, 28, 28)
SHIPPED = [*READINGS.values(), MLP(), MLP(hidden=(8,))]
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
