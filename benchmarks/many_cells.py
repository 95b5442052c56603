"""What a cell costs beside its training, with 1,000 cells of a fraction of a second, whether that stays flat, and how
long it takes to look at them.

    python -m benchmarks.many_cells --cells 1000 --out benchmarks/results/many-cells.json
    python -m benchmarks.many_cells --cells 10000 --arms 100 --ways "one process" --out more-cells.json

Runs the study in this process, in two processes, and as tasks of Ray, each with one thread. A cell's own seconds
are what its training took; the rest of its time is finding, claiming, describing, saving and telling.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.budgets import visavis
from benchmarks.record import record
from visavis.store import RunFolder

STUDY = '''"""Cells of a fraction of a second."""

import visavis as vv


def study(seeds: int = 10, arms: int = 2) -> vv.Study:
    """One perceptron on a few glyphs, at so many learning rates."""
    mlp, sgd = vv.models.MLP(hidden=(8,)), vv.SGD(lr=0.01, momentum=0.5)
    plain = vv.Arm("plain", mlp, sgd, epochs=1, batch_size=50, loss=vv.NLL())
    return vv.Study(
        name="many",
        question="What does a cell cost?",
        data=vv.datasets.Glyphs(train_size=200, test_size=50),
        control=plain,
        arms=[plain.but(f"rate {n}", optimizer=vv.SGD(lr=0.01 + 0.001 * n, momentum=0.5)) for n in range(1, arms)],
        seeds=range(seeds),
    )
'''
WAYS = {"one process": (), "2 processes": ("--jobs", "2"), "ray": ("--jobs", "2", "--executor", "ray")}


LOOKS = ("status", "compare", "report")


def measure(folder: Path, cells: int, arms: int, words: tuple[str, ...]) -> dict[str, Any]:
    """Runs the study one way; seconds per cell over its course, and of looking at what it has left."""
    (folder / "many.py").write_text(STUDY)
    command = [sys.executable, "-m", "visavis", "run", "many.py", "--precision", "fp32", "--threads", "1", "--quiet"]
    run = folder / "run"
    size = ("--seeds", str(cells // arms), "--arms", str(arms))
    subprocess.run([*command, *size, "--out", str(run), *words], cwd=folder, check=True)
    return {**read(RunFolder(run)), "looks": {look: visavis(folder, look, "run") for look in LOOKS}}


def read(run: RunFolder) -> dict[str, Any]:
    """What the events say of the pace."""
    finished = [event for event in run.read_events() if event["event"] == "CellFinished"]
    times = sorted(datetime.fromisoformat(event["time"]).timestamp() for event in finished)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    fifth = max(1, len(gaps) // 5)
    own = [run.cell(event["arm"], event["seed"]).read_document().seconds for event in finished]
    return {
        "cells": len(finished),
        "seconds from first to last cell": times[-1] - times[0],
        "median seconds between cells": median(gaps),
        "median of the first fifth": median(gaps[:fifth]),
        "median of the last fifth": median(gaps[-fifth:]),
        "last fifth to first": median(gaps[-fifth:]) / median(gaps[:fifth]),
        "median seconds of training": median(own),
    }


def main() -> None:
    """Measures each way, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--arms", type=int, default=2)
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    rows = []
    for way in arguments.ways:
        with TemporaryDirectory() as folder:
            rows.append({"way": way, **measure(Path(folder), arguments.cells, arguments.arms, WAYS[way])})
        print(rows[-1], flush=True)
    record({"rows": rows}, arguments.out)


if __name__ == "__main__":
    main()
