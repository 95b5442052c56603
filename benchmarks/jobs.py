"""Which number of processes trains a study's cells soonest on this machine's cores: what ``--jobs`` should be.

    python -m benchmarks.jobs --rounds 3 --out benchmarks/results/jobs.json

The same command with one process that has all cores, and with a process for every core; in turn, each time with the
start of PyTorch in every process, which small studies pay for as well. The embedded glyphs, six cells.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.record import record, spread

STUDY = '''"""Cells of three kinds."""

import visavis as vv

MODELS = {"letter network": vv.models.LetterCNN(), "perceptron": vv.models.MLP(hidden=(1024, 1024))}


def study(model: str = "perceptron", epochs: int = 1, size: int = 500, seeds: int = 3) -> vv.Study:
    """Six cells."""
    plain = vv.Arm("plain", MODELS[model], vv.SGD(lr=0.01, momentum=0.5), epochs=epochs, loss=vv.NLL())
    return vv.Study(
        name="jobs",
        question="How many at once?",
        data=vv.datasets.Glyphs(train_size=size, test_size=100),
        control=plain,
        arms=[plain.but("permuted", input=vv.PixelPermutation())],
        seeds=range(seeds),
    )
'''
WORK: dict[str, dict[str, int]] = {
    "letter network": {"epochs": 2, "size": 300},
    "perceptron": {"epochs": 10, "size": 4000},
}


def seconds_of(model: str, settings: dict[str, int], jobs: int) -> float:
    """Of the whole command."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "jobs.py").write_text(STUDY)
        command = [
            sys.executable,
            "-m",
            "visavis",
            "run",
            "jobs.py",
            "--precision",
            "fp32",
            "--quiet",
            "--model",
            model,
        ]
        words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
        begun = time.perf_counter()
        subprocess.run([*command, *words, "--jobs", str(jobs)], cwd=folder, check=True, capture_output=True)
        return time.perf_counter() - begun


def measure(rounds: int, cores: int, *, quick: bool) -> list[dict[str, Any]]:
    """One row per network."""
    rows = []
    for model, settings in WORK.items():
        asked = {"epochs": 1, "size": 64, "seeds": 1} if quick else settings
        pairs = []
        for number in range(rounds):
            ways = (1, cores)[:: 1 if number % 2 else -1]
            found = {jobs: seconds_of(model, asked, jobs) for jobs in ways}
            pairs.append((found[1], found[cores]))
            print(model, pairs[-1], flush=True)
        rows.append(
            {
                "model": model,
                "one process": median(one for one, _ in pairs),
                "a process for every core": median(many for _, many in pairs),
                "ratio": spread(one / many for one, many in pairs),
            }
        )
    return rows


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one round of the smallest cells: only whether it runs")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    cores = os.cpu_count() or 1
    rows = measure(1 if arguments.quick else arguments.rounds, cores, quick=arguments.quick)
    record({"cores": cores, "rows": rows}, arguments.out)


if __name__ == "__main__":
    main()
