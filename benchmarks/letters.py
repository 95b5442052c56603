"""Speed and accuracy on the letters: visavis against the plain script, cell by cell in turn, in one run.

    python -m benchmarks.letters PATH --limit 3000 --epochs 4 --rounds 3 --out benchmarks/results/letters.json

Each round trains one cell of each arm both ways: same data, network, batch size and epochs, the test part evaluated
after every epoch. Wall seconds hold everything from the decoded data (visavis) or the image files (the plain script)
to the last evaluation. The ratio of each pair is taken, so that a slow minute of the machine counts on both sides.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import torch

from benchmarks.one_cell import train_cell
from benchmarks.plain_letters import train_and_test, write_folders
from benchmarks.record import record
from visavis import NLL, SGD, Recipe
from visavis.datasets import Limited, open_letters
from visavis.execution.conditions import Conditions
from visavis.execution.events import unwatched
from visavis.execution.fingerprints import data_fingerprints
from visavis.execution.machine import Machine
from visavis.execution.stopping import Stopping
from visavis.interfaces import ImageData
from visavis.store import RunFolder
from visavis.studies import spatial_locality
from visavis.training.precision import Precision


def measure(data: ImageData, epochs: int, rounds: int, precision: Precision) -> list[dict[str, Any]]:
    """One row per round and arm: seconds and accuracy of both ways."""
    study = spatial_locality.study(epochs=epochs)
    recipe = Recipe(epochs=epochs, batch_size=64, optimizer=SGD(momentum=0.5), loss=NLL())
    machine, shared = Machine(torch.device("cpu"), precision), data_fingerprints(data)
    rows = []
    with TemporaryDirectory() as folder:
        write_folders(data, Path(folder) / "images")
        for seed in range(rounds):
            for arm in study.all_arms:
                torch.manual_seed(seed)
                order = torch.randperm(784) if arm.name == "permuted" else None
                plain = train_and_test(Path(folder) / "images", order, epochs)
                start = time.perf_counter()
                place = RunFolder(Path(folder) / "runs" / str(seed))
                conditions = Conditions(data, shared, recipe, machine, place, Stopping(), unwatched)
                last = train_cell(arm, seed, conditions)
                seconds = time.perf_counter() - start
                rows.append(
                    {
                        "arm": arm.name,
                        "seed": seed,
                        "plain seconds": plain["seconds"],
                        "visavis seconds": seconds,
                        "ratio": plain["seconds"] / seconds,
                        "plain accuracy": plain["accuracy"],
                        "visavis accuracy": last.test_accuracy,
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
    data = Limited(open_letters(arguments.data), arguments.limit).load()
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
