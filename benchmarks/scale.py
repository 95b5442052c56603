"""Sets that are larger than memory is meant to hold, against small ones: speed of training, memory, time before it.

    python -m benchmarks.scale --out benchmarks/results/scale.json

1,000,000 images of 28 x 28 and the letter network; 50,000 of 224 x 224 in colours and ResNet18. Each set has a
process of its own, which loads it, describes it, audits it, permutes its pixels and then trains on what came out of
that. The large and the small set's processes train in turn, each while the other waits, so that a slow minute of the
machine counts on both sides. Memory is sampled from outside, twenty times a second. Takes 25 GB of disk for a while.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import torch

import visavis as vv
from benchmarks.large_sets import LETTER, PICTURE, write_letters, write_pictures
from benchmarks.one_cell import plan_of
from benchmarks.record import record, spread
from visavis import datasets
from visavis.arrays import in_slices
from visavis.audit import audit
from visavis.cells import data_fingerprints
from visavis.data import Dataset, ImageData
from visavis.interfaces import Loss, Model
from visavis.runs.data import describe_data
from visavis.streams import root
from visavis.training.examples import Examples
from visavis.training.fast.precision import Precision
from visavis.training.loop import Pause, fit
from visavis.training.to_train import ToTrain

CPU = torch.device("cpu")
SAMPLED_EVERY = 0.05
"""Seconds between two looks at a process's memory."""
BATCHES_ALONE = 200
NEEDED = 3.5
"""Times the pixels of a large set that the disk has to have room for: its cache, two parts of it, both permuted."""


@dataclass(frozen=True)
class Kind:
    """A kind of images with the network that is trained on them.

    Attributes:
        what: for the report.
        pixels: bytes of an image.
        write: generates so many images below a folder; returns their path.
        opened: the data set at that path.
        arm: the network, how it is trained, and the permutation.
        small, large: images of the two sets.
        steps: of training in each round.
    """

    what: str
    pixels: int
    write: Callable[[Path, int], Path]
    opened: Callable[[str], Dataset]
    arm: vv.Arm
    small: int
    large: int
    steps: int


def arm(model: Model, batch_size: int, loss: Loss) -> vv.Arm:
    """The network on permuted pixels, so that its images are a copy of their own; more epochs than are ever reached."""
    sgd = vv.SGD(lr=0.01, momentum=0.5)
    return vv.Arm("permuted", model, sgd, 1000, batch_size, input=vv.PixelPermutation(), loss=loss)


def kinds(*, quick: bool) -> dict[str, Kind]:
    """What is measured; with ``quick``, sets of a few images."""
    resnet = vv.models.TorchvisionModel("resnet18", size=PICTURE)
    letters = (120, 600, 2) if quick else (10_000, 1_000_000, 10)
    pictures = (40, 80, 1) if quick else (1_000, 50_000, 8)
    return {
        "letters": Kind(
            "28 x 28, the letter network",
            LETTER**2,
            write_letters,
            partial(datasets.open, channels=1),
            arm(vv.models.LetterCNN(), 64, vv.NLL()),
            *letters,
        ),
        "pictures": Kind(
            "224 x 224 x 3, ResNet18",
            3 * PICTURE**2,
            write_pictures,
            datasets.open,
            arm(resnet, 8 if quick else 32, vv.CrossEntropy()),
            *pictures,
        ),
    }


class Stopwatch:
    """Follows training from its first pause on, until so many images are done.

    Attributes:
        rate: images per second, once it has ended.
    """

    def __init__(self, images: int, epoch: int) -> None:
        self.rate = 0.0
        self._images, self._epoch = images, epoch
        self._start: tuple[float, int] | None = None

    def follow(self, pause: Pause) -> None:
        """Looks at the clock between two steps."""
        if pause.test_progress is not None or pause.epochs:
            return
        now, done = time.perf_counter(), (pause.epoch - 1) * self._epoch + pause.images_done
        if self._start is None:
            self._start = now, done
        elif done - self._start[1] >= self._images:
            self.rate = (done - self._start[1]) / (now - self._start[0])


def work(kind: Kind, path: str) -> None:
    """A set's process: tells what came before the first step, then trains a round for each line that it is sent."""
    seconds: dict[str, float] = {}
    with timed(seconds, "reading"):
        kind.opened(path).load()
    with timed(seconds, "reading again"):
        data = kind.opened(path).load()
    with timed(seconds, "fingerprints"):
        describe_data(data, data_fingerprints(data))
    with timed(seconds, "audit"):
        audit(data)
    with timed(seconds, "permuting"):
        train, test = permuted(kind, data)
    alone = batches_alone(train, kind.arm.batch_size)
    say({"images": len(data.train) + len(data.test), "seconds": seconds, "batches alone": alone})
    for line in sys.stdin:
        say({"rate": rate_of(kind, data, train, test, int(line))})


@contextmanager
def timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    """Notes how long a part took."""
    begun = time.perf_counter()
    yield
    seconds[part] = time.perf_counter() - begun


def say(what: Mapping[str, Any]) -> None:
    """One line for the process that asked."""
    print(json.dumps(what), flush=True)


