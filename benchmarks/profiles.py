"""Where the time of training goes, operation by operation, in visavis's own loop, and how much of the speed of this
machine's matrix products its steps reach.

    python -m benchmarks.profiles --out benchmarks/results/profiles.json

PyTorch's profiler over an epoch of a few steps; an operation's time is its own, without those that it calls. What no
operation takes is Python: the loop, the optimizer's bookkeeping, taking batches. The share of matrix products is of
the steps alone, without tests and without the profiler, and of products timed before and after each epoch.
"""

from __future__ import annotations

import argparse
import copy
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

import visavis as vv
from benchmarks.arithmetic import matrix_speed, work_of_training
from benchmarks.record import record, spread
from visavis.cells.assemble import assemble
from visavis.cells.in_memory import in_memory
from visavis.interfaces import Model
from visavis.training.fast.memory import keep_freed_memory
from visavis.training.fast.precision import Precision
from visavis.training.loop import epochs
from visavis.training.to_train import ToTrain

CPU = torch.device("cpu")
SHOWN = 8
EPOCHS = 5
DTYPES = {Precision.fp32: torch.float32, Precision.bf16: torch.bfloat16}
WORK: dict[str, tuple[Model, int, int]] = {
    "letter network": (vv.models.LetterCNN(), 64, 10),
    "ResNet18 at 224": (vv.models.TorchvisionModel("resnet18", size=224), 32, 2),
}
"""The network, images of a step, and steps."""


def cell_of(model: Model, batch_size: int, steps: int, epochs: int, seed: int) -> ToTrain:
    """The model on glyphs, from scratch."""
    data = vv.datasets.Glyphs(train_size=steps * batch_size, test_size=20).load()
    arm = vv.Arm("plain", model, vv.SGD(lr=0.01, momentum=0.5), epochs, batch_size)
    return in_memory(assemble(arm, seed, data))


def measure(name: str, precision: Precision) -> dict[str, Any]:
    """Shares of an epoch's time, its test included."""
    model, batch_size, steps = WORK[name]
    list(epochs(cell_of(model, batch_size, 1, 1, 0), precision))  # what happens once isn't counted
    cell = cell_of(model, batch_size, steps, 1, 1)
    begun = time.perf_counter()
    with profile(activities=[ProfilerActivity.CPU]) as found:
        list(epochs(cell, precision))
    seconds = time.perf_counter() - begun
    own = {event.key: event.self_cpu_time_total / 1e6 for event in found.key_averages()}
    largest = sorted(own, key=lambda key: -own[key])[:SHOWN]
    return {
        "network": name,
        "precision": precision.name,
        "steps": steps,
        "seconds": seconds,
        "shares": {key: own[key] / seconds for key in largest},
        "other operations": sum(value for key, value in own.items() if key not in largest) / seconds,
        "python": max(0.0, 1 - sum(own.values()) / seconds),
    }


def share_of_products(name: str, precision: Precision) -> dict[str, Any]:
    """Arithmetic of an epoch's steps per second, over that of matrix products; the first epoch isn't counted."""
    model, batch_size, steps = WORK[name]
    cell = cell_of(model, batch_size, steps, EPOCHS + 1, 0)
    batch, _ = cell.train.take(torch.arange(batch_size))
    work = work_of_training(copy.deepcopy(cell.plan.trained), model.preprocess(batch))
    speeds, products = [], [matrix_speed(DTYPES[precision])]
    for epoch in epochs(cell, precision):
        speeds.append(work * epoch.row.images_per_second)
        products.append(matrix_speed(DTYPES[precision]))
    around = [(before + after) / 2 for before, after in pairwise(products)]
    return {
        "gflop of an image": work,
        "images per second": spread(speed / work for speed in speeds[1:]),
        "gflops of matrix products": spread(around[1:]),
        "share of matrix products": spread(speed / own for speed, own in zip(speeds[1:], around[1:], strict=True)),
    }


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--precision", default="fp32", choices=Precision.__members__)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    precision = Precision[arguments.precision]
    keep_freed_memory()
    found = [{**measure(name, precision), **share_of_products(name, precision)} for name in WORK]
    record({"profiles": found}, arguments.out)


if __name__ == "__main__":
    main()
