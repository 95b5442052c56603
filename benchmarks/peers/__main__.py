"""The same work by visavis, a plain loop and other libraries, in turn.

    python -m venv peers && peers/bin/pip install -c benchmarks/peers-constraints.txt -e . fastai lightning \\
        transformers accelerate keras timm
    peers/bin/python -m benchmarks.peers LETTERS FER2013 RESNET18 --letters-limit 900 --faces-limit 80 \\
        --out benchmarks/results/peers.json

Same data, network, initial weights of a pre-trained one, optimizer, batch size and epochs, with a test after each
epoch. Every way starts from the decoded images in memory and runs in a process of its own, whose start isn't timed.
Seconds are of training and testing; memory is the process's largest, without that of processes that make batches.
"""

from __future__ import annotations

import argparse
import copy
import json
import resource
import subprocess
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import torch

from benchmarks.arithmetic import matrix_speed, work_of_asking, work_of_training
from benchmarks.peers.ways import KERAS, OWN, WAYS
from benchmarks.peers.work import WORKS, Work, read_data, write_data
from benchmarks.record import record, spread
from visavis import datasets
from visavis.data import ImageData
from visavis.datasets import Limited
from visavis.training.fast.memory import keep_freed_memory


def one(way: str, work: Work) -> None:
    """Does the work in this process and prints what came of it."""
    warnings.simplefilter("ignore")
    gflop = arithmetic_of(work)
    products = [matrix_speed()]
    seconds, accuracy = WAYS[way][0](work)
    products.append(matrix_speed())
    found = {
        "seconds": seconds,
        "accuracy": accuracy,
        "peak megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "gflop": gflop,
        "gflops of matrix products": sum(products) / 2,
    }
    print(json.dumps({**found, "version": version(WAYS[way][1])}))


def arithmetic_of(work: Work) -> float:
    """GFLOP of all epochs with their tests, as a plain loop does them."""
    network = copy.deepcopy(work.network).train()
    batch = torch.stack([work.train[row][0] for row in range(2)])
    train, test = (len(part) for part in (work.data.train, work.data.test))
    return work.epochs * (train * work_of_training(network, batch) + test * work_of_asking(network, batch))


def measure(name: str, data: ImageData, weights: Path | None, epochs: int, rounds: int) -> list[dict[str, Any]]:
    """All ways in turn, so many times; a way that can't be run is told and left out."""
    rows = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data.npz"
        write_data(data, path)
        words = [str(path), *([] if weights is None else ["x", str(weights)]), "--epochs", str(epochs), "--work", name]
        for turn in range(rounds):
            for way in ways_of(name):
                command = [sys.executable, "-m", "benchmarks.peers", *words, "--one", way]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    print(f"{way}: {done.stderr.strip().splitlines()[-1:]}", flush=True)
                    continue
                rows.append({"way": way, "round": turn, **json.loads(done.stdout.strip().splitlines()[-1])})
                print(name, rows[-1], flush=True)
    return rows


def ways_of(name: str) -> list[str]:
    """Keras has layers and weights of its own: only the letters' network is built in them."""
    return [way for way in WAYS if way != KERAS or name == "letters"]


def summary(rows: list[dict[str, Any]], images: int) -> list[dict[str, Any]]:
    """Each way: images per second, and how many times as long as visavis it took in the same round."""
    ours = {row["round"]: row["seconds"] for row in rows if row["way"] == OWN}
    found = []
    for way in dict.fromkeys(row["way"] for row in rows):
        own = [row for row in rows if row["way"] == way]
        found.append(
            {
                "way": way,
                "version": own[0]["version"],
                "seconds": median(row["seconds"] for row in own),
                "images per second": images / median(row["seconds"] for row in own),
                "times as long": spread(row["seconds"] / ours[row["round"]] for row in own if row["round"] in ours),
                "share of matrix products": median(
                    row["gflop"] / row["seconds"] / row["gflops of matrix products"] for row in own
                ),
                "accuracy": median(row["accuracy"] for row in own),
                "peak megabytes": median(row["peak megabytes"] for row in own),
                "gflops of matrix products": median(row["gflops of matrix products"] for row in own),
            }
        )
    return found


def measured(name: str, data: ImageData, weights: Path | None, epochs: int, rounds: int) -> dict[str, Any]:
    """All ways to do one work."""
    rows = measure(name, data, weights, epochs, rounds)
    return {
        "work": name,
        "data": data.name,
        "training images": len(data.train),
        "test images": len(data.test),
        "epochs": epochs,
        "rounds": rounds,
        "ways": summary(rows, epochs * len(data.train)),
        "rows": rows,
    }


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("letters", help="or glyphs")
    parser.add_argument("faces", nargs="?", help="without them only the letters are trained on")
    parser.add_argument("weights", type=Path, nargs="?")
    parser.add_argument("--letters-limit", type=int, default=1200)
    parser.add_argument("--faces-limit", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a few images, one round: only whether it runs")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--work", choices=WORKS, help=argparse.SUPPRESS)
    parser.add_argument("--one", choices=WAYS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    epochs, weights = arguments.epochs, arguments.weights
    if arguments.one:
        if arguments.one == OWN:
            keep_freed_memory()  # before the first tensor, as a run does
        one(arguments.one, WORKS[arguments.work](read_data(Path(arguments.letters)), weights, epochs))
        return
    rounds, limits = arguments.rounds, (arguments.letters_limit, arguments.faces_limit)
    if arguments.quick:
        rounds, epochs, limits = 1, 1, (100, 20)
    letters = Limited(datasets.open(arguments.letters, channels=1), limits[0]).load()
    works = [measured("letters", letters, None, epochs, rounds)]
    if arguments.faces is not None:
        faces = Limited(datasets.open(arguments.faces), limits[1]).load()
        works += [measured(name, faces, weights, epochs, rounds) for name in WORKS if name != "letters"]
    record({"works": works}, arguments.out)


if __name__ == "__main__":
    main()
