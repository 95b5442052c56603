"""What visavis takes beside training: around cells, decoding again, further seeds and candidates of a frozen arm.

python -m benchmarks.budgets --letters LETTERS --faces FER2013 --weights RESNET18 --out benchmarks/results/budgets.json
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.emotions import WHOLE
from benchmarks.record import record
from visavis.store import CellFolder, RunFolder

LIMIT = 4000
"""Images of the study whose time is taken apart."""
CELLS, EPOCHS = 10, 20
"""Of the whole study of locality."""
CANDIDATES, PROBED = 8, 2000
"""Of a tuned probe, and training images that it has."""
CELL_EVENTS = ("CellStarted", "EpochDone", "CellFinished")


def visavis(folder: Path, *words: object) -> float:
    """Seconds of a command."""
    command = [sys.executable, "-m", "visavis", *map(str, words)]
    environment = {**os.environ, "VISAVIS_CACHE": str(folder / "cache")}
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def letters(folder: Path, data: Path) -> dict[str, Any]:
    """Where the time of a study of two cells goes, and from that, of the whole study."""
    words = ("run", "spatial-locality", "--data", data, "--limit", LIMIT, "--epochs", 2, "--seeds", 1)
    begun = time.time()
    seconds = visavis(folder, *words, "--out", "letters")
    run = RunFolder(folder / "letters")
    told = {arm: moments(run, arm) for arm in run.study.arms}
    cells = [within_cell(run, arm, *moments) for arm, moments in told.items()]
    parts = {
        "before the cells": min(moments[0] for moments in told.values()) - begun,
        "after the cells": begun + seconds - max(moments[-1] for moments in told.values()),
        **{name: mean(cell[name] for cell in cells) for name in cells[0]},
    }
    return {"images": LIMIT, "seconds": seconds, "parts": parts, "share of the whole study": whole_study(parts)}


def moments(run: RunFolder, arm: str) -> list[float]:
    """When its cell started, each of its epochs was done, and it was finished."""
    told = [event for event in run.read_events() if event.get("arm") == arm and event["event"] in CELL_EVENTS]
    return [datetime.fromisoformat(event["time"]).timestamp() for event in told]


def within_cell(run: RunFolder, arm: str, start: float, first: float, second: float, end: float) -> dict[str, float]:
    """Seconds of a cell of two epochs, from its moments: an epoch's steps, its test, and the rest of the cell."""
    steps = [row.seconds for row in run.cell(arm, 0).read_history()]
    test = second - first - steps[1]
    return {
        "steps of an epoch": mean(steps),
        "test of an epoch": test,
        "rest of a cell": end - start - sum(steps) - 2 * test,
    }


def whole_study(parts: dict[str, float]) -> dict[str, float]:
    """Shares of the time that the study takes with all images, epochs and seeds; extrapolated: every part is taken to
    grow with the images.
    """
    seconds = {
        "steps": CELLS * EPOCHS * parts["steps of an epoch"],
        "tests": CELLS * EPOCHS * parts["test of an epoch"],
        "the rest": parts["before the cells"] + parts["after the cells"] + CELLS * parts["rest of a cell"],
    }
    return {name: part / sum(seconds.values()) for name, part in seconds.items()}


def faces(folder: Path, data: Path, weights: Path) -> dict[str, Any]:
    """A frozen arm's first seed and its further ones; decoding the whole set, and once more."""
    words = ("run", "emotion-transfer", "--data", data, "--weights", weights, "--limit", 700, "--arms", "probe-x10")
    seconds = visavis(folder, *words, "--seeds", 4, "--epochs", 10, "--out", "faces")
    run = RunFolder(folder / "faces")
    study, images_of = run.study, run.data
    cells = {arm: [times_of(run.cell(arm, seed)) for seed in study.seeds] for arm in study.arms}
    images = sum(images_of.train) + sum(images_of.test)
    decode = "import sys, time; import visavis as vv; start = time.perf_counter(); vv.datasets.open(sys.argv[1])"
    decode += ".load(); print(time.perf_counter() - start)"
    environment = {**os.environ, "VISAVIS_CACHE": str(folder / "decoded")}
    times = [
        float(subprocess.run([sys.executable, "-c", decode, str(data)], env=environment, check=True, text=True,
                             capture_output=True).stdout)
        for _ in range(3)
    ]  # fmt: skip
    first, *others = cells["pre-trained"]
    return {
        "images": images,
        "run": seconds,
        "cells": cells,
        "further seeds": further_seeds(first, others, WHOLE / images),
        "decoding": {"first": times[0], "again": min(times[1:])},
    }


def tuned_probe(folder: Path, data: Path, weights: Path) -> dict[str, Any]:
    """What it takes to choose between learning rates of a frozen arm's head, beside one pass of the backbone."""
    tune = f"optimizer.lr=1e-3..1e-1:{CANDIDATES}"
    words = ("run", "images", "--data", data, "--weights", weights, "--limit", PROBED, "--size", 224, "--tune", tune)
    varied = ("--vary", "optimizer=sgd,adamw", "--set", "tuning=linear-probe", "--set", "batch_size=64")
    visavis(folder, *words, *varied, "--seeds", 1, "--epochs", 10, "--out", "tuned")
    run = RunFolder(folder / "tuned")
    first, last = (times_of(run.cell(arm, 0)) for arm in ("sgd", "sgd, tuned"))
    names = run.study.tuned["sgd, tuned"].trial_names("sgd, tuned")
    candidates = [times_of(run.cell(name, 0)) for name in names]
    one_pass, images = first["seconds"] - last["seconds"], sum(run.data.train) + sum(run.data.test)
    times = WHOLE / images
    whole = sum(cell["seconds"] + (times - 1) * cell["steps"] for cell in candidates)
    return {
        "images": images,
        "candidates": len(candidates),
        "pass": one_pass,
        "seconds": sum(cell["seconds"] for cell in candidates),
        "share": sum(cell["seconds"] for cell in candidates) / one_pass,
        "share of the whole study": whole / (times * one_pass),
    }


def times_of(cell: CellFolder) -> dict[str, float]:
    """Seconds of a cell, and of its steps alone."""
    return {"seconds": cell.read_document().seconds, "steps": sum(row.seconds for row in cell.read_history())}


def further_seeds(first: dict[str, float], others: list[dict[str, float]], times: float) -> dict[str, float]:
    """Their share of the first one's time, here and with so many times as many images; extrapolated: what a cell takes
    beside its steps grows with the images in the first one only, which computes the features.
    """
    whole = [cell["seconds"] + (times - 1) * cell["steps"] for cell in others]
    return {
        "share": median(cell["seconds"] for cell in others) / first["seconds"],
        "share of the whole study": median(whole) / (times * first["seconds"]),
    }


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
            "letters": letters(folder, arguments.letters.absolute()),
            "faces": faces(folder, arguments.faces.absolute(), arguments.weights.absolute()),
            "tuned probe": tuned_probe(folder, arguments.faces.absolute(), arguments.weights.absolute()),
        }
    record(found, arguments.out)


if __name__ == "__main__":
    main()
