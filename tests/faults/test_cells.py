"""What goes wrong within a cell: it is kept, told, tried again on demand, and the others go on."""

import json
import os
import re
import signal
import warnings
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from benchmarks.kills import NoisyNetwork, letters

import visavis as vv
from small import glyph_examples, recipe, small_study
from visavis.cells import identity
from visavis.cells.rehearsal import FEW
from visavis.errors import ChangedStudy, NotFinite, OutOfMemory, TrainingError
from visavis.events.cells import (
    CellDamaged,
    CellFailed,
    CellFinished,
    CellPassedOver,
    CellsPlanned,
    CellStarted,
    CheckpointDamaged,
    CheckpointForeign,
    EpochDone,
    StepDone,
)
from visavis.events.runs import PrecisionChosen, ProbeFailed, Warned
from visavis.options import Cadence
from visavis.runs import Stopped
from visavis.store import CellState, RunFolder
from visavis.streams import root
from visavis.training import loop
from visavis.training.fast.precision import Precision, choose
from visavis.training.loop import fit
from visavis.training.to_train import ToTrain

ALWAYS = Cadence(seconds=0.0, share=1e9, first=0.0)


class Stop(BaseException):
    """Ends a run from its watcher."""


@pytest.fixture
def every_step(monkeypatch):
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_PAUSES", 0.0)


@pytest.fixture(scope="module")
def examples():
    return glyph_examples(48, 20)


def noisy_cell(examples, start=None, lr=0.05):
    """A network with dropout on random shifts, which stand for augmentation."""
    network = NoisyNetwork().build(vv.ImageShape(1, 28, 28), 10, root(0).child("init"))
    plan = vv.Full().plan(network, root(0).child("tuning"))
    how = recipe(optimizer=vv.SGD(lr=lr, momentum=0.9))
    return ToTrain(how, plan, NoisyNetwork().preprocess, 10, *examples, root(0), start)


def epochs(examples, start=None):
    return loop.epochs(noisy_cell(examples, start), Precision.fp32)


def until(examples, epoch, done, *, in_test=False, start=None):
    """The snapshot of a run that is stopped at a step, or in the test after the last one."""
    for pause in fit([noisy_cell(examples, start)], Precision.fp32):
        if (pause.epoch, pause.images_done, pause.test_progress is not None) == (epoch, done, in_test):
            return pause.states[0].snapshot()
    raise AssertionError("no such pause")


@pytest.mark.parametrize(("epoch", "done", "in_test"), [(1, 16, False), (1, 48, False), (2, 32, False), (2, 48, True)])
def test_from_any_step_it_ends_with_the_same_bits(examples, every_step, epoch, done, in_test):
    *_, whole = epochs(examples)
    *_, last = epochs(examples, start=until(examples, epoch, done, in_test=in_test))
    assert np.array_equal(last.logits, whole.logits)
    assert (last.row.train_loss, last.row.train_accuracy) == (whole.row.train_loss, whole.row.train_accuracy)


def test_stopped_three_times_within_one_epoch_it_ends_with_the_same_bits(examples, every_step):
    *_, whole = epochs(examples)
    state = None
    for done in (16, 32, 48):
        state = until(examples, 2, done, start=state)
    *_, last = epochs(examples, start=state)
    assert np.array_equal(last.logits, whole.logits)


def test_with_other_noise_it_would_not(examples, every_step):
    """The control: the same state with the noise of another moment."""
    *_, whole = epochs(examples)
    state, other = until(examples, 1, 16), until(examples, 1, 32)
    mixed = replace(state, arrays={**state.arrays, "noise:cpu": other.arrays["noise:cpu"]})
    *_, last = epochs(examples, start=mixed)
    assert not np.array_equal(last.logits, whole.logits)


def test_a_loss_that_is_not_finite_stops_before_the_update(examples, every_step):
    wild, steps = noisy_cell(examples, lr=1e20), 0
    for pause in fit([wild], Precision.fp32):
        if pause.endings:
            problem = pause.endings[0]
            break
        weights = {name: tensor.clone() for name, tensor in wild.plan.trained.state_dict().items()}
        steps += 1
    assert isinstance(problem, NotFinite)
    assert re.match(r"the loss isn't finite in epoch 1; got (nan|inf)", str(problem))
    assert steps
    assert all(torch.equal(tensor, weights[name]) for name, tensor in wild.plan.trained.state_dict().items())


@dataclass(frozen=True)
class Raising:
    """A tuning that lets the network raise."""

    what: str

    def plan(self, network, stream):
        plan = vv.Full().plan(network, stream)
        plan.trained.register_forward_pre_hook(self.fail)
        return plan

    def fail(self, module, given):
        if module.training and len(given[0]) == 24:  # the last batch of 120 images in steps of 32
            problems = {
                "memory": torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
                "allocator": RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
                "bug": ZeroDivisionError("division by zero"),
            }
            raise problems[self.what]


