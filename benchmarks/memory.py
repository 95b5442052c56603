"""What it is worth to keep the memory that freed tensors leave, and to have it in huge pages: training in turn.

    python -m benchmarks.memory --out benchmarks/results/memory.json

Each way in a process of its own. Blocks that aren't given back are glibc's part of it, huge pages PyTorch's.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.profiles import WORK, cell_of
from benchmarks.record import record, spread
from visavis.training.fast.memory import HUGE_PAGES, keep_freed_memory
from visavis.training.fast.precision import Precision
from visavis.training.loop import epochs

STEPS, EPOCHS = {"letter network": 10, "ResNet18 at 224": 2}, 3
USUAL, KEPT, HUGE = "usual", "kept", "kept in huge pages"


def one(way: str, name: str) -> dict[str, float]:
    """Images per second after a first epoch, and the process's memory."""
    if way != USUAL:
        keep_freed_memory()
    model, batch_size, _ = WORK[name]
    cell = cell_of(model, batch_size, STEPS[name], EPOCHS, 0)
    speeds = [epoch.row.images_per_second for epoch in epochs(cell, Precision.fp32)]
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "images per second": median(speeds[1:]),
        "seconds in the system": used.ru_stime,
        "peak megabytes": used.ru_maxrss / 1024,
    }


def measure(name: str, rounds: int) -> dict[str, Any]:
    """All ways in turn."""
    found: dict[str, list[dict[str, float]]] = {USUAL: [], KEPT: [], HUGE: []}
    for number in range(rounds):
        for way in list(found)[:: 1 if number % 2 else -1]:
            command = [sys.executable, "-m", "benchmarks.memory", "--one", way, name]
            environment = os.environ | {HUGE_PAGES: "1" if way == HUGE else "0"}
            done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
            found[way].append(json.loads(done.stdout))
            print(name, way, found[way][-1], flush=True)
    return {"network": name, "ways": [{"way": way, **summary(rows, found[USUAL])} for way, rows in found.items()]}


def summary(rows: list[dict[str, float]], usual: list[dict[str, float]]) -> dict[str, Any]:
    """Medians, and how many times as fast as usual in the same round."""
    speeds = [[row["images per second"] for row in one] for one in (rows, usual)]
    return {
        **{key: median(row[key] for row in rows) for key in rows[0]},
        "times as fast": spread(ours / theirs for ours, theirs in zip(*speeds, strict=True)),
    }


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--quick", action="store_true", help="the letter network once: only whether it runs")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(one(*arguments.one)))
        return
    pages = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    huge = pages.read_text().partition("[")[2].partition("]")[0] if pages.exists() else "none"
    names, rounds = (list(STEPS)[:1], 1) if arguments.quick else (list(STEPS), arguments.rounds)
    found = [measure(name, rounds) for name in names]
    record({"huge pages": huge, "networks": found}, arguments.out)


if __name__ == "__main__":
    main()
