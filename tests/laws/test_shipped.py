"""What every shipped part promises, whatever its factor."""

from dataclasses import is_dataclass
from importlib import import_module

import numpy as np
import pytest
from shipped import FACTORS

import visavis as vv
from small import cell_of, last_epoch, tiny_arm, tiny_data
from visavis.describe import describe, digest
from visavis.design.arm import PARTS
from visavis.training import loop
from visavis.training.fast.precision import Precision
from visavis.training.loop import fit

HOMES = {
    "optimizer": "optimizers",
    "loss": "losses",
    "schedule": "schedules",
    "training": "training_sets",
    "augmentation": "augmentations",
    "tuning": "tuning",
    "input": "inputs",
    "averaging": "averaging",
    "selection": "selection",
}
TRAINED = [(factor, part) for factor, parts in FACTORS.items() if factor != "tuning" for part in parts]
each = pytest.mark.parametrize(("factor", "part"), TRAINED, ids=[f"{factor} {part}" for factor, part in TRAINED])


@pytest.fixture(scope="module")
def data():
    return tiny_data()


@pytest.mark.parametrize("factor", FACTORS)
def test_every_part_is_in_the_lists(factor):
    home, (method, _) = import_module(f"visavis.parts.{HOMES[factor]}"), PARTS[factor]
    kinds = {kind for kind in vars(home).values() if is_dataclass(kind) and callable(getattr(kind, method, None))}
    assert kinds == {type(part) for part in FACTORS[factor]}
    assert all(getattr(vv, kind.__name__) is kind for kind in kinds)


@pytest.mark.parametrize("factor", FACTORS)
def test_descriptions_tell_parts_apart_and_name_their_kind(factor):
    digests = [digest(part) for part in FACTORS[factor]]
    assert len(set(digests)) == len(digests)
    assert all(describe(part)["type"] == type(part).__name__ for part in FACTORS[factor])


@each
def test_a_training_gives_the_same_bits_twice(factor, part, data):
    arm = tiny_arm(schedule=vv.Cosine()).but("other", **{factor: part})
    assert np.array_equal(last_epoch(arm, data).logits, last_epoch(arm, data).logits)


@each
def test_stopped_within_an_epoch_and_continued_it_ends_with_the_same_bits(factor, part, data, monkeypatch):
    """In the middle of a schedule, of an optimizer's memory and of augmented images, whichever the part is."""
    usual = {"augmentation": vv.Shift(2), "schedule": vv.Cosine(end=0.1, warmup=1), "optimizer": vv.Adam(lr=0.01)}
    arm = tiny_arm(**{**usual, factor: part})
    whole, snapshot = stopped(arm, data, monkeypatch)
    ends = [pause.epochs[0] for pause in fit([cell_of(arm, data, snapshot)], Precision.fp32) if pause.epochs]
    assert [end.row.epoch for end in ends] == [2, 3]
    assert np.array_equal(ends[-1].logits, whole.logits)
    assert ends[-1].row.train_loss == whole.row.train_loss


def stopped(arm, data, monkeypatch):
    """The whole training's last epoch, and its state after a step of the second."""
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_PAUSES", 0.0)
    for pause in fit([cell_of(arm, data)], Precision.fp32):
        if (pause.epoch, pause.images_done, pause.test_progress) == (2, 16, None):
            snapshot = pause.states[0].snapshot()
        whole = pause.epochs.get(0)
    return whole, snapshot


@pytest.mark.parametrize("factor", ["optimizer", "loss", "schedule", "training", "augmentation"])
def test_a_part_changes_what_is_learned(factor, data):
    """Otherwise the laws above would hold for a loop that passes the part over."""
    logits = [last_epoch(tiny_arm(**{factor: part}), data).logits for part in FACTORS[factor]]
    equal = [
        (one, other) for one in range(len(logits)) for other in range(one) if np.array_equal(logits[one], logits[other])
    ]
    assert equal == SAME.get(factor, [])


SAME = {"loss": [(4, 0), (5, 2)]}
"""NLL of log-softmax is the cross-entropy, with class weights too."""
CONTROLS = [
    ("input", vv.GaussianNoise(0.0)),
    ("training", vv.LabelNoise(0.0)),
    ("training", vv.Fraction(1.0)),
    ("training", vv.Fraction(1.0, same_steps=True)),
    ("augmentation", vv.Shift(0)),
    ("augmentation", vv.Flip(0.0)),
    ("loss", vv.CrossEntropy(label_smoothing=0.0)),
    ("schedule", vv.Linear(end=1.0)),
    ("schedule", vv.Cosine(end=1.0)),
    ("optimizer", vv.SGD(lr=0.05, momentum=0.9, weight_decay=0.0, nesterov=False)),
    ("optimizer", vv.Torch("SGD", lr=0.05, options={"momentum": 0.9})),
]


@pytest.mark.parametrize(("factor", "part"), CONTROLS, ids=str)
def test_dose_zero_is_the_control_to_the_bit(factor, part, data):
    control, other = last_epoch(tiny_arm(), data), last_epoch(tiny_arm(**{factor: part}), data)
    assert np.array_equal(control.logits, other.logits)
    assert control.row.train_loss == other.row.train_loss
    assert control.row.order == other.row.order


def test_a_focal_loss_without_focus_is_the_cross_entropy(data):
    """But for rounding: its mean is taken after the losses, not with them."""
    control, other = last_epoch(tiny_arm(), data), last_epoch(tiny_arm(loss=vv.Focal(gamma=0.0)), data)
    assert np.allclose(control.logits, other.logits, rtol=1e-3, atol=1e-4)
