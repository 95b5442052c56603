"""Lets writes fail, in every way and at many places of a run: does it go on to the same bits?

    python -m benchmarks.write_faults [--faults 200]

Also times what keeping a cell costs: copying and writing the state of the letter network and of ResNet18.
"""

from __future__ import annotations

import argparse
import errno
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

import visavis as vv
from benchmarks.record import CPU, record
from visavis.errors import StorageError
from visavis.options import Cadence
from visavis.store import Checkpoint, RunFolder, files
from visavis.streams import root, take_global
from visavis.training.plans import optimizer_groups
from visavis.training.snapshot import Tally, take_within

RESULT = Path(__file__).parent / "results" / "write-faults.json"
ALWAYS = Cadence(seconds=0.0, share=1e9, first=0.0)
CALLS = ("open", "write", "fsync", "replace")


class Faulty:
    """The module ``os`` as ``visavis.store.files`` sees it, some of whose calls are replaced."""

    def __init__(self, **calls: Callable[..., Any]) -> None:
        self.calls = calls

    def __getattr__(self, name: str) -> Any:
        return self.calls.get(name, getattr(os, name))


def full_after(room: int) -> Callable[[int, Any], int]:
    """A ``write`` to a disk with room for so many bytes more."""
    left = room

    def write(descriptor: int, content: Any) -> int:
        nonlocal left
        if not left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = os.write(descriptor, content[:left])
        left -= written
        return written

    return write


def failing_at(name: str, number: int) -> Callable[..., Any]:
    """A call that fails when it is made for that time, and only then."""
    made = 0

    def call(*given: Any, **named: Any) -> Any:
        nonlocal made
        made += 1
        if made == number:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return getattr(os, name)(*given, **named)

    return call


def flipping_at(number: int) -> Callable[[int, Any], int]:
    """A ``write`` that turns one bit when it is made for that time."""
    made = 0

    def write(descriptor: int, content: Any) -> int:
        nonlocal made
        made += 1
        wrong = bytearray(content)
        if made == number and wrong:
            wrong[len(wrong) // 2] ^= 1
        return os.write(descriptor, wrong)

    return write


def study() -> vv.Study:
    """Two small cells."""
    mlp, sgd = vv.models.MLP(hidden=(16,)), vv.SGD(lr=0.05, momentum=0.9)
    plain = vv.Arm("plain", mlp, sgd, epochs=2, batch_size=16, loss=vv.NLL())
    return vv.Study(
        name="faults",
        question="Does it go on?",
        data=vv.datasets.Glyphs(train_size=60, test_size=20),
        control=plain,
        arms=[plain.but("permuted", input=vv.PixelPermutation())],
        seeds=[0],
    )


def run(out: Path) -> list[np.ndarray]:
    """The whole study, or the rest of it; the logits."""
    folder = vv.run_study(study(), out, vv.Options(precision="fp32", cadence=ALWAYS))
    return [folder.cell(arm.name, 0).read_predictions().logits for arm in study().all_arms]


def counted(out: Path) -> Counter[str]:
    """How often each call is made in a whole run, and how many bytes are written."""
    made: Counter[str] = Counter()

    def counting(name: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            made[name] += 1
            if name == "write":
                made["bytes"] += len(given[1])
            return getattr(os, name)(*given, **named)

        return call

    with system_calls(Faulty(**{name: counting(name) for name in CALLS})):
        run(out)
    return made


@contextmanager
def system_calls(calls: Faulty) -> Iterator[None]:
    """Within the block, files are written by these calls."""
    room: Any = files
    room.os = calls
    try:
        yield
    finally:
        room.os = os


def fault(calls: Faulty, out: Path, expected: list[np.ndarray]) -> tuple[bool, bool]:
    """Whether the fault ended the run with the declared error, and whether it then went on to the same bits."""
    stopped = False
    with system_calls(calls):
        try:
            run(out)
        except StorageError:
            stopped = True
    clean = not list(out.rglob(f"*{files.UNFINISHED_SUFFIX}"))
    return stopped, clean and all(map(np.array_equal, run(out), expected))


def faults(count: int, chance: random.Random) -> dict[str, Any]:
    """So many faults, of all kinds in turn."""
    found: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        made = counted(Path(folder) / "counted")
        expected = run(Path(folder) / "whole")
        for number in range(count):
            name = CALLS[number % 4]
            kinds = (
                Faulty(write=full_after(chance.randrange(made["bytes"]))),
                Faulty(**{name: failing_at(name, chance.randint(1, made[name]))}),
                Faulty(write=flipping_at(chance.randint(1, made["write"]))),
            )
            stopped, same = fault(kinds[number % 3], Path(folder) / str(number), expected)
            found["faults"] += 1
            found["ended with the declared error"] += stopped
            found["didn't go on to the same bits"] += not same
    return {**found, "calls in a run": {name: made[name] for name in (*CALLS, "bytes")}}


def keeping(name: str, model: vv.interfaces.Model, shape: vv.ImageShape, folder: RunFolder) -> dict[str, Any]:
    """What one checkpoint of a network with its optimizer's memory costs."""
    network = model.build(shape, 10, root(0).child("init"))
    plan = vv.Full().plan(network, root(0).child("tuning"))
    optimizer = torch.optim.SGD(optimizer_groups(plan, 0.01), momentum=0.9)
    for group in optimizer.param_groups:
        for weight in group["params"]:
            weight.grad = torch.zeros_like(weight)
    optimizer.step()
    seconds, size = [], 0
    for turn in range(7):
        start = time.perf_counter()
        state = take_within(plan.trained, optimizer, 1, turn + 1, Tally.on(CPU), take_global(CPU))
        folder.cell(name, 0).write_checkpoint(Checkpoint(1, turn + 1, (), 0.0, state.arrays), "basis")
        seconds.append(time.perf_counter() - start)
        size = sum(array.nbytes for array in state.arrays.values())
    took, usual = median(seconds), Cadence()
    between = max(usual.seconds, took / usual.share)
    return {"network": name, "megabytes": size / 1e6, "seconds": took, "share within an epoch": took / between}


def main() -> None:
    """Lets writes fail, times checkpoints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    torch.set_num_threads(1)
    found = faults(given.faults, random.Random(given.seed))
    print(found, flush=True)
    with TemporaryDirectory() as place:
        folder = RunFolder(Path(place))
        resnet = vv.models.TorchvisionModel("resnet18", size=224)
        costs = [
            keeping("letter network", vv.models.LetterCNN(), vv.ImageShape(1, 28, 28), folder),
            keeping("ResNet18", resnet, vv.ImageShape(1, 48, 48), folder),
        ]
    record({**found, "checkpoints": costs, "seed": given.seed}, given.out)


if __name__ == "__main__":
    main()
