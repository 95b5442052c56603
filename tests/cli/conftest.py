from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from visavis.cli import main


@dataclass
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def command(monkeypatch, capsys) -> Callable[..., Done]:
    """Runs the command in this process."""

    def run(*words: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["visavis", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return Done(end.value.code if isinstance(end.value.code, int) else 0, captured.out, captured.err)

    return run


STUDY = '''"""Is a permuted letter harder?"""

from typing import Annotated

import visavis as vv

QUICK = {"epochs": 1}


def study(epochs: Annotated[int, "passes"] = 2, seeds: int = 2, size: int = 100, turbo: bool = False) -> vv.Study:
    plain = vv.Arm("plain", input=vv.Untouched(), model=vv.models.MLP(hidden=(8,)), tuning=vv.FromScratch(lr=0.05))
    return vv.Study(
        name="mine",
        question="Is a permuted letter harder?",
        data=vv.datasets.Glyphs(train_size=size, test_size=40),
        recipe=vv.Recipe(epochs=epochs, batch_size=16, optimizer=vv.SGD(momentum=0.9), loss=vv.NLL()),
        control=plain,
        arms=[plain.but("permuted", input=vv.PixelPermutation())],
        seeds=range(seeds),
    )
'''


@pytest.fixture
def study_file(tmp_path, monkeypatch):
    """A study file in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my_study.py"
    path.write_text(STUDY)
    return path
