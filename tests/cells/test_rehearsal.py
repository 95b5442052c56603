"""What a few images show of an arm before anything is written."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
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


@dataclass(frozen=True)
class UnseededRows:
    """Leaves out a row of its own choice."""

    def draw(self, labels, classes, stream):
        rows = np.delete(np.arange(len(labels)), UNSEEDED.integers(len(labels)))
        return vv.TrainingRows(rows, labels[rows])


@dataclass(frozen=True)
class UnseededLabels:
    """All rows, a few under labels of its own choice."""

    def draw(self, labels, classes, stream):
        wrong = UNSEEDED.random(len(labels)) < 0.2
        return vv.TrainingRows(np.arange(len(labels)), np.where(wrong, (labels + 1) % len(classes), labels))


@dataclass(frozen=True)
class UnseededNoise:
    """Draws where it applies, or beforehand, from a generator of its own; tells of its draws or doesn't."""

    beforehand: bool

    def draw(self, count, stream):
        offsets = torch.from_numpy(UNSEEDED.integers(0, 9, (count, 1, 1, 1)))

        def apply(images, rows):
            drawn = (
                offsets[rows] if self.beforehand else torch.from_numpy(UNSEEDED.integers(0, 9, (len(rows), 1, 1, 1)))
            )
            return (images // 2 + drawn).to(torch.uint8)

        return vv.EpochDraws(apply)


@dataclass(frozen=True)
class GlobalNoise:
    """Draws where it applies, from PyTorch's own generator, which is the cell's."""

    def draw(self, count, stream):
        return vv.EpochDraws(lambda images, rows: images // 2 + torch.randint(0, 9, images.shape, dtype=torch.uint8))


@dataclass(frozen=True)
class UnseededAdapters:
    """Scales its learning rates by chance."""

    def plan(self, network, stream):
        plan = vv.Full().plan(network, stream)
        (group,) = plan.groups
        return replace(plan, groups=(replace(group, scale=UNSEEDED.uniform(0.1, 1.0)),))


@pytest.mark.parametrize(
    ("factor", "part"),
    [
        ("input", UnseededShuffle()),
        ("model", UnseededNetwork()),
        ("training", UnseededRows()),
        ("training", UnseededLabels()),
        ("augmentation", UnseededNoise(beforehand=True)),
        ("augmentation", UnseededNoise(beforehand=False)),
        ("tuning", UnseededAdapters()),
    ],
    ids=str,
)
def test_an_unseeded_generator_is_found_and_its_factor_named(factor, part):
    study = small_study()
    verdict = bits(study.control.but("unseeded", **{factor: part}), study)
    assert not verdict.same
    assert verdict.other_draws == (factor,)


@pytest.mark.parametrize(
    ("factor", "part"),
    [
        ("augmentation", vv.Shift(2)),
        ("augmentation", GlobalNoise()),
        ("training", vv.Fraction(0.5)),
        ("training", vv.LabelNoise(0.5)),
        ("optimizer", vv.AdamW(lr=0.01)),
        ("schedule", vv.Cosine(warmup=1)),
        ("loss", vv.Focal()),
    ],
    ids=str,
)
def test_parts_that_draw_from_their_streams_give_the_same_bits(factor, part):
    study = small_study()
    verdict = bits(study.control.but("other", **{factor: part}), study)
    assert verdict.same
    assert verdict.other_draws == ()


def test_an_unseeded_optimizer_gives_other_bits_though_no_draw_differs():
    study = small_study()
    verdict = bits(study.control.but("unseeded", optimizer=UnseededSteps()), study)
    assert not verdict.same
    assert verdict.other_draws == ()
    assert verdict.difference > 0


@dataclass(frozen=True)
class UnseededSteps:
    """Another momentum every time."""

    lr: float = 0.05

    def build(self, groups):
        return torch.optim.SGD(groups, lr=self.lr, momentum=UNSEEDED.uniform(0.5, 0.9))
