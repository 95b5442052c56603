from __future__ import annotations

import pytest

STUDY = '''"""Is a permuted letter harder?"""

from typing import Annotated

import visavis as vv

QUICK = {"epochs": 1}


def study(epochs: Annotated[int, "passes"] = 2, seeds: int = 2, size: int = 100, turbo: bool = False) -> vv.Study:
    mlp, sgd = vv.models.MLP(hidden=(8,)), vv.SGD(lr=0.05, momentum=0.9)
    plain = vv.Arm("plain", model=mlp, optimizer=sgd, epochs=epochs, batch_size=16, loss=vv.NLL())
    return vv.Study(
        name="mine",
        question="Is a permuted letter harder?",
        data=vv.datasets.Glyphs(train_size=size, test_size=40),
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
