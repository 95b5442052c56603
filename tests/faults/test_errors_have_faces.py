"""Every error of the tree, produced through the command line; exit codes; --debug, --quiet, --verify."""

import inspect
import json
import shutil
import stat
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import visavis as vv
from visavis import errors
from visavis.cli.exits import EXIT_CODES
from visavis.store import RunFolder

ABSTRACT = {errors.VisavisError, errors.StudyError}
"""Classes that only stand for those below them."""
CONCRETE = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, Exception) and kind not in ABSTRACT
]

STUDY = """
import visavis as vv
from dataclasses import dataclass, replace

@dataclass(frozen=True)
class Raising:
    what: str

    def plan(self, network, stream):
        plan = vv.Full().plan(network, stream)
        if self.what == "NotFinite":
            return replace(plan, groups=tuple(replace(group, scale=1e22) for group in plan.groups))
        plan.trained.register_forward_pre_hook(self.fail)
        return plan

    def fail(self, module, given):
        if module.training and len(given[0]) == 4:
            raise MemoryError("no room") if self.what == "OutOfMemory" else ValueError("no luck")


def study(what: str = "NotFinite") -> vv.Study:
    mlp = vv.models.MLP(hidden=(8,))
    plain = vv.Arm("plain", model=mlp, optimizer=vv.SGD(lr=0.05), epochs=1, batch_size=16, loss=vv.NLL())
    return vv.Study(
        name="failing",
        question="Does it fail?",
        data=vv.datasets.Glyphs(train_size=100, test_size=40),
        control=plain,
        arms=[plain.but("failing", tuning=Raising(what)), plain.but("permuted", input=vv.PixelPermutation())],
        seeds=range(1),
    )
"""


LOST = """
import multiprocessing
import os

import visavis as vv

if multiprocessing.parent_process() is not None:  # stands for whatever ends a process without a word
    os._exit(3)


def study(epochs: int = 1) -> vv.Study:
    mlp = vv.models.MLP(hidden=(8,))
    plain = vv.Arm("plain", model=mlp, optimizer=vv.SGD(lr=0.05), epochs=epochs, batch_size=16, loss=vv.NLL())
    return vv.Study(
        name="lost",
        question="Where are they?",
        data=vv.datasets.Glyphs(train_size=100, test_size=40),
        control=plain,
        arms=[plain.but("permuted", input=vv.PixelPermutation())],
        seeds=range(1),
    )
"""


@pytest.fixture
def place(tmp_path, monkeypatch, finished):
    """A working folder with what each error needs."""
    monkeypatch.chdir(tmp_path)
    Path("failing.py").write_text(STUDY)
    Path("lost.py").write_text(LOST)
    Path("raises.py").write_text("1 / 0\n")
    Path("text.zip").write_text("no archive")
    Path("weights.pth").write_bytes(b"no weights")
    Path("other").mkdir()
    Path("other/letter.txt").write_text("dear reader")
    shutil.copytree(finished.path, "run")
    shutil.copytree(finished.path, "damaged")
    Path("damaged/study.json").write_text("{")
    shutil.copytree(finished.path, "empty")
    shutil.rmtree("empty/cells")
    Image.fromarray(np.zeros((28, 28), np.uint8)).save("letter.png")
    return tmp_path


COMMANDS = {
    errors.UsageError: "compare run --json --csv",
    errors.UnknownStudy: "run nowhere.py",
    errors.StudyFileError: "run raises.py",
    errors.InvalidStudy: "run spatial-locality --epochs 0",
    errors.DataError: "audit text.zip",
    errors.WeightsError: "run emotion-transfer --data glyphs --weights weights.pth",
    errors.ExportError: "export run --arm plain --onnx",
    errors.RunFolderError: "predict run letter.png --arm nobody",
    errors.NotARunFolder: "compare other",
    errors.ChangedStudy: "run failing.py --out run",
    errors.NothingToCompare: "compare empty",
    errors.DamagedFile: "compare damaged",
    errors.StorageError: "report run",
    errors.WorkersError: "run lost.py --jobs 2 --epochs 1",
}
"""What produces each error that ends the command."""


FAILURES = [errors.NotFinite, errors.OutOfMemory, errors.TrainingError]
"""What ends a cell, and not the command."""


def test_every_error_is_produced_and_has_a_remedy():
    assert set(CONCRETE) == {*COMMANDS, *FAILURES}
    assert all(kind.remedy for kind in CONCRETE)


@pytest.fixture
def hindered(request, monkeypatch):
    """What has to be broken for some of the errors."""

    def hinder(kind):
        if kind is errors.ExportError:
            monkeypatch.setitem(sys.modules, "onnxruntime", None)
        if kind is errors.StorageError:

            def full(*_):
                raise OSError(28, "No space left on device")

            monkeypatch.setattr("os.fsync", full)

    return hinder


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_an_error_is_one_line_and_with_debug_its_trace(place, command, hindered, kind):
    hindered(kind)
    words = COMMANDS[kind].split()
    done = command(*words)
    assert done.code == 2
    (line,) = [line for line in done.err.splitlines() if line.startswith("Error: ")]
    assert "Traceback" not in done.err
    assert line
    shown = command(*words, "--debug")
    assert shown.code == 2
    assert "Traceback (most recent call last)" in shown.err
    assert f"visavis.errors.{kind.__name__}: " in shown.err
    assert command("--debug", *words).code == 2


