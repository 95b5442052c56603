"""Recorded steps give what the steps give, alone and side by side, or aren't used."""

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from tape import TapeRecorder

import visavis as vv
from small import glyph_examples, recipe, small_cell
from visavis.describe import undescribed
from visavis.errors import InvalidStudy, NotFinite
from visavis.training import loop
from visavis.training.fast.precision import Precision
from visavis.training.loop import epochs, fit
from visavis.training.to_train import draws_noise

RECIPE = recipe(epochs=3)


@pytest.fixture(scope="module")
def examples():
    return glyph_examples(72, 20)


def cell(examples, seed=0, strategy="full", how=RECIPE, **settings):
    return small_cell(strategy, examples, seed, how, **settings)


def outcomes(cells, recorder=None):
    """What each epoch, or its end before that, has left of each cell, by number."""
    found = []
    for pause in fit(cells, Precision.fp32, recorder):
        found += [{**pause.epochs, **pause.endings}] if pause.epochs or pause.endings else []
    return found


class NeverRecords(TapeRecorder):
    """What an optimizer with tensors for rates does where nothing is recorded."""

    def record(self, works):
        raise RuntimeError("no recording here")


def unrecorded(one, reason="no recording here"):
    with pytest.warns(UserWarning, match=reason):
        return list(epochs(one, Precision.fp32, NeverRecords()))


@pytest.mark.parametrize("strategy", ["full", "gradual", "differential"])
def test_recorded_steps_give_the_same_bits(examples, strategy):
    """72 images in batches of 16: the last step of each epoch is a smaller one, and not recorded."""
    recorder = TapeRecorder()
    found = list(epochs(cell(examples, strategy=strategy), Precision.fp32, recorder))
    expected = unrecorded(cell(examples, strategy=strategy))
    assert recorder.replayed == 3 * 4 + 2 * recorder.recorded
    assert recorder.recorded == (1 if strategy != "gradual" else recorder.recorded) > 0
    for one, other in zip(found, expected, strict=True):
        assert np.array_equal(one.logits, other.logits)
        assert one.row.train_loss == other.row.train_loss


def test_they_are_close_to_the_steps_with_numbers_for_rates(examples):
    """After one epoch: rounding grows from step to step, on some processors by a thousand times in three epochs."""
    plain = recipe(epochs=1, optimizer=vv.SGD(lr=0.05))
    (found,) = epochs(cell(examples, how=plain), Precision.fp32, TapeRecorder())
    (expected,) = epochs(cell(examples, how=plain), Precision.fp32)
    assert np.abs(found.logits - expected.logits).max() < 1e-3 * np.abs(expected.logits).max()


def test_side_by_side_each_cell_gives_what_it_gives_alone(examples):
    recorder = TapeRecorder()
    cells = [cell(examples, 0), cell(examples, 1, "gradual"), cell(examples, 2)]
    *_, last = outcomes(cells, recorder)
    for number, strategy in enumerate(["full", "gradual", "full"]):
        *_, alone = unrecorded(cell(examples, number, strategy))
        assert np.array_equal(last[number].logits, alone.logits)
    *_, plainly = outcomes([cell(examples, 0), cell(examples, 1, "gradual")])
    *_, alone = epochs(cell(examples, 1, "gradual"), Precision.fp32)
    assert np.array_equal(plainly[1].logits, alone.logits)


def test_stopped_between_recorded_steps_it_ends_with_the_same_bits(examples, monkeypatch):
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_PAUSES", 0.0)
    for pause in fit([cell(examples)], Precision.fp32, TapeRecorder()):
        if (pause.epoch, pause.images_done, pause.test_progress) == (2, 32, None):
            snapshot = pause.states[0].snapshot()
        whole = pause.epochs.get(0)
    *_, rest = epochs(cell(examples, start=snapshot), Precision.fp32, TapeRecorder())
    assert np.array_equal(rest.logits, whole.logits)


def test_a_cell_that_fails_leaves_the_others_alone(examples):
    sound, wild = cell(examples, 0), cell(examples, 1)
    with torch.no_grad():
        next(iter(wild.plan.trained.parameters())).fill_(float("nan"))
    ended, *epochs_of_the_other = outcomes([sound, wild])
    assert isinstance(ended[1], NotFinite)
    assert [set(later) for later in epochs_of_the_other] == [{0}, {0}, {0}]
    *_, alone = epochs(cell(examples, 0), Precision.fp32)
    assert np.array_equal(epochs_of_the_other[-1][0].logits, alone.logits)


def test_cells_at_different_steps_are_refused(examples):
    snapshot = next(fit([cell(examples)], Precision.fp32)).states[0].snapshot()
    with pytest.raises(InvalidStudy, match="side by side"):
        next(fit([cell(examples), cell(examples, start=snapshot)], Precision.fp32))


class Counting(torch.optim.SGD):
    """Counts its steps in Python, where a recording doesn't."""

    def step(self, closure=None):
        self.param_groups[0]["steps"] = self.param_groups[0].get("steps", 0) + 1
        return super().step(closure)


class Shrinking(torch.optim.SGD):
    """Reads its learning rate as a number, which a recording holds on to."""

    def step(self, closure=None):
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.data.sub_(parameter.grad, alpha=float(group["lr"]))


@dataclass(frozen=True)
class Of:
    """An optimizer of a class."""

    kind: type = field(metadata=undescribed)
    lr: float = 0.05

    def build(self, groups):
        return self.kind(groups, fused=isinstance(groups[0]["lr"], torch.Tensor) or None)


@pytest.mark.parametrize(("kind", "reason"), [(Counting, "counts in Python"), (Shrinking, "other weights")])
def test_an_optimizer_that_cannot_be_recorded_is_found_out(examples, kind, reason):
    how = recipe(epochs=2, optimizer=Of(kind))
    with pytest.warns(UserWarning, match=reason):
        found = list(epochs(cell(examples, how=how), Precision.fp32, TapeRecorder()))
    expected = unrecorded(cell(examples, how=how))
    assert np.array_equal(found[-1].logits, expected[-1].logits)


def noisy(examples):
    one = cell(examples)
    one.plan.trained.append(torch.nn.Dropout(0.5))
    return one


def test_noise_of_the_cpu_is_not_recorded(examples):
    with pytest.warns(UserWarning, match="draws noise"):
        *_, found = epochs(noisy(examples), Precision.fp32, TapeRecorder())
    *_, expected = unrecorded(noisy(examples), reason="draws noise")
    *_, plain = epochs(noisy(examples), Precision.fp32)
    assert np.array_equal(found.logits, expected.logits)
    assert np.abs(found.logits - plain.logits).max() < 1e-3 * np.abs(plain.logits).max()


@pytest.mark.parametrize("recorder", [NeverRecords, TapeRecorder])
def test_steps_that_were_only_tried_leave_no_trace_in_the_sums(recorder, examples):
    with pytest.warns(UserWarning, match="is asked for every operation"):
        first, *_ = epochs(noisy(examples), Precision.fp32, recorder())
    expected, *_ = epochs(noisy(examples), Precision.fp32)
    assert first.row.train_loss == pytest.approx(expected.row.train_loss, rel=1e-3)
    assert first.row.train_accuracy == expected.row.train_accuracy


def test_who_draws_noise(examples):
    loud, silent = noisy(examples), cell(examples)
    state = torch.get_rng_state()
    assert draws_noise(loud)
    assert not draws_noise(silent)
    assert torch.equal(torch.get_rng_state(), state)
