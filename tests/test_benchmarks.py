"""The benchmarks that have a quick form run; what they measure isn't looked at."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def quick(name: str, *words: object) -> None:
    command = [sys.executable, "-m", f"benchmarks.{name}", "--quick", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_large_sets_are_held_against_small_ones(tmp_path):
    quick("scale", "--out", tmp_path / "scale.json", "--folder", tmp_path)
    found = json.loads((tmp_path / "scale.json").read_text())
    for kind in found["kinds"]:
        assert [one["set"] for one in kind["sets"]] == ["small", "large"]
        assert kind["ratio"]["lowest"] <= kind["ratio"]["median"] <= kind["ratio"]["highest"]
    assert [path.name for path in tmp_path.iterdir()] == ["scale.json"]


@pytest.mark.slow
def test_costs_are_laid_out_by_size(tmp_path):
    quick("cost", "--out", tmp_path / "cost.json", "--picture", tmp_path / "cost.png")
    lines = json.loads((tmp_path / "cost.json").read_text())["lines"]
    assert [line["variable"] for line in lines] == ["arms", "seeds", "classes", "images"]
    assert (tmp_path / "cost.png").read_bytes().startswith(b"\x89PNG")
