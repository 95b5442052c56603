"""What a few images show of an arm before anything is written."""

from dataclasses import dataclass

import numpy as np
import torch

import visavis as vv
from small import small_study, transfer_study
from visavis.cells.rehearsal import rehearse, rehearse_bits, rehearse_speed
from visavis.training import Precision

CPU = torch.device("cpu")
UNSEEDED = np.random.default_rng()


@dataclass(frozen=True)
class UnseededShuffle:
    """Draws from a generator of its own, so every making of it is another."""

    def draw(self, shape, stream):
        order = UNSEEDED.permutation(shape.width)
        return vv.Transform(lambda images: images[..., order])


@dataclass(frozen=True)
class UnseededNetwork:
    """A perceptron whose first weights aren't drawn from the stream."""

    def build(self, shape, classes, stream):
        network = vv.models.MLP(hidden=(8,)).build(shape, classes, stream)
        with torch.no_grad():
            next(network.backbone.parameters()).copy_(
                torch.from_numpy(UNSEEDED.normal(size=next(network.backbone.parameters()).shape)).float()
            )
        return network

    def preprocess(self, images):
        return vv.models.MLP(hidden=(8,)).preprocess(images)


def bits(arm, study):
    return rehearse_bits(arm, 0, study.data.load(), CPU, Precision.fp32)


def test_it_tells_what_was_loaded_and_what_is_frozen():
    study = transfer_study(names=("probe", "full"))
    data = study.data.load()
    probe, full = (rehearse(arm, 0, data) for arm in study.all_arms)
    assert (probe.has_frozen, full.has_frozen) == (True, False)
    assert probe.loaded == full.loaded
    assert probe.loaded is not None
    plain = rehearse(small_study().control, 0, data)
    assert plain.loaded is None


def test_speed_is_measured_without_changing_anything():
    study = small_study()
    data = study.data.load()
    measured = rehearse_speed(study.control, 0, data, CPU)
    assert measured.fp32_seconds > 0
    assert measured.bf16_seconds > 0


def test_every_arm_that_is_a_function_of_its_streams_gives_the_same_bits():
    study = small_study()
    for arm in study.all_arms:
        verdict = bits(arm, study)
        assert verdict.same
        assert verdict.other_draws == ()
        assert verdict.difference == 0


def test_an_unseeded_generator_is_found_and_its_factor_named():
    study = small_study()
    shuffled = bits(study.control.but("shuffled", input=UnseededShuffle()), study)
    assert not shuffled.same
    assert shuffled.other_draws == ("input",)
    unseeded = bits(study.control.but("unseeded", model=UnseededNetwork()), study)
    assert not unseeded.same
    assert unseeded.other_draws == ("model",)
