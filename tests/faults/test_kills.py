"""Runs that are killed end with the bits of runs that aren't; ``benchmarks/kills.py`` does it hundreds of times."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def kills(tmp_path, *words):
    """A process of its own: one that has used PyTorch's threads can't be forked."""
    out = tmp_path / "kills.json"
    command = [sys.executable, "-m", "benchmarks.kills", "--out", str(out), *map(str, words)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return json.loads(out.read_text())["rows"]


def require_same_bits(rows):
    for row in rows:
        assert row["random"]["other_bits"] == row["stages"]["other_bits"] == 0
        assert row["control ends with other bits"], "without the optimizer's memory the end has to differ"


def test_killed_runs_end_with_the_same_bits(tmp_path):
    rows = kills(tmp_path, "--studies", "transfer", "--kills", 2, "--stages", 2)
    require_same_bits(rows)
    assert sum(row["random"]["kills"] for row in rows) >= 2
    assert all(row["stages"]["kills"] == 2 for row in rows)


@pytest.mark.slow
def test_hundreds_of_killed_runs_end_with_the_same_bits(tmp_path):
    rows = kills(tmp_path, "--kills", 200, "--stages", 100, "--seed", 1)
    require_same_bits(rows)
    assert sum(row["random"]["kills"] for row in rows) >= 200
