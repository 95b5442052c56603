"""What visavis takes beside training: starting, comparing, reporting, decoding again, further seeds of a frozen arm.

python -m benchmarks.budgets --letters LETTERS --faces FER2013 --weights RESNET18 --out benchmarks/results/budgets.json
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import torch

from visavis.execution.environment import describe_environment
from visavis.store import RunFolder

REPEATS = 5


def visavis(folder: Path, *words: object) -> float:
    """Seconds of a command."""
    command = [sys.executable, "-m", "visavis", *map(str, words)]
    environment = {**os.environ, "VISAVIS_CACHE": str(folder / "cache")}
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def repeated(folder: Path, *words: object) -> dict[str, float]:
    """Median and spread of a command's seconds."""
    times = sorted(visavis(folder, *words) for _ in range(REPEATS))
    return {"median": median(times), "lowest": times[0], "highest": times[-1]}


def letters(folder: Path, data: Path) -> dict[str, Any]:
    """Looking at a finished study, and what a study takes beside its steps."""
    words = (
        "run",
        "spatial-locality",
        "--data",
        data,
        "--limit",
        1000,
        "--epochs",
        4,
        "--seeds",
        1,
        "--out",
        "letters",
    )
    seconds = visavis(folder, *words)
    run = RunFolder(folder / "letters")
    rows = [row for arm in ("standard", "permuted") for row in run.cell(arm, 0).read_history()]
    cells = [run.cell(arm, 0).read_about()["seconds"] for arm in ("standard", "permuted")]
    return {
        "help": repeated(folder, "--help"),
        "compare": repeated(folder, "compare", "letters"),
        "report": repeated(folder, "report", "letters"),
        "run": {"seconds": seconds, "training steps": sum(row.seconds for row in rows), "cells": sum(cells)},
    }


def faces(folder: Path, data: Path, weights: Path) -> dict[str, Any]:
    """A frozen arm's first seed and its further ones; decoding the whole set, and once more."""
    words = ("run", "emotion-transfer", "--data", data, "--weights", weights, "--limit", 700, "--arms", "probe-x10")
    seconds = visavis(folder, *words, "--seeds", 4, "--epochs", 10, "--out", "faces")
    run = RunFolder(folder / "faces")
    study = run.read("study")
    cells = {arm: [run.cell(arm, seed).read_about()["seconds"] for seed in study["seeds"]] for arm in study["arms"]}
    decode = "import sys, time; import visavis as vv; start = time.perf_counter(); vv.datasets.open_images(sys.argv[1])"
    decode += ".load(); print(time.perf_counter() - start)"
    environment = {**os.environ, "VISAVIS_CACHE": str(folder / "decoded")}
    times = [
        float(subprocess.run([sys.executable, "-c", decode, str(data)], env=environment, check=True, text=True,
                             capture_output=True).stdout)
        for _ in range(3)
    ]  # fmt: skip
    return {"run": seconds, "cells": cells, "decoding": {"first": times[0], "again": min(times[1:])}}


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=Path, required=True)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        found = {
            "measured": datetime.now(UTC).date().isoformat(),
            "environment": describe_environment(torch.device("cpu")),
            "letters": letters(folder, arguments.letters.absolute()),
            "faces": faces(folder, arguments.faces.absolute(), arguments.weights.absolute()),
        }
    print(json.dumps(found, indent=2))
    if arguments.out:
        arguments.out.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
