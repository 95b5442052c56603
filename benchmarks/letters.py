"""Speed and accuracy on the letters: visavis against the plain script, cell by cell in turn, in one run.

    python -m benchmarks.letters PATH --limit 3000 --epochs 4 --rounds 3 --out benchmarks/results/letters.json

Each round trains one cell of each arm both ways: same data, network, batch size and epochs, the test part evaluated
after every epoch. Wall seconds hold everything from the decoded data (visavis) or the image files (the plain script)
to the last evaluation, without the start of the process that each runs in. The ratio of each pair is taken, so that a
slow minute of the machine counts on both sides.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import torch

from benchmarks.one_cell import apart, timed_cell
from benchmarks.plain_letters import train_and_test, write_folders
from benchmarks.record import record
from visavis import datasets
from visavis.data import ImageData
from visavis.datasets import Limited
from visavis.design.arm import Arm
from visavis.studies import spatial_locality
from visavis.training.fast.precision import Precision


def plain_cell(root: Path, permuted: bool, seed: int, epochs: int) -> dict[str, float]:
    """By the plain script."""
    torch.manual_seed(seed)
    return train_and_test(root, torch.randperm(784) if permuted else None, epochs)


def own_cell(data: ImageData, arm: Arm, seed: int, precision: Precision, place: Path) -> dict[str, float]:
    """By visavis."""
    seconds, last = timed_cell(arm, seed, data, precision, place)
    return {"seconds": seconds, "accuracy": last.test_accuracy}


def measure(data: ImageData, epochs: int, rounds: int, precision: Precision) -> list[dict[str, Any]]:
    """One row per round and arm: seconds and accuracy of both ways."""
    study = spatial_locality.study(epochs=epochs)
    rows = []
    with TemporaryDirectory() as folder:
        write_folders(data, Path(folder) / "images")
        for seed in range(rounds):
            for arm in study.trained_arms:
                plain = apart(plain_cell, Path(folder) / "images", arm.name == "permuted", seed, epochs)
                own = apart(own_cell, data, arm, seed, precision, Path(folder) / "runs" / str(seed))
                rows.append(
                    {
                        "arm": arm.name,
                        "seed": seed,
                        "plain seconds": plain["seconds"],
                        "visavis seconds": own["seconds"],
                        "ratio": plain["seconds"] / own["seconds"],
                        "plain accuracy": plain["accuracy"],
                        "visavis accuracy": own["accuracy"],
                    }
                )
                print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", default="glyphs")
    parser.add_argument("--limit", type=int, default=3000)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", default="bf16", choices=Precision.__members__)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    data = Limited(datasets.open(arguments.data, channels=1), arguments.limit).load()
    rows = measure(data, arguments.epochs, arguments.rounds, Precision[arguments.precision])
    ratios = [row["ratio"] for row in rows]
    result = {
        "data": data.name,
        "training images": len(data.train),
        "test images": len(data.test),
        "epochs": arguments.epochs,
        "precision": arguments.precision,
        "median ratio": median(ratios),
        "lowest ratio": min(ratios),
        "highest ratio": max(ratios),
        "rows": rows,
    }
    record(result, arguments.out)


if __name__ == "__main__":
    main()
