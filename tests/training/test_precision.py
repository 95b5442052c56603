import math
import time
import weakref
from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from tape import TapeRecorder

import visavis as vv
from small import tiny_arm, tiny_data
from visavis.cells.assemble import assemble
from visavis.cells.in_memory import in_memory
from visavis.interfaces import Plan
from visavis.training.fast import precision
from visavis.training.fast.precision import Precision, Probe, choose, probe
from visavis.training.loop import epochs

FAST = Probe(fp32_seconds=1.0, bf16_seconds=0.4, logit_error=0.01, gradient_cosine=0.99)
SLOW = Probe(fp32_seconds=1.0, bf16_seconds=4.0, logit_error=0.01, gradient_cosine=0.99)
WRONG = Probe(fp32_seconds=1.0, bf16_seconds=0.1, logit_error=0.5, gradient_cosine=0.1)


def test_one_precision_for_all_arms():
    assert choose([FAST]) is Precision.bf16
    assert choose([SLOW]) is Precision.fp32
    assert choose([FAST, SLOW]) is Precision.fp32
    assert choose([FAST, FAST, Probe(0.1, 0.2, 0.0, 1.0)]) is Precision.bf16
    assert choose([FAST, WRONG]) is Precision.fp32


def test_a_probe_leaves_the_module_as_it_was():
    module = torch.nn.Sequential(torch.nn.Linear(6, 4), torch.nn.BatchNorm1d(4))
    plan = Plan(module, (), frozen=torch.nn.Sequential(torch.nn.Linear(5, 6), torch.nn.BatchNorm1d(6)))
    criterion = vv.NLL().criterion(torch.full((4,), 2))
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    found = probe(plan, torch.randn(8, 5), torch.tensor([0, 1, 2, 3] * 2), criterion)
    assert all(torch.equal(before[name], tensor) for name, tensor in module.state_dict().items())
    assert module[0].weight.grad is None
    assert int(plan.frozen[1].num_batches_tracked) == 0
    assert found.fp32_seconds > 0
    assert 0 < found.logit_error < 0.1
    assert 0.9 < found.gradient_cosine <= 1.001


class Addresses(TapeRecorder):
    """Holds on to nothing, as a GPU's recording: what is recorded has to be there when it is done again."""

    def record(self, works):
        module = weakref.ref(works[0].args[1])

        def replay():
            assert module() is not None
            self.replayed += 1

        return replay


@pytest.fixture
def every_repeat(monkeypatch):
    monkeypatch.setattr(precision, "CLEAR", math.inf)


def test_a_choice_that_is_clear_takes_one_repeat():
    for seconds, repeats in ((0.05, 1), (0.012, 3)):
        counts = Counter()

        def work(kind, seconds, counts=counts):
            counts[kind] += 1
            time.sleep(seconds)

        passes = {Precision.fp32: partial(work, "fp32", seconds), Precision.bf16: partial(work, "bf16", 0.01)}
        precision._times(passes, torch.device("cpu"), time.perf_counter(), 3)
        assert counts == {"fp32": repeats, "bf16": repeats}


def test_what_is_recorded_stays_until_the_last_pass(every_repeat):
    criterion, recorder = vv.NLL().criterion(torch.full((4,), 16)), Addresses()
    probe(Plan(torch.nn.Linear(5, 4), ()), torch.randn(64, 5), torch.arange(64) % 4, criterion, recorder)
    assert recorder.replayed == 2 * 3


class Unrecordable(TapeRecorder):
    def record(self, works):
        raise RuntimeError("no recording")


def test_a_probe_times_what_the_run_will_do(every_repeat):
    module = torch.nn.Linear(5, 4)
    criterion = vv.NLL().criterion(torch.full((4,), 16))
    batch, labels = torch.randn(64, 5), torch.arange(64) % 4
    recorder = TapeRecorder()
    found = probe(Plan(module, ()), batch, labels, criterion, recorder)
    assert (recorder.recorded, recorder.replayed) == (2, 2 * 3)
    assert 0 < found.logit_error < 0.1
    assert module.weight.grad is None


def test_what_cannot_be_recorded_is_timed_as_it_is():
    criterion = vv.NLL().criterion(torch.full((4,), 16))
    batch, labels = torch.randn(64, 5), torch.arange(64) % 4
    assert probe(Plan(torch.nn.Linear(5, 4), ()), batch, labels, criterion, Unrecordable()).fp32_seconds > 0


def test_a_head_learns_from_features_in_float32_whatever_the_run_does():
    """Where it is part of a network, bfloat16 changes what it comes to."""
    arm = tiny_arm(model=vv.Pretrained(vv.models.LetterCNN(), vv.models.Untrained()), epochs=1)
    data = tiny_data()
    for tuning, is_same in ((vv.LinearProbe(), True), (vv.Full(), False)):
        cells = [in_memory(assemble(replace(arm, tuning=tuning), 0, data)) for _ in Precision]
        ended = [next(epochs(cell, each)) for cell, each in zip(cells, Precision, strict=True)]
        assert np.array_equal(*(epoch.logits for epoch in ended)) == is_same
