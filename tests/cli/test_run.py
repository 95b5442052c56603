import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from forms import letters, write_zip

from visavis.store import RunFolder, StudyDocument


def test_a_study_of_ones_own_from_file_to_report(command, study_file, monkeypatch):
    monkeypatch.setattr("visavis.cli.progress.SECONDS_BETWEEN_LINES", 0)
    done = command("run", "my_study.py")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "synthetic images"
    assert re.match(
        r"permuted reaches \d+\.\d % against \d+\.\d % for plain: [+−]\d+\.\d pp of accuracy \(95 %", lines[1]
    )
    assert re.search(r"(better|worse|equivalent|not decided)", lines[2])
    assert lines[-1] == "Report: runs/mine/report/index.html"
    assert Path("runs/mine/report/index.html").is_file()
    assert "100 training and 40 test images" in done.err
    assert re.search(
        r"0 of 4 cells done; plain, seed 0: epoch 1 of 2, loss \d\.\d+, [\d,]+ images/s, .* left", done.err
    )
    assert "permuted, seed 1: test accuracy" in done.err
    assert Path("runs/mine/study.py").read_text() == study_file.read_text()


def test_options_reach_the_study_and_the_report_says_how_to_repeat_it(command, study_file):
    assert command("run", "my_study.py", "--epochs", 1, "--size", 50, "--turbo", "--out", "here").code == 0
    folder = RunFolder(Path("here"))
    assert folder.study.epochs("plain") == 1
    assert folder.study.data["train_size"] == 50
    expected = "visavis run my_study.py --epochs 1 --size 50 --turbo"
    assert " ".join(folder.environment.origin.command) == expected
    assert expected in Path("here/report/index.html").read_text()


def test_quick_is_branded_on_every_output(command, study_file):
    done = command("run", "my_study.py", "--quick", "--seeds", 1)
    assert done.out.startswith("quick: epochs 1 | synthetic images")
    assert "One run per arm" in done.out
    folder = "runs/mine-quick"
    assert "quick: epochs 1" in Path(folder, "report/index.html").read_text()
    for form in ("--json", "--csv", "--markdown", "--latex"):
        assert "quick: epochs 1" in command("compare", folder, form).out
    assert "quick: epochs 1" in command("compare", folder).out
    assert "quick: epochs 1" in command("status", folder).out


def test_what_the_user_gives_wins_over_quick(command, study_file):
    command("run", "my_study.py", "--quick", "--seeds", 1, "--epochs", 2)
    assert RunFolder(Path("runs/mine-quick")).study.epochs("plain") == 2
    assert "quick: epochs 2" in RunFolder(Path("runs/mine-quick")).study.brands


def test_running_again_continues(command, study_file):
    command("run", "my_study.py")
    Path("runs/mine/cells/permuted/seed-1/predictions/own.npz").unlink()
    done = command("run", "my_study.py", "--seeds", 3)
    assert done.code == 0
    assert "3 of 6 cells are finished already" in done.err
    assert command("status", "runs/mine").out.count("done") == 7


def test_help_shows_the_options_of_a_study(command, study_file):
    text = command("run", "my_study.py", "--help").out
    for word in ("Is a permuted letter harder?", "--epochs", "passes", "--turbo", "--quick", "--out", "--device"):
        assert word in text
    assert "--no-turbo" not in text
    text = command("run", "spatial-locality", "--help").out
    for option in ("--data", "--epochs", "--seeds", "--limit", "--mlp-control", "--reading", "--fixed-permutation"):
        assert option in text
    assert "spatial-locality" in command("run", "--help").out


def test_the_letter_study_has_the_originals_settings(command):
    from visavis.design.file import load

    study = load("spatial-locality").build(False, {})
    described = StudyDocument.of(study)
    assert list(described.arms) == ["standard", "permuted"]
    assert described.arms["standard"] == {
        "model": {"type": "LetterCNN", "padding": 1, "normalise_all": True},
        "optimizer": {"type": "SGD", "lr": 0.01, "momentum": 0.5, "weight_decay": 0.0, "nesterov": False},
        "epochs": 20,
        "batch_size": 64,
        "training": {"type": "Everything"},
        "input": {"type": "Untouched"},
        "augmentation": {"type": "Unaugmented"},
        "tuning": {"type": "Full"},
        "loss": {"type": "NLL", "weights": None},
        "schedule": {"type": "Constant", "warmup": 0.0},
        "averaging": {"type": "LastWeights"},
        "selection": {"type": "LastEpoch"},
    }
    quick = load("spatial-locality").build(True, {"mlp_control": True})
    assert [arm.name for arm in quick.all_arms] == ["standard", "permuted", "MLP", "MLP permuted"]
    assert len(quick.seeds) == 3
    assert quick.name == "spatial-locality-quick"
    assert "quick" in quick.brands[0]