def broken_study(what):
    study = small_study(seeds=1)
    return replace(study, arms=(study.control.but("broken", tuning=Raising(what)), *study.arms))


def watched(study, out, **settings):
    seen = []
    try:
        return vv.run_study(study, out, vv.Options(precision="fp32", **settings), watch=seen.append), seen
    except TrainingError:
        return None, seen


@pytest.mark.parametrize(
    ("what", "kind", "reason"),
    [
        (
            "memory",
            "OutOfMemory",
            "got CUDA out of memory. Tried to allocate 2.00 GiB.; expected room for batches of",
        ),
        ("allocator", "OutOfMemory", "DefaultCPUAllocator: can't allocate memory"),
        ("bug", "TrainingError", "the cell raises; got ZeroDivisionError: division by zero; mend the part"),
    ],
)
def test_a_cell_that_raises_is_a_failed_cell_and_the_others_go_on(tmp_path, what, kind, reason):
    folder, seen = watched(broken_study(what), tmp_path / "run")
    (failed,) = [event for event in seen if isinstance(event, CellFailed)]
    assert failed.kind == kind
    assert reason in failed.reason
    assert ("ZeroDivisionError" in failed.trace) == (what == "bug")
    assert "register_forward_pre_hook" not in failed.reason
    assert [folder.cell(arm, 0).state for arm in ("plain", "broken", "permuted")] == [
        CellState.done,
        CellState.failed,
        CellState.done,
    ]
    assert vv.compare(folder.path).missing == {("broken", 0): failed.reason}


def test_a_stop_leaves_the_reason_of_a_cell_that_failed_beside_others(tmp_path):
    def stop(event):
        if isinstance(event, EpochDone) and event.arm == "plain":
            os.kill(os.getpid(), signal.SIGTERM)

    out = tmp_path / "run"
    with pytest.raises(Stopped):
        vv.run_study(broken_study("bug"), out, vv.Options(precision="fp32", together=3), watch=stop)
    folder = RunFolder(out)
    assert "ZeroDivisionError" in folder.cell("broken", 0).read_failure()
    assert folder.cell("plain", 0).has_checkpoints
    assert folder.cell("permuted", 0).has_checkpoints


def test_a_batch_that_does_not_fit_is_never_made_smaller(tmp_path):
    folder, _ = watched(broken_study("memory"), tmp_path / "run")
    assert folder.study.arms["broken"]["batch_size"] == 32
    assert OutOfMemory.remedy.endswith("a smaller batch is another study.")


def test_a_failed_cell_is_tried_again_only_on_demand(tmp_path, monkeypatch):
    out = tmp_path / "run"
    watched(broken_study("bug"), out)
    _, seen = watched(broken_study("bug"), out)
    assert [type(event) for event in seen if "Cell" in type(event).__name__] == [
        CellsPlanned,
        CellPassedOver,
    ]
    monkeypatch.setattr(Raising, "fail", lambda *_: None)
    folder, seen = watched(broken_study("bug"), out, retry_failed=True)
    assert [event.arm for event in seen if isinstance(event, CellFinished)] == ["broken"]
    assert folder.cell("broken", 0).read_failure() is None


@dataclass(frozen=True)
class Large(vv.models.MLP):
    """Stands for a network that takes no whole batch to train on."""

    def build(self, shape, classes, stream):
        network = super().build(shape, classes, stream)
        network.backbone.register_forward_pre_hook(refuse_to_train)
        return network


def refuse_to_train(module, given):
    if module.training and len(given[0]) > FEW:
        raise torch.OutOfMemoryError("CUDA out of memory")


def test_what_fails_in_the_probe_is_a_failed_cell_too(tmp_path):
    """The probe goes forward and backward on a full batch: it meets what the arm's cells would meet."""
    study, seen = small_study(seeds=1), []
    study = replace(study, arms=(study.control.but("broken", model=Large(hidden=(16,))), *study.arms))
    folder = vv.run_study(study, tmp_path / "run", watch=seen.append)
    (failed,) = [event for event in seen if isinstance(event, ProbeFailed)]
    assert (failed.arm, failed.reason) == ("broken", "OutOfMemoryError: CUDA out of memory")
    assert [event.arm for event in seen if isinstance(event, CellFailed)] == ["broken"]
    assert folder.cell("permuted", 0).state is CellState.done


def test_where_every_probe_fails_the_precision_is_the_exact_one():
    assert choose([]) is Precision.fp32