@pytest.mark.parametrize("kind", FAILURES, ids=lambda kind: kind.__name__)
def test_a_failed_cell_is_told_with_its_kind_and_the_rest_is_compared(place, command, kind):
    done = command("run", "failing.py", "--what", kind.__name__)
    assert done.code == 1
    assert "failing, seed 0 failed: " in done.err
    assert "permuted" in done.out
    assert "Incomplete: 1 cell missing: failing seed 0 (" in done.out
    (failed,) = [event for event in RunFolder(Path("runs/failing")).read_events() if event["event"] == "CellFailed"]
    assert failed["kind"] == kind.__name__
    again = command("run", "failing.py", "--what", kind.__name__)
    assert (again.code, "isn't tried again" in again.err) == (1, True)
    retried = command("run", "failing.py", "--what", kind.__name__, "--retry-failed")
    assert (retried.code, "isn't tried again" in retried.err) == (1, False)


def test_fail_fast_ends_with_code_one(place, command):
    done = command("run", "failing.py", "--fail-fast")
    assert done.code == 1
    assert "failing, seed 0 failed" in done.err
    assert not RunFolder(Path("runs/failing")).cell("permuted", 0).is_finished()


def test_what_nobody_expected_is_told_as_such(command, monkeypatch, finished):
    def broken(*_):
        raise AssertionError("two and two are five")

    monkeypatch.setattr("visavis.evidence.compare", broken)
    done = command("compare", finished.path)
    assert done.code == 70
    assert "something that visavis didn't expect; got AssertionError: two and two are five" in done.err
    assert "Traceback" not in done.err
    assert "Traceback" in command("compare", finished.path, "--debug").err


def test_every_exit_code_is_documented():
    assert set(EXIT_CODES) == {0, 1, 2, 3, 70, 130, 143}


def test_quietly_only_problems_and_the_result_are_shown_and_nothing_is_lost(place, command):
    done = command("run", "failing.py", "--quiet")
    assert done.err.splitlines() == [line for line in done.err.splitlines() if "failed" in line]
    assert "Report: " in done.out
    told = [event["event"] for event in RunFolder(Path("runs/failing")).read_events()]
    assert {"DataLoaded", "CellsPlanned", "CellStarted", "EpochDone", "CellFinished", "CellFailed"} <= set(told)


def test_nothing_is_told_twice(place, command):
    done = command("run", "failing.py")
    lines = [line for line in (done.err + done.out).splitlines() if line]
    assert len(lines) == len(set(lines))


def test_verify_says_whether_the_bits_are_the_same_and_writes_nothing(place, command, monkeypatch):
    before = sorted(place.rglob("*"))
    done = command("run", "failing.py", "--what", "none", "--verify")
    assert done.code == 0
    for arm in ("plain", "failing", "permuted"):
        assert f"{arm}, fp32 on cpu: the same bits (" in done.out
        assert f"{arm}, bf16 on cpu: the same bits (" in done.out
    assert sorted(path for path in place.rglob("*") if "__pycache__" not in path.parts) == before
    from visavis.cells import rehearsal

    real = rehearsal._trained
    turns = iter((0.0, 0.0, 0.0, 1e-7, 0.0, 0.0))

    def unsteady(*given):
        epoch, digest = real(*given)
        return replace(epoch, logits=epoch.logits + next(turns)), digest

    monkeypatch.setattr(rehearsal, "_trained", unsteady)
    done = command("run", "failing.py", "--what", "none", "--verify", "--precision", "fp32")
    assert done.code == 1
    assert "failing, fp32 on cpu: other bits, logits differ by up to " in done.out
    assert "plain, fp32 on cpu: the same bits" in done.out


def test_a_folder_that_may_not_be_written_says_so(place, command):
    """As root every folder may be."""
    Path("closed").mkdir()
    Path("closed").chmod(stat.S_IRUSR | stat.S_IXUSR)
    done = command("run", "failing.py", "--out", "closed/run")
    if done.code != 1:
        assert "can't be written" in done.err
    shutil.rmtree("closed", ignore_errors=True)


def test_status_as_json_is_one_object(place, command):
    plain = json.loads(command("status", "run", "--json").out)
    assert {cell["state"] for cell in plain["cells"]} == {"done"}
    assert plain["epochs"] == dict.fromkeys(("plain", "permuted", "wide", "wide permuted"), 2)


def test_watching_a_finished_study_ends(place, command):
    assert "12 of 12 cells done." in command("status", "run", "--watch").out


LAYOUTS = {
    "class in test only": (
        ["train/A", "train/B", "test/A", "test/B", "test/C"],
        "the train part has no image of class 'C'",
    ),
    "class in train only": (
        ["train/A", "train/B", "train/C", "test/A", "test/B"],
        "the test part has no image of class",
    ),
    "one class": (["train/A", "test/A"], "has one class only; got 'A'"),
    "half a split": (["train/A", "train/B", "A", "B"], "files lie at different depths"),
}


@pytest.mark.parametrize("case", LAYOUTS)
def test_data_that_cannot_be_used_leave_nothing_half_written(place, command, case):
    folders, message = LAYOUTS[case]
    chance = vv.Stream(("layouts",)).numpy()
    for folder in folders:
        Path("data", folder).mkdir(parents=True)
        for number in range(3):
            pixels = chance.integers(0, 256, (28, 28), np.uint8)
            Image.fromarray(pixels).save(Path("data", folder, f"{number}.png"))
    done = command("run", "spatial-locality", "--data", "data")
    assert done.code == 2
    assert message in done.err
    assert not Path("runs").exists()