def test_a_failed_cell_ends_with_code_one(command, study_file):
    study_file.write_text(study_file.read_text().replace("lr=0.05", "lr=0.05 if turbo else 1e20"))
    done = command("run", "my_study.py", "--seeds", 1)
    assert done.code == 1
    assert "plain, seed 0 failed: the loss isn't finite" in done.err
    assert "has nothing to compare yet; got plain, seed 0: the loss isn't finite" in done.err


BAD = {
    "no such study": (["run", "spatial-localty"], "no study 'spatial-localty'; expected perhaps spatial-locality"),
    "no suffix": (["run", "my-study"], "no study 'my-study'; expected images, spatial"),
    "a suffix": (["run", "my-study"], "(.py); did you mean my_study.py?"),
    "no such file": (["run", "nowhere.py"], "no study 'nowhere.py'; expected a file that exists"),
    "no such data": (["run", "spatial-locality", "--data", "no.zip"], "no such file or folder: no.zip"),
    "none to audit": (["audit", "nope"], "check the path, or give glyphs, the embedded set"),
    "not an archive": (["run", "spatial-locality", "--data", "text.zip"], "text.zip isn't an archive of images"),
    "no classes": (["run", "spatial-locality", "--data", "empty"], "empty has no class folders"),
    "one class": (["run", "spatial-locality", "--data", "one"], "one has one class only; got 'A'"),
    "no epochs": (["run", "spatial-locality", "--epochs", 0], "arms.standard.epochs can't be used; got 0; expected 1"),
    "no seeds": (["run", "spatial-locality", "--seeds", 0], "seeds can't be used; got 0; expected 1 or more"),
    "no limit": (["run", "spatial-locality", "--limit", 0], "data.limit can't be used; got 0"),
    "no reading": (["run", "spatial-locality", "--reading", "x"], "is not one of"),
    "no number": (["run", "spatial-locality", "--seeds", "x"], "'--seeds': got 'x'; expected a valid integer; see "),
    "no option": (["run", "spatial-locality", "--sedes", 3], "No such option: --sedes"),
    "no command": (["compere", "x"], "No such command 'compere'"),
    "no precision": (["run", "my_study.py", "--precision", "x"], "no such precision; got 'x'; expected fp32 or bf16"),
    "no device": (["run", "my_study.py", "--device", "x"], "no such device; got 'x'; expected cpu or cuda"),
    "another folder": (["run", "my_study.py", "--out", "one"], "one holds other files"),
    "a file": (["run", "my_study.py", "--out", "text.zip"], "text.zip is a file"),
    "it raises": (["run", "raises.py"], "raises when it is read; got ZeroDivisionError: division by zero (line 2)"),
    "bad syntax": (["run", "syntax.py"], "syntax.py raises when it is read; got SyntaxError"),
    "no function": (["run", "empty.py"], "empty.py has no function named study"),
    "no default": (["run", "bare.py"], "a parameter of bare.py's study() has no default; got size"),
    "study raises": (["run", "inner.py"], "study() of inner.py raises; got KeyError: 'x'"),
    "no study": (["run", "other.py"], "study() of other.py returns no study; got int; expected visavis.Study"),
    "a flag's name": (["run", "flag.py"], "a parameter of flag.py's study() has the name of a flag; got device"),
    "odd type": (["run", "odd.py"], "the parameters of odd.py's study() can't be options"),
    "odd quick": (["run", "quick.py"], "QUICK of quick.py can't be used; got {'turbo': 1}; expected a dict of size"),
    "no quick": (["run", "other.py", "--quick"], "has no smaller settings for --quick; expected QUICK, a dict of"),
    "it exits": (["run", "exits.py"], "exits.py raises when it is read; got SystemExit: 3"),
    "meta device": (["run", "my_study.py", "--device", "meta"], "no device 'meta' here"),
    "below a file": (["run", "my_study.py", "--out", "text.zip/x"], "text.zip/x can't be written"),
    "a long name": (["status", "x" * 300], "File name too long"),
    "no data": (["run", "spatial-locality", "--data", ""], "data can't be used; got ''"),
    "no folder": (["compare", "nowhere"], "nowhere holds no study; got no such folder"),
    "no report": (["report", "one"], "one holds no study; got no study.json"),
    "no status": (["status", "nowhere"], "nowhere holds no study"),
    "new exists": (["new", "my-study"], "my_study.py is there already"),
    "new nameless": (["new", "///"], "can't have this name"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_gets_one_line_and_code_two_and_leaves_nothing(command, study_file, kind):
    Path("one/A").mkdir(parents=True)
    Path("one/A/a.png").write_bytes(b"")
    Path("empty").mkdir()
    Path("text.zip").write_text("hello")
    Path("raises.py").write_text('"""Doc."""\n1 / 0\n')
    Path("syntax.py").write_text("def study(:\n")
    Path("empty.py").write_text("")
    Path("bare.py").write_text("def study(size):\n    return 1\n")
    Path("inner.py").write_text("def study():\n    return {}['x']\n")
    Path("other.py").write_text("def study():\n    return 1\n")
    Path("flag.py").write_text("def study(device='x'):\n    return 1\n")
    Path("odd.py").write_text("def study(size: int | str = 1):\n    return 1\n")
    Path("quick.py").write_text("QUICK = {'turbo': 1}\ndef study(size: int = 1):\n    return 1\n")
    Path("exits.py").write_text("import sys\nsys.exit(3)\n")
    before = sorted(str(path) for path in Path().rglob("*") if "__pycache__" not in path.parts)
    words, message = BAD[kind]
    done = command(*words)
    assert done.code == 2
    assert message in " ".join(done.err.split())
    assert done.err.splitlines()[:-1] in ([], ["loading data"])
    assert "Traceback" not in done.err
    assert sorted(str(path) for path in Path().rglob("*") if "__pycache__" not in path.parts) == before


def test_an_empty_class_and_mixed_sizes(command, study_file):
    write_zip(Path("empty.zip"), letters("AB") | {"C/x.png": b""})
    write_zip(Path("mixed.zip"), letters("AB") | letters("C", side=14))
    assert "class 'C' of empty.zip is empty" in command("run", "spatial-locality", "--data", "empty.zip").err
    words = ("--quick", "--seeds", 2, "--epochs", 1, "--verify")
    assert command("run", "spatial-locality", "--data", "mixed.zip", *words).code == 0


def test_the_folder_of_another_study_is_refused(command, study_file):
    command("run", "my_study.py")
    done = command("run", "my_study.py", "--epochs", 9)
    assert done.code == 2
    assert "runs/mine holds another study; got arms.plain.epochs: 2 -> 9, arms.permuted.epochs: 2 -> 9" in done.err
    assert "or begin another: --out runs/mine-2" in done.err


@pytest.mark.parametrize("limit", [[], ["--limit", "60"]])
def test_a_path_without_data_is_told_before_another_study(command, study_file, limit):
    command("run", "my_study.py", "--out", "run")
    done = command("run", "spatial-locality", "--data", "nope", "--out", "run", *limit)
    assert done.code == 2
    assert "no such file or folder: nope" in done.err


LONGER = ["run", "my_study.py", "--epochs", "6", "--size", "4000", "--precision", "fp32"]


def start(folder: str) -> subprocess.Popen:
    environment = {**os.environ, "COLUMNS": "300"}
    words = [sys.executable, "-m", "visavis", *LONGER, "--out", folder]
    return subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def wait_for_history(folder: str, cell: str) -> None:
    path = Path(folder, "cells", cell, "history.jsonl")
    end = time.monotonic() + 60
    while not path.is_file() and time.monotonic() < end:
        time.sleep(0.005)
    assert path.is_file()


def all_logits(folder: str) -> dict[str, np.ndarray]:
    return {
        f"{arm}{seed}": RunFolder(Path(folder)).cell(arm, seed).read_predictions().logits
        for arm in ("plain", "permuted")
        for seed in (0, 1)
    }


@pytest.mark.slow
def test_a_killed_run_continues_to_the_same_logits(command, study_file):
    killed = start("killed")
    wait_for_history("killed", "permuted/seed-0")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    finished = [path.parent.parent.name for path in Path("killed").glob("cells/*/*/predictions/own.npz")]
    assert 0 < len(finished) < 4
    assert command(*LONGER, "--out", "killed").code == 0
    assert command(*LONGER, "--out", "whole").code == 0
    found, expected = all_logits("killed"), all_logits("whole")
    assert all(np.array_equal(found[cell], expected[cell]) for cell in expected)
    assert not np.array_equal(found["plain0"], found["plain1"])


def test_an_interrupted_run_says_how_to_continue(study_file):
    running = start("stopped")
    wait_for_history("stopped", "plain/seed-0")
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Stopped. All that is done is kept in stopped; the same command continues." in said
    assert "Traceback" not in said


def test_json_is_one_object(command, finished):
    plain = json.loads(command("compare", finished.path, "--json").out)
    assert plain["arms"]["plain"]["accuracy"]["seeds"] == 3