def test_a_broken_arm_may_be_mended_as_long_as_none_of_its_cells_is_finished(tmp_path):
    out = tmp_path / "run"
    watched(broken_study("bug"), out)
    study = broken_study("bug")
    mended = replace(study, arms=(study.control.but("broken", optimizer=vv.SGD(lr=0.01)), *study.arms[1:]))
    folder, seen = watched(mended, out, retry_failed=True)
    assert [event.arm for event in seen if isinstance(event, CellFinished)] == ["broken"]
    assert folder.study.arms["broken"]["optimizer"]["lr"] == 0.01
    changed = replace(study, arms=(study.control.but("broken", optimizer=vv.SGD(lr=0.02)), *study.arms[1:]))
    with pytest.raises(ChangedStudy, match=r"arms.broken.optimizer.lr: 0.01 -> 0.02"):
        vv.run_study(changed, out)


GONE = [BrokenPipeError("the pipe is closed"), OSError(5, "Input/output error"), SystemExit(1)]


@pytest.mark.parametrize("gone", GONE, ids=lambda problem: type(problem).__name__)
def test_a_screen_that_goes_away_ends_no_cell(tmp_path, gone):
    def watch(event):
        seen.append(event)
        raise gone

    seen = []
    folder = vv.run_study(small_study(seeds=1, epochs=1), tmp_path / "run", watch=watch)
    assert len(seen) == 1
    assert all(folder.cell(arm, 0).is_finished() for arm in ("plain", "permuted"))
    assert [event["event"] for event in folder.read_events()].count("CellFinished") == 2


def test_a_checkpoint_of_another_kind_of_machine_stays_until_the_cell_is_done(tmp_path, every_step, monkeypatch):
    study = replace(letters(), arms=letters().arms[:1])
    whole = vv.run_study(study, tmp_path / "whole", vv.Options(precision="fp32"))
    out = tmp_path / "run"
    stopped_at(study, out, 2, 32)
    (place,) = (out / "cells/standard/seed-0/checkpoint").iterdir()
    before = {path.name for path in place.iterdir()}

    def elsewhere(event):
        seen.append(event)
        if isinstance(event, StepDone):
            raise Stop

    seen = []
    with monkeypatch.context() as patch:
        patch.setattr(identity, "short_environment", lambda device: "another processor")
        with pytest.raises(Stop):
            vv.run_study(study, out, vv.Options(precision="fp32"), watch=elsewhere)
    assert [(event.arm, event.seed) for event in seen if isinstance(event, CheckpointForeign)] == [("standard", 0)]
    assert {path.name for path in place.iterdir()} == before
    folder, seen = watched(study, out)
    assert next(event.epoch for event in seen if isinstance(event, StepDone)) == 2
    assert np.array_equal(*(place.cell("standard", 0).read_predictions().logits for place in (whole, folder)))
    assert not place.parent.exists()


def test_fail_fast_ends_the_run(tmp_path):
    folder, seen = watched(broken_study("bug"), tmp_path / "run", fail_fast=True)
    assert folder is None
    assert [event.arm for event in seen if isinstance(event, CellStarted)] == ["plain", "broken"]


def stopped_at(study, out, epoch, done):
    def watch(event):
        if isinstance(event, StepDone) and (event.epoch, event.images) == (epoch, done):
            raise Stop

    with pytest.raises(Stop):
        vv.run_study(study, out, vv.Options(precision="fp32", cadence=ALWAYS), watch=watch)


