"""Recorded steps with every kind of optimizer, schedule, loss and augmentation: the rate is read anew in each step."""

from dataclasses import dataclass
from importlib import import_module

import numpy as np
import pytest
from tape import TapeRecorder

import visavis as vv
from small import cell_of, tiny_arm, tiny_data
from visavis.errors import InvalidStudy
from visavis.training import loop
from visavis.training.fast.precision import Precision
from visavis.training.loop import epochs, fit

CAPTURABLE = ["RMSprop", "NAdam", "RAdam", "Adadelta", "Adamax", "ASGD", "Rprop"]
SCHEDULED = [
    vv.SGD(lr=0.05, momentum=0.9),
    vv.SGD(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
    vv.Adam(lr=0.01),
    vv.AdamW(lr=0.01),
    *(vv.Torch(name, lr=0.01, options={"foreach": True}) for name in CAPTURABLE),  # as they go about it on a GPU
]
scheduled = pytest.mark.parametrize("optimizer", SCHEDULED, ids=str)


class Untaped(TapeRecorder):
    """Makes every step as it would be recorded, and never replays one."""

    def record(self, works):
        def replay():
            for work in works:
                work()

        return replay


@pytest.fixture
def capturable(monkeypatch):
    """PyTorch's optimizers may be recorded on the CPU, too, as they may on a GPU."""
    for name in CAPTURABLE:
        module = import_module(f"torch.optim.{name.lower()}")
        monkeypatch.setattr(module, "_get_capturable_supported_devices", lambda *given, **more: ["cpu"])


@pytest.fixture(scope="module")
def data():
    return tiny_data()


def scheduled_arm(optimizer, **changed):
    """Its rate is another in every step, its images are augmented, and its last step of an epoch is a smaller one."""
    return tiny_arm(optimizer=optimizer, schedule=vv.Cosine(warmup=1), augmentation=vv.Shift(1), **changed)


@scheduled
def test_recorded_steps_follow_the_schedule_to_the_bit(optimizer, data, capturable):
    recorder, arm = TapeRecorder(), scheduled_arm(optimizer)
    found = list(epochs(cell_of(arm, data), Precision.fp32, recorder))
    expected = list(epochs(cell_of(arm, data), Precision.fp32, Untaped()))
    assert recorder.replayed > 3 * 3  # three whole steps an epoch, some of them while it is tried
    assert np.array_equal(found[-1].logits, expected[-1].logits)
    assert [one.row.train_loss for one in found] == [one.row.train_loss for one in expected]
    *_, constant = epochs(cell_of(tiny_arm(optimizer=optimizer, augmentation=vv.Shift(1)), data), Precision.fp32)
    assert "Rprop" in str(optimizer) or not np.allclose(found[-1].logits, constant.logits, rtol=1e-2)


@scheduled
def test_recorded_or_not_it_is_the_schedule_of_the_steps_with_numbers(optimizer, data, capturable):
    """But for rounding, which is largest where RAdam takes 0.999 to the power of its steps in float32."""
    arm = scheduled_arm(optimizer)
    *_, found = epochs(cell_of(arm, data), Precision.fp32, TapeRecorder())
    *_, expected = epochs(cell_of(arm, data), Precision.fp32)
    assert np.abs(found.logits - expected.logits).max() < 0.03 * np.abs(expected.logits).max()


@scheduled
@pytest.mark.parametrize("step", [1, 3])
def test_stopped_between_recorded_steps_of_a_schedule_it_ends_with_the_same_bits(
    optimizer, step, data, capturable, monkeypatch
):
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_PAUSES", 0.0)
    arm = scheduled_arm(optimizer)
    for pause in fit([cell_of(arm, data)], Precision.fp32, TapeRecorder()):
        if (pause.epoch, pause.images_done, pause.test_progress) == (2, 16 * step, None):
            snapshot = pause.states[0].snapshot()
        whole = pause.epochs.get(0)
    *_, rest = epochs(cell_of(arm, data, snapshot), Precision.fp32, TapeRecorder())
    assert np.array_equal(rest.logits, whole.logits)


def outcomes(cells, recorder=None):
    """What each epoch, or its end before that, has left of each cell, by number."""
    pauses = fit(cells, Precision.fp32, recorder)
    return [{**pause.epochs, **pause.endings} for pause in pauses if pause.epochs or pause.endings]


@pytest.mark.parametrize("recorder", [None, TapeRecorder], ids=str)
def test_side_by_side_with_other_parts_each_cell_gives_what_it_gives_alone(data, recorder):
    """Only the pace has to be the same."""
    arms = [
        tiny_arm(),
        tiny_arm(optimizer=vv.AdamW(lr=0.01), schedule=vv.Cosine()),
        tiny_arm(loss=vv.Focal(weights=vv.Balanced()), augmentation=vv.Flip(), schedule=vv.Steps(every=1)),
        tiny_arm(augmentation=vv.AugmentationChain((vv.RandAugment(), vv.Mixup()))),
        tiny_arm(training=vv.LabelNoise(0.4), model=vv.models.MLP(hidden=(12,)), optimizer=vv.Adam(lr=0.01)),
    ]
    made = [] if recorder is None else [recorder()]
    *_, together = outcomes([cell_of(arm, data) for arm in arms], *made)
    for number, arm in enumerate(arms):
        *_, alone = epochs(cell_of(arm, data), Precision.fp32, *(kind() for kind in map(type, made)))
        assert np.array_equal(together[number].logits, alone.logits)


@dataclass(frozen=True)
class Failing:
    """Fails in the second epoch: as a schedule, an augmentation."""

    def share(self, progress, epochs):
        if 1 / 3 < progress < 1 / 2 and epochs == 3:
            raise ArithmeticError("no share")
        return 1.0

    def draw(self, count, stream):
        def apply(images, rows):
            if stream.path[-1] == 2:
                raise ArithmeticError("no image")
            return images

        return vv.EpochDraws(apply)


@pytest.mark.parametrize("recorder", [None, TapeRecorder], ids=str)
@pytest.mark.parametrize("factor", ["schedule", "augmentation"])
def test_a_part_that_raises_ends_its_own_cell_only(data, factor, recorder):
    arms = [tiny_arm(), tiny_arm(**{factor: Failing()}), tiny_arm(optimizer=vv.Adam(lr=0.01))]
    made = [] if recorder is None else [recorder()]
    found = outcomes([cell_of(arm, data) for arm in arms], *made)
    (problem,) = [outcome[1] for outcome in found if isinstance(outcome.get(1), Exception)]
    assert isinstance(problem, ArithmeticError)
    for number in (0, 2):
        *_, alone = epochs(cell_of(arms[number], data), Precision.fp32, *(kind() for kind in map(type, made)))
        assert np.array_equal(found[-1][number].logits, alone.logits)


@pytest.mark.parametrize("other", [{"epochs": 2}, {"batch_size": 15}, {"training": vv.Fraction(0.5)}], ids=str)
def test_cells_of_another_pace_are_refused(data, other):
    with pytest.raises(InvalidStudy, match="side by side"):
        next(fit([cell_of(tiny_arm(), data), cell_of(tiny_arm(**other), data)], Precision.fp32))
