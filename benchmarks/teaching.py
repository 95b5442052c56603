"""Whether the settable network learns under AdamW, cosine and flips what a plain PyTorch script makes of it.

    python -m benchmarks.teaching --out benchmarks/results/teaching.json

The script is that of the tutorials: torchvision's transforms on each image, a DataLoader, ``torch.optim.AdamW``, and
``CosineAnnealingLR`` after each step, in float32. Weights begin alike and batches come in the same order; flips are
drawn by each for itself. Judged over seeds and test images at two points of accuracy.
"""

from __future__ import annotations

import argparse
import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision.transforms.v2 as v2
from torch.utils.data import DataLoader

import visavis as vv
from benchmarks.pictures import Pictures
from benchmarks.record import record
from visavis.cells.assemble import Assembly, assemble
from visavis.cells.in_memory import train
from visavis.stats.intervals import crossed_interval, equivalence_p
from visavis.stats.units import Crossed
from visavis.training.batches import epoch_order, step_count

MARGIN = 0.02
"""Of accuracy."""
LR = 1e-3
TO_TENSOR = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5], [0.5])]


def by_script(cell: Assembly) -> np.ndarray:
    """The class that a plain script gives each test image; int64 [n]."""
    module, arm, data = copy.deepcopy(cell.plan.trained), cell.arm, cell.data
    total = arm.epochs * step_count(len(data.train), arm.batch_size)
    optimizer = torch.optim.AdamW(module.parameters(), lr=LR)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total)
    images = Pictures(data.train, v2.Compose([v2.RandomHorizontalFlip(), *TO_TENSOR]))
    torch.manual_seed(cell.seed)
    for epoch in range(1, arm.epochs + 1):
        rows = epoch_order(cell.streams.child("order"), epoch, len(images)).tolist()
        module.train()
        for batch, labels in DataLoader(images, arm.batch_size, sampler=rows):
            loss = torch.nn.functional.cross_entropy(module(batch), labels)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    module.eval()
    with torch.no_grad():
        tests = DataLoader(Pictures(data.test, v2.Compose(TO_TENSOR)), 500)
        return torch.cat([module(batch).argmax(1) for batch, _ in tests]).numpy()


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=int, default=1000)
    parser.add_argument("--test", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="two seeds on few images: only whether it runs")
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    if words.quick:
        words.train, words.test, words.epochs, words.seeds = 64, 20, 1, 2
    data = vv.datasets.Glyphs(train_size=words.train, test_size=words.test).load()
    arm = vv.Arm(
        "teaching network", vv.models.ConvNet(), vv.AdamW(lr=LR), words.epochs, 32,
        augmentation=vv.Flip(), schedule=vv.Cosine(),
    )  # fmt: skip
    hits: dict[str, list[np.ndarray]] = {"script": [], "visavis": []}
    for seed in range(words.seeds):
        cell = assemble(arm, seed, data)
        hits["script"].append(by_script(cell) == data.test.labels)
        *_, last = train(cell)
        hits["visavis"].append(last.logits.argmax(1) == data.test.labels)
        print(seed, {name: float(found[-1].mean()) for name, found in hits.items()}, flush=True)
    script, own = (Crossed(np.stack(found).astype(float)) for found in hits.values())
    interval = crossed_interval(own - script)
    result: dict[str, Any] = {
        "training images": words.train,
        "test images": words.test,
        "epochs": words.epochs,
        "seeds": words.seeds,
        "script": script.values.mean(1).tolist(),
        "visavis": own.values.mean(1).tolist(),
        "difference": {"value": interval.value, "low": interval.low, "high": interval.high},
        "margin": MARGIN,
        "p of equivalence": equivalence_p(interval, MARGIN),
    }
    record(result, words.out)


if __name__ == "__main__":
    main()
