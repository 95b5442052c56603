"""Cells side by side come to what each of them comes to alone."""

import os
import signal
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from benchmarks.kills import NoisyNetwork

import visavis as vv
from small import small_study
from visavis.cells import side_by_side
from visavis.errors import TrainingError
from visavis.events import ignore
from visavis.events.cells import EpochDone
from visavis.events.runs import TogetherParted, TogetherReduced
from visavis.options import Cadence
from visavis.runs.signals import Stopped
from visavis.store import RunFolder

ALWAYS = Cadence(seconds=0.0, share=1e9, first=0.0)


def logits(folder, study):
    return {
        (arm.name, seed): folder.cell(arm.name, seed).read_predictions().logits
        for arm in study.all_arms
        for seed in study.seeds
    }


def run(study, path, watch=ignore, **settings):
    return logits(vv.run_study(study, path, vv.Options(precision="fp32", **settings), watch=watch), study)


def same(found, expected):
    return found.keys() == expected.keys() and all(np.array_equal(found[key], expected[key]) for key in found)


def unlike_study(**settings):
    """Arms that keep pace, and arms that don't; one with an optimizer, a schedule and draws of its own."""
    study = small_study(arms=("permuted", "wide"), **settings)
    noisy = {"augmentation": vv.Shift(2), "training": vv.LabelNoise(0.2)}
    own = study.control.but("own", optimizer=vv.AdamW(lr=0.002), schedule=vv.Cosine(warmup=0.5), **noisy)
    fewer = study.control.but("fewer", training=vv.Fraction(0.5), batch_size=16)
    return replace(study, arms=[*study.arms, own, fewer, own.but("longer", epochs=study.control.epochs + 1)])


@pytest.mark.parametrize("count", [2, 5, 100])
def test_they_give_the_same_bits(count, tmp_path):
    study = unlike_study()
    assert same(run(study, tmp_path / "together", together=count), run(study, tmp_path / "alone"))


def test_cells_that_draw_noise_are_trained_alone_and_give_the_same_bits(tmp_path, monkeypatch):
    study = small_study()
    study = replace(study, arms=[study.control.but("noisy", model=NoisyNetwork())])
    sizes = []
    real = side_by_side.fit
    monkeypatch.setattr(side_by_side, "fit", lambda lanes, *given: sizes.append(len(lanes)) or real(lanes, *given))
    found = run(study, tmp_path / "together", together=4)
    assert sorted(sizes) == [1, 1, 2]
    assert same(found, run(study, tmp_path / "alone"))


@dataclass(frozen=True)
class NoisyLoss:
    """A loss that draws, which no forward pass shows."""

    def criterion(self, counts):
        nll = vv.NLL().criterion(counts)
        return lambda logits, labels: nll(logits + torch.randn_like(logits) / 10, labels)


def test_a_loss_that_draws_has_cells_trained_alone_and_gives_the_same_bits(tmp_path):
    study = small_study()
    plain, permuted = (arm.but(arm.name, loss=NoisyLoss()) for arm in study.all_arms)
    study = replace(study, control=plain, arms=[permuted])
    seen = []
    found = run(study, tmp_path / "together", together=4, watch=seen.append)
    assert [event.cells for event in seen if isinstance(event, TogetherParted)] == [4]
    torch.manual_seed(1)
    assert same(found, run(study, tmp_path / "alone"))


@dataclass(frozen=True)
class LastLogits:
    """A network whose logits aren't finite when they are computed for the last time."""

    epochs: int

    def build(self, shape, classes, stream):
        network = vv.models.MLP(hidden=(16,)).build(shape, classes, stream)
        network.head.register_forward_hook(self._spoil)
        return network

    def preprocess(self, images):
        return vv.models.MLP(hidden=(16,)).preprocess(images)

    def _spoil(self, module, inputs, logits):
        if module.training or len(logits) < 50:
            return logits
        module.tests = getattr(module, "tests", 0) + 1
        return logits * float("nan") if module.tests == self.epochs else logits


def test_a_cell_that_fails_at_the_very_end_ends_no_other(tmp_path):
    study = small_study(arms=("permuted", "wide"))
    bad = study.control.but("bad", model=LastLogits(study.control.epochs))
    study = replace(study, arms=(bad, *study.arms))
    with pytest.raises(TrainingError, match="the logits aren't finite"):
        run(study, tmp_path, together=4, fail_fast=True)
    states = {arm.name: RunFolder(tmp_path).cell(arm.name, 0).state.value for arm in study.all_arms}
    assert states == {"plain": "done", "bad": "failed", "permuted": "done", "wide": "done"}


def test_without_room_for_all_fewer_are_trained_at_once(tmp_path, monkeypatch):
    real = side_by_side.fit

    def tight(lanes, *given):
        if len(lanes) > 2:
            raise torch.OutOfMemoryError("no room")
        return real(lanes, *given)

    monkeypatch.setattr(side_by_side, "fit", tight)
    seen, study = [], small_study(arms=("permuted", "wide"))
    found = run(study, tmp_path / "together", together=6, watch=seen.append)
    assert [event.now for event in seen if isinstance(event, TogetherReduced)] == [3, 1, 1]
    monkeypatch.undo()
    assert same(found, run(study, tmp_path / "alone"))


def test_without_room_for_one_the_cell_fails_and_says_so(tmp_path, monkeypatch):
    def none(*given):
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(side_by_side, "fit", none)
    folder = vv.run_study(small_study(), tmp_path, vv.Options(precision="fp32", together=2))
    assert "room for batches of 32" in folder.cell("plain", 0).read_failure()


@pytest.mark.parametrize("epoch", [1, 2])
def test_stopped_together_all_of_them_are_kept(epoch, tmp_path):
    """A signal comes while one of them is told of: the others keep their states too, and go on to the same bits."""
    study = unlike_study(epochs=3, seeds=1)

    def watch(event):
        if isinstance(event, EpochDone) and (event.arm, event.seed, event.row.epoch) == ("permuted", 0, epoch):
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Stopped):
        run(study, tmp_path / "together", together=6, watch=watch)
    seen = []
    found = run(study, tmp_path / "together", together=3, cadence=ALWAYS, watch=seen.append)
    epochs = [(event.arm, event.row.epoch) for event in seen if isinstance(event, EpochDone)]
    for arm in ("plain", "permuted", "wide", "own"):
        assert min(number for name, number in epochs if name == arm) == epoch + 1
    assert same(found, run(study, tmp_path / "alone"))