def test_a_damaged_checkpoint_is_told_and_the_one_before_it_taken(tmp_path, every_step):
    study = replace(letters(), arms=letters().arms[:1])
    whole = vv.run_study(study, tmp_path / "whole", vv.Options(precision="fp32"))
    out = tmp_path / "run"
    stopped_at(study, out, 2, 32)
    checkpoints = sorted((out / "cells/standard/seed-0/checkpoint").glob("*/*"))
    assert len(checkpoints) == 2
    content = bytearray(checkpoints[-1].read_bytes())
    content[len(content) // 2] ^= 1
    checkpoints[-1].write_bytes(content)
    folder, seen = watched(study, out)
    assert [event.name for event in seen if isinstance(event, CheckpointDamaged)] == [checkpoints[-1].name]
    steps = [(event.epoch, event.images) for event in seen if isinstance(event, StepDone)]
    assert steps[0] == (1, 48) or steps[0][0] == 2
    assert np.array_equal(*(place.cell("standard", 0).read_predictions().logits for place in (whole, folder)))


def test_checkpoints_take_little_of_the_time():
    cadence = Cadence()
    assert not cadence.is_due(4.0, took=0.1, within_epoch=False)
    assert cadence.is_due(5.0, took=0.1, within_epoch=False)
    assert not cadence.is_due(119.0, took=0.1, within_epoch=True)
    assert cadence.is_due(120.0, took=0.1, within_epoch=True)
    assert not cadence.is_due(120.0, took=3.0, within_epoch=True)


@pytest.mark.parametrize("name", ["predictions/own.npz", "cell.json", "history.jsonl", "input.npz", "model.json"])
def test_a_flipped_byte_anywhere_in_a_finished_cell_is_noticed(copied, name):
    cell = copied.cell("plain", 0)
    content = bytearray((cell.path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (cell.path / name).write_bytes(content)
    assert cell.state is CellState.damaged
    assert cell.damage


def test_a_damaged_cell_is_told_and_trained_anew(copied):
    cell = copied.cell("plain", 0)
    expected = cell.read_predictions().logits
    (cell.path / "predictions/own.npz").write_bytes(b"PK")
    study = small_study(seeds=3, arms=("permuted", "wide", "wide permuted"))
    seen = []
    vv.run_study(study, copied.path, watch=seen.append)
    assert [event.arm for event in seen if isinstance(event, CellDamaged)] == ["plain"]
    assert np.array_equal(cell.read_predictions().logits, expected)


def test_status_tells_of_every_state(copied, command):
    (copied.cell("plain", 0).path / "predictions/own.npz").write_bytes(b"PK")
    (copied.cell("plain", 1).path / "predictions/own.npz").unlink()
    (copied.cell("wide", 1).path / "predictions/own.npz").unlink()
    copied.cell("wide", 1).write_failure("no luck")
    (copied.cell("plain", 2).path / "predictions/own.npz").unlink()
    with copied.cell("plain", 2).claim as claim:
        assert claim.take() is None
        cells = json.loads(command("status", copied.path, "--json").out)["cells"]
        shown = command("status", copied.path).out
    states = {(cell["arm"], cell["seed"]): (cell["state"], cell["reason"]) for cell in cells}
    assert states["plain", 0][0] == "damaged"
    assert "own.npz can't be read" in states["plain", 0][1]
    assert states["plain", 1] == ("waiting", "stopped")
    assert states["wide", 1] == ("failed", "no luck")
    assert states["plain", 2][0] == "running"
    assert states["plain", 2][1].startswith("epoch 3, process ")
    assert states["permuted", 0] == ("done", "")
    assert "8 of 12 cells done, 1 running, 1 failed, 1 damaged, 1 waiting." in shown


def test_events_are_kept_and_warnings_are_told_once(tmp_path):
    @dataclass(frozen=True)
    class Warning_:
        def draw(self, shape, stream):
            warnings.warn("thin ice", UserWarning, stacklevel=1)
            return vv.Untouched().draw(shape, stream)

    study = small_study(seeds=1)
    study = replace(study, arms=(study.control.but("warning", input=Warning_()),))
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        folder, seen = watched(study, tmp_path / "run")
    assert [event.text for event in seen if isinstance(event, Warned)] == ["thin ice"]
    told = list(folder.read_events())
    assert [event["event"] for event in told if event["event"] != "PrecisionChosen"] == [
        type(event).__name__ for event in seen if event.is_kept and not isinstance(event, PrecisionChosen)
    ]
    assert all(event["process"] and event["host"] and event["time"] for event in told)
    assert told[-1]["accuracy"] == seen[-1].accuracy


def test_where_nobody_watches_a_warning_is_shown_as_ever(tmp_path):
    study = small_study(seeds=1, epochs=1)
    with pytest.warns(UserWarning, match="thin ice"):
        vv.run_study(replace(study, data=Icy()), tmp_path / "run")


@dataclass(frozen=True)
class Icy:
    def load(self):
        warnings.warn("thin ice", UserWarning, stacklevel=1)
        return vv.datasets.Glyphs(train_size=120, test_size=50).load()


@dataclass(frozen=True)
class SecondSeedRaises:
    """A training set of one's own with a fault that the first seed doesn't meet."""

    def draw(self, labels, classes, stream):
        if stream.path[0] == 1:
            raise ValueError("no such row")
        return vv.TrainingRows(np.arange(len(labels)), labels)


def test_a_training_set_that_raises_in_a_later_seed_fails_its_cell_alone(tmp_path):
    study = small_study(seeds=2)
    study = replace(study, arms=(study.control.but("odd", training=SecondSeedRaises()), *study.arms))
    folder, _ = watched(study, tmp_path / "run")
    assert "no such row" in folder.cell("odd", 1).read_failure()
    others = [("odd", 0), ("plain", 0), ("plain", 1), ("permuted", 0), ("permuted", 1)]
    assert all(folder.cell(*cell).state is CellState.done for cell in others)
