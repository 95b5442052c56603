"""What every shipped schedule promises."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from shipped import SCHEDULES

import visavis as vv
from small import cell_of, recipe, tiny_arm, tiny_data
from visavis.errors import InvalidStudy
from visavis.training.fast.precision import Precision
from visavis.training.state import TrainState

EPOCHS, STEPS = 4, 25
every = pytest.mark.parametrize("schedule", SCHEDULES, ids=str)
progresses = st.floats(0, 1, exclude_max=True)


def shares(schedule, epochs=EPOCHS, steps=STEPS):
    return [schedule.share(step / (epochs * steps), epochs) for step in range(epochs * steps)]


@every
@given(progress=progresses, epochs=st.integers(2, 300))
def test_a_share_lies_from_zero_to_one_and_is_the_same_again(schedule, progress, epochs):
    share = schedule.share(progress, epochs)
    assert 0 <= share <= 1 + 1e-12
    assert schedule.share(progress, epochs) == share


@every
@given(progress=progresses)
def test_it_has_no_gap_but_where_it_steps(schedule, progress):
    near = min(progress + 1e-7, 1 - 1e-9)
    gap = abs(schedule.share(progress, EPOCHS) - schedule.share(near, EPOCHS))
    assert gap < 1e-5 or isinstance(schedule, vv.Steps)


@every
def test_the_peak_is_reached_and_what_comes_after_it_never_rises(schedule):
    found = shares(schedule)
    top = found.index(max(found))
    assert max(found) == pytest.approx(1.0, abs=0.05)
    assert found[:top] == sorted(found[:top])
    assert found[top:] == sorted(found[top:], reverse=True)


def torch_shares(scheduler):
    """What PyTorch's own schedulers set, step by step, at a learning rate of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule, rates = scheduler(optimizer), []
    for _ in range(EPOCHS * STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


TOTAL, lr_scheduler = EPOCHS * STEPS, torch.optim.lr_scheduler


@pytest.mark.parametrize(
    ("schedule", "scheduler"),
    [
        (vv.Cosine(), lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, TOTAL)),
        (vv.Cosine(end=0.1), lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, TOTAL, eta_min=0.1)),
        (vv.Linear(end=0.1), lambda optimizer: lr_scheduler.LinearLR(optimizer, 1.0, 0.1, TOTAL)),
        (vv.Steps(every=1, factor=0.5), lambda optimizer: lr_scheduler.StepLR(optimizer, STEPS, 0.5)),
        (vv.Steps(every=1.6), lambda optimizer: lr_scheduler.StepLR(optimizer, 40)),
        (vv.Constant(), lambda optimizer: lr_scheduler.ConstantLR(optimizer, 1.0)),
        (
            vv.Constant(warmup=2),
            lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, step / (2 * STEPS))),
        ),
    ],
    ids=["cosine", "cosine to a tenth", "linear", "steps", "steps between epochs", "constant", "warm-up"],
)
def test_it_sets_what_pytorchs_own_scheduler_sets(schedule, scheduler):
    assert shares(schedule) == pytest.approx(torch_shares(scheduler), abs=1e-9)


def test_one_cycle_runs_from_start_to_peak_to_end():
    found = shares(vv.OneCycle(peak=0.25, start=0.1, end=0.01), steps=1000)
    assert found[0] == pytest.approx(0.1)
    assert found[1000] == pytest.approx(1.0)
    assert found[500] == pytest.approx(0.55)
    assert found[-1] == pytest.approx(0.01, abs=1e-4)


@pytest.mark.parametrize("kind", [vv.Constant, vv.Cosine, vv.Linear])
def test_warm_up_is_a_straight_line_and_the_rest_is_the_schedule_without_it(kind):
    found, plain = shares(kind(warmup=1)), shares(kind(), epochs=EPOCHS - 1)
    assert found[:STEPS] == pytest.approx([step / STEPS for step in range(STEPS)])
    assert found[STEPS:] == pytest.approx(plain)


def test_a_step_falls_on_an_epochs_first_step_whatever_its_number():
    for epochs in range(2, 120):
        for every in range(1, min(epochs, 9)):
            schedule = vv.Steps(every=every, factor=0.5)
            for epoch in range(epochs):
                first = (epoch + 0 / 7) / epochs
                last = (epoch + 6 / 7) / epochs
                assert schedule.share(first, epochs) == schedule.share(last, epochs) == 0.5 ** (epoch // every)


@every
def test_each_step_of_the_loop_gets_its_share(schedule):
    """Rates of every step of a tiny training, of each group."""
    arm = tiny_arm(schedule=schedule, optimizer=vv.SGD(lr=0.2))
    state, rates = TrainState(cell_of(arm, tiny_data()), Precision.fp32), []
    for epoch in (1, 2, 3):
        state.enter(epoch)
        for start in range(0, 60, 16):
            state.step(*state.prepare(slice(start, min(start + 16, 60))))
            rates += [group["lr"] for group in state.optimizer.param_groups]
    assert rates == pytest.approx([0.2 * share for share in shares(schedule, epochs=3, steps=4)])


@pytest.mark.parametrize(
    ("schedule", "name"),
    [
        (vv.Constant(warmup=3), "warmup 3"),
        (vv.Cosine(warmup=3.5), r"warmup 3\.5"),
        (vv.Linear(warmup=10), "warmup 10"),
        (vv.Steps(every=3), "every 3"),
        (vv.Steps(every=1, warmup=4), "warmup 4"),
    ],
)
def test_one_that_is_longer_than_the_training_is_refused(schedule, name):
    with pytest.raises(
        InvalidStudy, match=rf"longer than the training; got schedule\.{name} of 3 epochs; .*fewer than 3"
    ):
        recipe(epochs=3, schedule=schedule)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda: vv.Constant(warmup=-1), "warmup"),
        (lambda: vv.Cosine(end=1.5), "end"),
        (lambda: vv.Cosine(warmup="one"), "warmup"),
        (lambda: vv.Linear(end=-0.1), "end"),
        (lambda: vv.Linear(warmup=math.inf), "warmup"),
        (lambda: vv.Steps(every=0), "every"),
        (lambda: vv.Steps(every=1, factor=1), "factor"),
        (lambda: vv.Steps(every=1, factor=0), "factor"),
        (lambda: vv.Steps(every=1, warmup=math.nan), "warmup"),
        (lambda: vv.OneCycle(peak=0), "peak"),
        (lambda: vv.OneCycle(peak=1), "peak"),
        (lambda: vv.OneCycle(start=2), "start"),
        (lambda: vv.OneCycle(end=None), "end"),
    ],
)
def test_values_that_cannot_be_are_refused(wrong, field):
    with pytest.raises(InvalidStudy, match=rf"schedule\.{field} can't be used; got .*; expected"):
        wrong()
