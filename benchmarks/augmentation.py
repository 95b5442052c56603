"""What augmentation costs: a share of a step, and against a DataLoader with two workers on the same work.

    python -m benchmarks.augmentation --rounds 5 --out benchmarks/results/augmentation.json

One epoch in float32 of the letter network on 28 x 28 and of ResNet18 on 48 x 48 shown as 96 x 96; the images are noise.
All variants are run in turn, in each round; quoted are ratios within a round. The workers of the plain loop are warm
when its epoch is timed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision.transforms.v2 as v2
from torch.utils.data import DataLoader

import visavis as vv
from benchmarks.pictures import Pictures
from benchmarks.record import record, spread
from visavis.cells.assemble import assemble
from visavis.cells.in_memory import train
from visavis.data import ImageData
from visavis.parts.models.pixels import IMAGENET_MEAN, IMAGENET_STD

BATCH = 64
PLAIN = vv.Arm("plain", vv.models.LetterCNN(), vv.SGD(lr=0.01, momentum=0.9), epochs=1, batch_size=BATCH)
AUGMENTATIONS = {
    "none": vv.Unaugmented(),
    "flip + crop + erase": vv.AugmentationChain((vv.Flip(), vv.Shift(3, fill=0), vv.Erase())),
    "RandAugment": vv.RandAugment(),
}
RESNET = vv.Pretrained(vv.models.TorchvisionModel("resnet18", size=96), vv.models.Untrained())
TO_TENSOR = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]
COLOURED = [v2.Grayscale(3), v2.Resize((96, 96)), *TO_TENSOR, v2.Normalize(IMAGENET_MEAN, IMAGENET_STD)]
WORKS: dict[str, tuple[Any, int, int, list[Any]]] = {
    "letters": (vv.models.LetterCNN(), 1280, 28, [*TO_TENSOR, v2.Normalize([0.5], [0.5])]),
    "faces": (RESNET, 256, 48, COLOURED),
}
"""Network, images, pixels of a side, and what the plain loop makes of an image."""


def images_of(count: int, side: int) -> ImageData:
    """Noise, as many of each of ten classes."""
    data = vv.datasets.Glyphs(train_size=count, test_size=10).load()
    images = np.random.default_rng(0).integers(0, 256, (count, 1, side, side), np.uint8)
    test = np.zeros((len(data.test), 1, side, side), np.uint8)
    return replace(
        data,
        train=replace(data.train, images=images),
        test=replace(data.test, images=test),
    )


def seconds_of(model: Any, augmentation: Any, data: ImageData) -> float:
    """Of the steps of one epoch of visavis."""
    (epoch,) = train(assemble(PLAIN.but("arm", model=model, augmentation=augmentation), 0, data))
    return epoch.row.seconds


class Plain:
    """The same work as tutorials have it: PIL images through torchvision's transforms in two workers, NCHW, float32."""

    def __init__(self, model: Any, data: ImageData, steps: Sequence[Any]) -> None:
        augmenting = [v2.RandomHorizontalFlip(), v2.RandomCrop(data.shape.height, padding=3)]
        transform = v2.Compose([*augmenting, *steps, v2.RandomErasing()])
        self._model, self._data = model, data
        pictures = Pictures(data.train, transform)
        self._loader = DataLoader(pictures, BATCH, shuffle=True, num_workers=2, persistent_workers=True)
        for _ in self._loader:  # starts the workers
            pass

    def seconds(self) -> float:
        """Of one epoch."""
        network = assemble(PLAIN.but("arm", model=self._model), 0, self._data).network
        module = torch.nn.Sequential(network.backbone, network.head).train()
        optimizer = torch.optim.SGD(module.parameters(), lr=0.01, momentum=0.9)
        start = time.perf_counter()
        for images, labels in self._loader:
            loss = torch.nn.functional.cross_entropy(module(images), labels)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return time.perf_counter() - start


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one round of few images")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds = 1
    rows: list[dict[str, Any]] = []
    for work, (model, count, side, steps) in WORKS.items():
        data = images_of(2 * BATCH if arguments.quick else count, side)
        plain = Plain(model, data, steps)
        for _ in range(arguments.rounds):
            seconds = {name: seconds_of(model, part, data) for name, part in AUGMENTATIONS.items()}
            rows.append({"work": work, **seconds, "DataLoader": plain.seconds()})
    found = {
        work: {
            "share of a step, flip + crop + erase": spread(
                row["flip + crop + erase"] / row["none"] - 1 for row in mine
            ),
            "share of a step, RandAugment": spread(row["RandAugment"] / row["none"] - 1 for row in mine),
            "times as fast as a DataLoader": spread(row["DataLoader"] / row["flip + crop + erase"] for row in mine),
        }
        for work in WORKS
        if (mine := [row for row in rows if row["work"] == work])
    }
    record({**found, "rows": rows}, arguments.out)


if __name__ == "__main__":
    main()
