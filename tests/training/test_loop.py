"""The loop stands still between two steps, and whoever iterates may do as they like there."""

import numpy as np
import pytest
import torch

from small import glyph_examples, small_cell
from visavis.training import loop
from visavis.training.fast.precision import Precision
from visavis.training.loop import epochs, fit


@pytest.fixture(scope="module")
def examples():
    return glyph_examples(40, 20)


@pytest.fixture
def every_step(monkeypatch):
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_PAUSES", 0.0)


def test_it_pauses_at_steps_in_tests_and_after_epochs(examples, every_step):
    pauses = list(fit([small_cell("full", examples)], Precision.fp32))
    kinds = [(p.epoch, p.images_done, p.test_progress is not None, bool(p.epochs)) for p in pauses]
    of_an_epoch = [(16, False, False), (32, False, False), (40, False, False), (40, True, False), (40, False, True)]
    assert kinds == [(epoch, *kind) for epoch in (1, 2) for kind in of_an_epoch]


def noisy(examples):
    cell = small_cell("full", examples)
    cell.plan.trained.append(torch.nn.Dropout(0.5))
    return cell


def test_what_is_drawn_between_two_steps_changes_nothing(examples, every_step):
    """A cell's noise is its own: neither does a pause use it up, nor do others see it."""
    *_, undisturbed = epochs(noisy(examples), Precision.fp32)
    cell = noisy(examples)
    torch.manual_seed(5)
    expected = [torch.rand(3) for _ in range(10)]
    torch.manual_seed(5)
    numbers = []
    for pause in fit([cell], Precision.fp32):
        numbers.append(torch.rand(3))
        last = pause.epochs.get(0)
    assert np.array_equal(last.logits, undisturbed.logits)
    assert all(map(torch.equal, numbers, expected))


def test_gradients_are_the_callers_own_between_two_steps(examples, every_step):
    for _ in fit([small_cell("full", examples)], Precision.fp32):
        assert torch.is_grad_enabled()


def test_who_stops_iterating_stops_the_training(examples, every_step):
    cell = small_cell("full", examples)
    for pause in fit([cell], Precision.fp32):
        if pause.images_done == 16:
            break
    weights = {name: tensor.clone() for name, tensor in cell.plan.trained.state_dict().items()}
    assert all(torch.equal(tensor, weights[name]) for name, tensor in cell.plan.trained.state_dict().items())
    snapshot = pause.states[0].snapshot()
    assert (snapshot.epoch, snapshot.images_done) == (1, 16)
