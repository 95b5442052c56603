"""Threads on a machine that others use too: what visavis settles, beside every other number and PyTorch's own way.

    python -m benchmarks.threads --out benchmarks/results/threads.json

Trains three networks in float32 on a quiet machine, beside two and six processes that never rest, and (as root, where
Linux has control groups of version 1) under a quota of one core. Each way is a process of its own, in turn.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.record import record

SECONDS, ROUNDS = 3.0, 3
LOADS = (0, 2, 6)
SETTLED, OF_PYTORCH = "settled", "PyTorch's own"
BUSY = "while True: pass"
GROUP = Path("/sys/fs/cgroup/cpu/visavis-benchmark")


def works() -> Mapping[str, Any]:
    """A model, images of a step, and training images, by name."""
    import visavis as vv

    resnet = vv.Pretrained(vv.models.TorchvisionModel("resnet18", size=96), vv.models.Untrained())
    return {
        "tiny CNN": (vv.models.ConvNet(widths=(8, 16)), 32, 1000),
        "letters": (vv.models.LetterCNN(), 64, 640),
        "ResNet18 at 96": (resnet, 32, 160),
    }


def train(work: str, way: str) -> float:
    """Images per second of some training in this process, after the first step."""
    import torch

    import visavis as vv
    from visavis.cells.assemble import assemble
    from visavis.cells.in_memory import in_memory
    from visavis.cells.rehearsal import rehearse
    from visavis.events import ignore
    from visavis.runs.probe import fewer_threads
    from visavis.training import Precision, available_cores, fit, keep_freed_memory, loop

    model, batch_size, count = works()[work]
    keep_freed_memory()
    arm = vv.Arm("arm", model, vv.SGD(lr=0.01, momentum=0.9), epochs=1000, batch_size=batch_size)
    data = vv.datasets.Glyphs(train_size=count, test_size=20).load()
    if way == SETTLED:
        torch.set_num_threads(min(torch.get_num_threads(), available_cores()))
        study = vv.Study(
            "threads", "How many?", vv.datasets.Glyphs(), arm, [arm.but("other", epochs=2)], seeds=range(1)
        )
        rehearsals = {each.name: rehearse(each, 0, data) for each in study.trained_arms}
        torch.set_num_threads(fewer_threads(study, data, rehearsals, Precision.fp32, ignore))
    elif way != OF_PYTORCH:
        torch.set_num_threads(int(way))
    loop.SECONDS_BETWEEN_PAUSES = 0.0
    steps, start = -1, time.perf_counter()
    for pause in fit([in_memory(assemble(arm, 0, data))], Precision.fp32):
        if pause.test_progress is None and not pause.epochs:
            steps += 1
            start = time.perf_counter() if steps == 0 else start
            if steps and time.perf_counter() - start > SECONDS:
                break
    return steps * batch_size / (time.perf_counter() - start)


def measured(work: str, way: str) -> float:
    """The same in a new process."""
    # What GNU's OpenMP does where nothing is said.
    environment = {**os.environ, "GOMP_SPINCOUNT": "300000"} if way == OF_PYTORCH else dict(os.environ)
    environment.pop("OMP_NUM_THREADS", None)
    command = [sys.executable, "-m", "benchmarks.threads", "--work", work, "--way", way]
    with ExitStack() as group:
        if GROUP.exists():
            group.enter_context(within_quota())
        return float(subprocess.check_output(command, env=environment, text=True))


@contextmanager
def within_quota() -> Iterator[None]:
    """Within the block, processes that are started have a quota of one core."""
    (GROUP / "cgroup.procs").write_text(str(os.getpid()))
    try:
        yield
    finally:
        (GROUP.parent / "cgroup.procs").write_text(str(os.getpid()))


@contextmanager
def beside(load: int) -> Iterator[None]:
    """Within the block so many processes never rest."""
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(load)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


@contextmanager
def quota() -> Iterator[bool]:
    """Makes a control group of one core; whether that could be done."""
    try:
        GROUP.mkdir()
        (GROUP / "cpu.cfs_quota_us").write_text("100000")
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        GROUP.rmdir()


def rows_of(situation: str) -> Iterator[dict[str, Any]]:
    """Yields what each work comes to in a situation."""
    counts = [str(1 << power) for power in range((os.cpu_count() or 1).bit_length())]
    ways = [SETTLED, OF_PYTORCH, *counts]
    for work in works():
        rates: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way in ways:
                rates[way].append(measured(work, way))
        medians = {way: median(some) for way, some in rates.items()}
        best = max(medians[count] for count in counts)
        row = {
            "situation": situation,
            "work": work,
            "images per second": medians,
            "of the best": medians[SETTLED] / best,
        }
        print(row, flush=True)
        yield row


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", choices=list(works()))
    parser.add_argument("--way")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    if arguments.work:
        print(train(arguments.work, arguments.way))
        return
    rows: list[dict[str, Any]] = []
    for load in LOADS:
        with beside(load):
            rows += rows_of(f"beside {load} busy processes" if load else "quiet")
    with quota() as is_there:
        if is_there:
            rows += rows_of("a quota of one core")
    record({"rounds": ROUNDS, "seconds": SECONDS, "rows": rows}, arguments.out)


if __name__ == "__main__":
    main()
