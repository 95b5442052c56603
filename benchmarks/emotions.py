"""Speed on FER2013 at 224 x 224: visavis against the plain script, arm by arm in turn, in one run.

    python -m benchmarks.emotions FER2013 RESNET18 --rounds 3 --out benchmarks/results/emotions-speed.json

Each round trains both arms both ways for a few epochs on a subset. The time of the whole study is extrapolated from
the seconds per image: of a training and a testing pass for each epoch, and for the frozen arm of visavis of one pass
in all, with the heads' own steps for each epoch. It is marked so wherever it is shown.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import torch

from benchmarks.one_cell import apart, probed, timed_cell
from benchmarks.plain_emotions import train_and_test
from benchmarks.plain_letters import write_folders
from benchmarks.record import record
from visavis import datasets
from visavis.data import ImageData
from visavis.datasets import Limited
from visavis.store import RunFolder
from visavis.studies import emotion_transfer

WHOLE, EPOCHS = 35_887, 10
"""Images and epochs of the whole study."""


def plain_cell(root: Path, weights: Path, epochs: int, seed: int, frozen: bool) -> dict[str, float]:
    """By the plain script."""
    torch.manual_seed(seed)
    return train_and_test(root, weights, epochs, frozen=frozen)


def own_cell(data: ImageData, weights: Path, epochs: int, frozen: bool, place: Path) -> dict[str, Any]:
    """By visavis: seconds of a cell, of its steps alone, and its accuracy; everything is saved."""
    study = emotion_transfer.study(data="glyphs", weights=weights, epochs=epochs)
    arm, precision = study.trained_arms[0 if frozen else 1], probed(study, data)
    seconds, last = timed_cell(arm, 0, data, precision, place)
    steps = sum(row.seconds for row in RunFolder(place).cell(arm.name, 0).read_history())
    return {"seconds": seconds, "steps": steps, "accuracy": last.test_accuracy, "precision": precision.name}


def measure(data: ImageData, weights: Path, epochs: int, rounds: int) -> list[dict[str, Any]]:
    """One row per round and arm."""
    rows = []
    with TemporaryDirectory() as folder:
        write_folders(data, Path(folder) / "images")
        for number in range(rounds):
            for arm in ("frozen", "fine-tuned"):
                frozen, place = arm == "frozen", Path(folder) / f"run-{number}"
                plain = apart(plain_cell, Path(folder) / "images", weights, epochs, number, frozen)
                own = apart(own_cell, data, weights, epochs, frozen, place)
                rows.append({"arm": arm, "round": number, "plain": plain, "own": own})
                print(rows[-1], flush=True)
    return rows


def extrapolated(rows: list[dict[str, Any]], images: int, epochs: int) -> dict[str, float]:
    """Seconds of the whole study, one seed, from medians."""
    found: dict[str, float] = {}
    for arm in ("frozen", "fine-tuned"):
        some = [row for row in rows if row["arm"] == arm]
        plain = median(row["plain"]["seconds"] for row in some) / (images * epochs)
        own = median(row["own"]["seconds"] for row in some) / (images * epochs)
        found[f"plain {arm}"] = plain * WHOLE * EPOCHS
        found[f"visavis {arm}"] = own * WHOLE * EPOCHS
        if arm == "frozen":
            steps = median(row["own"]["steps"] for row in some)
            once = (median(row["own"]["seconds"] for row in some) - steps) / images
            found[f"visavis {arm}"] = once * WHOLE + steps / (images * epochs) * WHOLE * EPOCHS
    return found


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("weights", type=Path)
    parser.add_argument("--limit", type=int, default=125)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one round on few images")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    limit, rounds = (40, 1) if arguments.quick else (arguments.limit, arguments.rounds)
    data = Limited(datasets.open(arguments.data), limit).load()
    rows = measure(data, arguments.weights, arguments.epochs, rounds)
    images = len(data.train) + len(data.test)
    ratios = {
        arm: sorted(row["plain"]["seconds"] / row["own"]["seconds"] for row in rows if row["arm"] == arm)
        for arm in ("frozen", "fine-tuned")
    }
    result = {
        "precision": rows[0]["own"]["precision"],
        "training images": len(data.train),
        "test images": len(data.test),
        "epochs": arguments.epochs,
        "ratios": {arm: {"median": median(found), "spread": [found[0], found[-1]]} for arm, found in ratios.items()},
        "extrapolated seconds of the whole study": extrapolated(rows, images, arguments.epochs),
        "rows": rows,
    }
    record(result, arguments.out)


if __name__ == "__main__":
    main()
