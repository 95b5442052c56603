"""What augmentation costs: a share of a step, and against a DataLoader with two workers on the same work.

    python -m benchmarks.augmentation --rounds 5 --out benchmarks/results/augmentation.json

One epoch in float32 of the letter network on 28 x 28 and of ResNet18 on 48 x 48 shown as 96 x 96; the images are noise.
All variants are run in turn, in each round; quoted are ratios within a round. The plain loop has torchvision's
transforms in its workers, which are warm when its epoch is timed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision.transforms.v2 as v2

import visavis as vv
from benchmarks.record import record, spread
from visavis.cells.assemble import assemble
from visavis.cells.in_memory import train
from visavis.data import ImageData

BATCH = 64
PLAIN = vv.Arm("plain", vv.models.LetterCNN(), vv.SGD(lr=0.01, momentum=0.9), epochs=1, batch_size=BATCH)
AUGMENTATIONS = {
    "none": vv.Unaugmented(),
    "flip + crop + erase": vv.AugmentationChain((vv.Flip(), vv.Shift(3, fill=0), vv.Erase())),
    "RandAugment": vv.RandAugment(),
}
RESNET = vv.Pretrained(vv.models.TorchvisionModel("resnet18", size=96), vv.models.Untrained())
WORKS: dict[str, tuple[Any, int, int]] = {"letters": (vv.models.LetterCNN(), 1280, 28), "faces": (RESNET, 256, 48)}
"""Network, images and pixels of a side."""


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
    """The same work in a plain loop, flip, crop and erase in two workers."""

    def __init__(self, model: Any, data: ImageData) -> None:
        side = data.shape.height
        transform = v2.Compose(
            [v2.RandomHorizontalFlip(), v2.RandomCrop(side, padding=3), v2.RandomErasing(), v2.ToDtype(torch.float32)]
        )
        self._model, self._data = model, data
        self._loader = torch.utils.data.DataLoader(
            _Augmented(data, transform), BATCH, shuffle=True, num_workers=2, persistent_workers=True
        )
        for _ in self._loader:  # starts the workers
            pass

    def seconds(self) -> float:
        """Of one epoch."""
        network = assemble(PLAIN.but("arm", model=self._model), 0, self._data).network
        module = torch.nn.Sequential(network.backbone, network.head).to(memory_format=torch.channels_last).train()
        optimizer = torch.optim.SGD(module.parameters(), lr=0.01, momentum=0.9)
        start = time.perf_counter()
        for images, labels in self._loader:
            inputs = self._model.preprocess(images).contiguous(memory_format=torch.channels_last)
            loss = torch.nn.functional.cross_entropy(module(inputs), labels)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return time.perf_counter() - start


class _Augmented(torch.utils.data.Dataset[tuple[torch.Tensor, int]]):
    def __init__(self, data: ImageData, transform: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self._images, self._labels = torch.from_numpy(data.train.images), data.train.labels
        self._transform = transform

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
        return self._transform(self._images[row]), int(self._labels[row])


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
    for work, (model, count, side) in WORKS.items():
        data = images_of(2 * BATCH if arguments.quick else count, side)
        plain = Plain(model, data)
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