def permuted(kind: Kind, data: ImageData) -> tuple[Examples, Examples]:
    """Both parts as the arm sees them."""
    transform = kind.arm.input.draw(data.shape, root(0).child("input"))
    train, test = (
        Examples.on(CPU, in_slices(transform.apply, part.images), part.labels) for part in (data.train, data.test)
    )
    return train, test


def batches_alone(examples: Examples, size: int) -> float:
    """Images per second, where batches are taken in random order and nothing is made of them."""
    order = examples.rows(root(1).numpy().permutation(len(examples)))
    begun = time.perf_counter()
    parts = [order[start : start + size] for start in range(0, len(order), size)][:BATCHES_ALONE]
    for part in parts:
        examples.take(part)
    return sum(map(len, parts)) / (time.perf_counter() - begun)


def rate_of(kind: Kind, data: ImageData, train: Examples, test: Examples, seed: int) -> float:
    """Images per second of a round."""
    watch = Stopwatch(kind.steps * kind.arm.batch_size, len(train))
    plan, classes = plan_of(kind.arm, seed, data), len(data.classes)
    cell = ToTrain(kind.arm.recipe(), plan, kind.arm.model.preprocess, classes, train, test, root(seed))
    for pause in fit([cell], Precision.fp32):
        watch.follow(pause)
        if watch.rate:
            break
    return watch.rate


class Process:
    """A set's process under way.

    Attributes:
        peaks: bytes, the most so far: ``anonymous`` memory, and pages of ``mapped`` files that are in memory.
    """

    def __init__(self, name: str, path: Path, cache: Path, *, quick: bool) -> None:
        words = [sys.executable, "-m", "benchmarks.scale", "--work", name, str(path), *(["--quick"] if quick else [])]
        environment = {**os.environ, "VISAVIS_CACHE": str(cache)}
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.peaks = {"anonymous": 0, "mapped": 0}
        threading.Thread(target=self._sample, daemon=True).start()

    def _sample(self) -> None:
        status = Path(f"/proc/{self._process.pid}/status")
        while self._process.poll() is None:
            with status.open() as file:
                found = dict(line.split(":", 1) for line in file)
            for name, entry in (("anonymous", "RssAnon"), ("mapped", "RssFile")):
                if entry in found:  # not in the moment of its end
                    self.peaks[name] = max(self.peaks[name], 1024 * int(found[entry].split()[0]))
            time.sleep(SAMPLED_EVERY)

    def hear(self) -> dict[str, Any]:
        """Waits for its next line."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"a process ended with {self._process.wait()}")
        return dict(json.loads(line))

    def train(self, number: int) -> float:
        """Has it train a round; images per second."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        return float(self.hear()["rate"])

    def end(self) -> None:
        """Ends it."""
        self._process.communicate()


def measure(name: str, kind: Kind, folder: Path, rounds: int, *, quick: bool) -> dict[str, Any]:
    """Both sets of a kind, in turn."""
    sizes = {"small": kind.small, "large": kind.large}
    processes, told = {}, {}
    for size, count in sizes.items():
        path = kind.write(folder / size, count)
        processes[size] = Process(name, path, folder / "cache", quick=quick)
        told[size] = processes[size].hear()
        print(name, size, told[size], processes[size].peaks, flush=True)
    rates: dict[str, list[float]] = {size: [] for size in sizes}
    for number in range(rounds):
        for size in list(sizes)[:: 1 if number % 2 else -1]:
            rates[size].append(processes[size].train(number))
        print(name, {size: round(rates[size][-1], 1) for size in sizes}, flush=True)
    for process in processes.values():
        process.end()
    return {
        "kind": name,
        "what": kind.what,
        "batch size": kind.arm.batch_size,
        "steps": kind.steps,
        "ratio": spread(large / small for small, large in zip(rates["small"], rates["large"], strict=True)),
        "sets": [
            {
                "set": size,
                **told[size],
                "bytes of pixels": sizes[size] * kind.pixels,
                "images per second": median(rates[size]),
                "rates": rates[size],
                "peak bytes": processes[size].peaks,
            }
            for size in sizes
        ],
    }


def require_room(folder: Path, kind: Kind) -> None:
    """Ends where the disk is too full."""
    needed, free = int(NEEDED * kind.large * kind.pixels), shutil.disk_usage(folder).free
    if free < needed:
        raise SystemExit(f"{folder} has {free:,} bytes free, {needed:,} are needed; --folder names another disk")


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--kinds", nargs="+", default=["letters", "pictures"], choices=["letters", "pictures"])
    parser.add_argument("--quick", action="store_true", help="a few images, one round: only whether it runs")
    parser.add_argument("--folder", type=Path, help="where the sets are written, and deleted afterwards")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    known = kinds(quick=arguments.quick)
    if arguments.work:
        work(known[arguments.work[0]], arguments.work[1])
        return
    found, rounds = [], 1 if arguments.quick else arguments.rounds
    for name in arguments.kinds:
        with TemporaryDirectory(dir=arguments.folder) as folder:
            require_room(Path(folder), known[name])
            found.append(measure(name, known[name], Path(folder), rounds, quick=arguments.quick))
    record({"kinds": found}, arguments.out)


if __name__ == "__main__":
    main()
