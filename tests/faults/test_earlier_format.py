"""A run folder that an earlier visavis wrote: every command says so in one line, and leaves it as it is."""

import json

import pytest

import visavis as vv
from small import small_study
from visavis.errors import DamagedFile, NotARunFolder

MLP = {"type": "MLP", "hidden": [16]}
STUDY = {
    "name": "small",
    "question": "Does it run?",
    "brands": [],
    "data": {"type": "Glyphs", "train_size": 120, "test_size": 50, "letters": "ABCDEFGHIJ", "seed": 0},
    "recipe": {
        "epochs": 2,
        "batch_size": 32,
        "optimizer": {"type": "SGD", "momentum": 0.9, "weight_decay": 0.0},
        "loss": {"type": "NLL"},
        "balanced": False,
    },
    "control": "plain",
    "arms": {
        name: {"input": {"type": input_}, "model": MLP, "tuning": {"type": "FromScratch", "lr": 0.05}}
        for name, input_ in (("plain", "Untouched"), ("permuted", "PixelPermutation"))
    },
    "again": [],
    "seeds": [0, 1, 2],
    "margin": 0.01,
    "asks": [],
}
"""What the first format had."""

COMMANDS = [
    ("compare",), ("compare", "--json"), ("compare", "--csv"), ("report",), ("status",), ("status", "--json"),
    ("status", "--watch"), ("plan", "--detect", "5pp"), ("predict", "letter.png"),
    ("export", "--arm", "plain", "--onnx"),
]  # fmt: skip
LINE = (
    "is of an earlier format; got a recipe for all arms in study.json; expected arms with an optimizer and epochs of "
)
REMEDY = "choose another --out, or read it with the visavis that wrote it"


@pytest.fixture
def earlier(copied):
    (copied.path / "study.json").write_text(json.dumps(STUDY, indent=2))
    return copied


def state_of(folder):
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.path.rglob("*")}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_refuses_it_in_one_line(earlier, command, words):
    before = state_of(earlier)
    done = command(words[0], earlier.path, *words[1:])
    assert done.code == 2
    assert done.out == ""
    (line,) = done.err.splitlines()
    assert line.startswith(f"Error: {earlier.path} {LINE}")
    assert line.endswith(REMEDY)
    assert state_of(earlier) == before


def test_nothing_is_run_in_it(earlier, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = state_of(earlier)
    for words in ((), ("--renew",), ("--jobs", 2)):
        done = command("run", "letter-transfer", "--out", earlier.path, *words)
        assert done.code == 2
        assert LINE in done.err
        assert "Traceback" not in done.err
    assert state_of(earlier) == before


def test_python_refuses_it_too(earlier):
    ways = (
        lambda: vv.run_study(small_study(), earlier.path),
        lambda: vv.compare(earlier.path),
        lambda: vv.write_report(earlier.path),
        lambda: vv.load(earlier.path, "plain"),
    )
    before = state_of(earlier)
    for way in ways:
        with pytest.raises(NotARunFolder, match=LINE):
            way()
    assert state_of(earlier) == before


def test_a_study_that_is_damaged_is_of_no_format(copied):
    for recipe in ("none", None, [1]):
        (copied.path / "study.json").write_text(json.dumps({**STUDY, "recipe": recipe}))
        with pytest.raises(DamagedFile, match=r"study\.json can't be read"):
            _ = copied.study
