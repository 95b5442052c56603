"""What a GPU gives: the CPU's numbers, recorded steps, cells side by side, and the studies' time against their budgets.

    python -m benchmarks.gpu --letters LETTERS --faces FER2013 --weights RESNET18 --out benchmarks/results/gpu.json

Checks first (one cell of the letter study in float32): the GPU's accuracy and loss against the CPU's; a cell beside
others against the same cell alone. Then runs both studies whole. ``--quick`` takes few images of the embedded letters.
A GPU's sums come in any order, so a cell is also held against itself again. The file is written after each of these,
and ``--keep`` names a folder for the studies' run folders.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

import visavis as vv
from benchmarks.record import record
from visavis.design.study import Study
from visavis.store import RunFolder
from visavis.studies import emotion_transfer, spatial_locality

LETTERS_BUDGET, FACES_BUDGET = 5.0, 30.0
"""Seconds of training for both arms, one seed, on one H200."""


def cells(study: Study, run: RunFolder) -> dict[tuple[str, int], dict[str, Any]]:
    """Steps, whole seconds, loss and logits of every cell."""
    found = {}
    for arm in study.all_arms:
        for seed in study.seeds:
            place = run.cell(arm.name, seed)
            rows = place.read_history()
            found[arm.name, seed] = {
                "steps": sum(row.seconds for row in rows),
                "seconds": place.read_document().seconds,
                "loss": rows[-1].test_loss,
                "accuracy": rows[-1].test_accuracy,
                "logits": place.read_predictions().logits,
            }
    return found


def checks(folder: Path, data: str, limit: int) -> dict[str, Any]:
    """The GPU against the CPU, and cells side by side against cells alone, in float32."""
    study = spatial_locality.study(data=data, limit=limit, epochs=1, seeds=2)
    ways = {"cpu": ("cpu", 1), "alone": ("cuda", 1), "again": ("cuda", 1), "together": ("cuda", 4)}
    found = {}
    for name, (device, together) in ways.items():
        run = vv.run_study(study, folder / name, vv.Options(device=device, together=together, precision="fp32"))
        found[name] = cells(study, run)
    keys = found["cpu"]
    return {
        "largest difference of the test loss from the CPU's": max(
            abs(found["alone"][key]["loss"] - found["cpu"][key]["loss"]) for key in keys
        ),
        **{
            f"largest difference of logits, alone and {way}": max(
                float(np.abs(found["alone"][key]["logits"] - found[way][key]["logits"]).max()) for key in keys
            )
            for way in ("again", "together")
        },
    }


def whole(study: Study, folder: Path) -> dict[str, Any]:
    """A study's seconds, and of them its steps; memory at its peak."""
    torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    found = cells(study, vv.run_study(study, folder, vv.Options(device="cuda")))
    return {
        "seconds": time.perf_counter() - start,
        "steps of one seed": sum(cell["steps"] for cell in found.values()) / len(study.seeds),
        "accuracy": {f"{arm}, seed {seed}": cell["accuracy"] for (arm, seed), cell in found.items()},
        "peak bytes on the GPU": torch.cuda.max_memory_allocated(),
    }


def earlier(out: Path | None) -> dict[str, Any]:
    """What the file has of studies that aren't run again."""
    if out is None or not out.exists():
        return {}
    sections = json.loads(out.read_text())
    return {name: sections[name] for name in ("letters", "faces") if name in sections}


def main() -> None:
    """Measures, prints and writes JSON; ends at once where there is no GPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", default="glyphs")
    parser.add_argument("--faces", default=None)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("no GPU here: torch.cuda.is_available() is false")
    few: dict[str, Any] = {"limit": 640, "epochs": 2, "seeds": 1} if arguments.quick else {"epochs": 20, "seeds": 3}
    studies = {"letters": (spatial_locality.study(data=arguments.letters, **few), LETTERS_BUDGET)}
    if arguments.faces:
        given = {**few, "epochs": min(few["epochs"], 10)}
        faces = emotion_transfer.study(data=arguments.faces, weights=arguments.weights, **given)
        studies["faces"] = (faces, FACES_BUDGET)
    with TemporaryDirectory() as name:
        result = earlier(arguments.out) | {"checks": checks(Path(name), arguments.letters, 640)}
        for kind, (study, budget) in studies.items():
            record(result, arguments.out, torch.device("cuda"))
            result[kind] = {**whole(study, (arguments.keep or Path(name)) / kind), "budget": budget}
    record(result, arguments.out, torch.device("cuda"))


if __name__ == "__main__":
    main()
