"""An epoch is a function of the state before it: what is stopped and continued ends with the same bits."""

import random

import numpy as np
import pytest
import torch

from small import glyph_examples, recipe, small_cell
from visavis.streams import restore_global, root, take_global
from visavis.training.fast.precision import Precision
from visavis.training.loop import fit
from visavis.training.snapshot import Snapshot, restore, take

RECIPE = recipe(epochs=4)


@pytest.fixture(scope="module")
def examples():
    return glyph_examples(40, 20)


def pauses(name, examples, start=None):
    """The ends of epochs."""
    for pause in fit([small_cell(name, examples, how=RECIPE, start=start)], Precision.fp32):
        if pause.epochs:
            yield pause


def epochs(name, examples, start=None):
    return (pause.epochs[0] for pause in pauses(name, examples, start))


@pytest.mark.parametrize("name", ["gradual", "probe then full", "low rank", "full"])
@pytest.mark.parametrize("stop", [1, 2, 3])
def test_continued_from_a_snapshot_it_ends_with_the_same_bits(name, stop, examples):
    whole = list(epochs(name, examples))
    stopped = pauses(name, examples)
    for _ in range(stop):
        pause = next(stopped)
    rest = list(epochs(name, examples, pause.states[0].snapshot()))
    assert [one.row.epoch for one in rest] == list(range(stop + 1, 5))
    assert np.array_equal(rest[-1].logits, whole[-1].logits)
    assert [one.row.order for one in rest] == [one.row.order for one in whole[stop:]]


def test_without_the_optimizers_memory_it_would_not(examples):
    whole, stopped = list(epochs("gradual", examples)), pauses("gradual", examples)
    next(stopped)
    snapshot = next(stopped).states[0].snapshot()
    forgetful = Snapshot(3, 0, {name: array for name, array in snapshot.arrays.items() if name.startswith("module:")})
    assert len(forgetful.arrays) < len(snapshot.arrays)
    *_, last = epochs("gradual", examples, forgetful)
    assert not np.array_equal(last.logits, whole[-1].logits)


def test_numbers_in_an_optimizers_memory_are_kept():
    """Some optimizers count their steps in plain numbers."""
    module = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    optimizer.state[module.weight] = {"steps": 7, "mean": torch.ones(2, 2)}
    kept = take(module, optimizer, 1)
    other = torch.optim.SGD(module.parameters(), lr=0.1)
    restore(module, other, kept)
    assert other.state[module.weight]["steps"] == 7
    assert torch.equal(other.state[module.weight]["mean"], torch.ones(2, 2))


class Counting(torch.optim.SGD):
    """Keeps a number and a tensor among the settings of its groups, as some optimizers without a schedule do."""

    def step(self, closure=None):
        for group in self.param_groups:
            group["steps"] = group.get("steps", 0) + 1
            group["seen"] = group.get("seen", torch.zeros(2)) + 1
        return super().step(closure)


def test_what_an_optimizer_keeps_among_its_settings_is_kept():
    module = torch.nn.Linear(2, 2)
    optimizer = Counting(module.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.step()
    other = Counting(module.parameters(), lr=0.1)
    restore(module, other, take(module, optimizer, 1))
    (settings,) = other.param_groups
    assert (settings["steps"], type(settings["steps"]), settings["nesterov"]) == (3, int, False)
    assert torch.equal(settings["seen"], torch.full((2,), 3.0))


def test_buffers_outside_the_state_dict_are_kept():
    def module(value):
        made = torch.nn.BatchNorm1d(2)
        made.register_buffer("mean", torch.full((2,), value), persistent=False)
        return made

    first, second = module(1.0), module(2.0)
    optimizer = torch.optim.SGD(first.parameters(), lr=0.1)
    restore(second, torch.optim.SGD(second.parameters(), lr=0.1), take(first, optimizer, 1))
    assert torch.equal(second.mean, torch.ones(2))


def test_the_noise_of_numpy_and_python_is_kept():
    cpu = torch.device("cpu")

    def draws():
        return random.gauss(0, 1), np.random.normal(), float(torch.rand(()))

    with root(0).child("noise", 1).as_global():
        first = draws()
        kept = take_global(cpu)
        second = draws()
    outside = draws()
    with root(0).child("noise", 1).as_global():
        assert draws() == first
        draws()
        restore_global(cpu, kept)
        assert draws() == second
    assert outside != draws()
