"""The script that a competent user would write for the spatial-locality study: torch, torchvision, DataLoader.

    python -m benchmarks.plain_letters PATH --epochs 2 --seeds 1

Same data, split, network, optimizer, batch size and epochs as ``visavis run spatial-locality``; no pairing, no cache,
no statistics, no tricks.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

from visavis import datasets
from visavis.data import ImageData, Split
from visavis.datasets import Limited

Batches = DataLoader[tuple[torch.Tensor, torch.Tensor]]


def letter_network() -> nn.Module:
    """The five layers, padded, with batch normalisation and ReLU after every convolution."""
    return nn.Sequential(
        nn.Conv2d(1, 64, 3, padding=1),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.Conv2d(64, 128, 3, padding=1),
        nn.BatchNorm2d(128),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(128, 256, 3, padding=1),
        nn.BatchNorm2d(256),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(256, 512, 3, padding=1),
        nn.BatchNorm2d(512),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(512, 10),
        nn.LogSoftmax(dim=1),
    )


class Permute:
    """Permutes the pixels of a tensor [c, h, w], image by image, as a transform does."""

    def __init__(self, order: torch.Tensor) -> None:
        self.order = order

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        """The image with its positions permuted."""
        return image.flatten(1)[:, self.order].view_as(image)


def write_folders(data: ImageData, root: Path) -> None:
    """Lays the images out as ImageFolder wants them; not part of what is timed."""
    for name, split in (("train", data.train), ("test", data.test)):
        for label in data.classes:
            (root / name / label).mkdir(parents=True)
        _write_split(split, data.classes, root / name)


def _write_split(split: Split, classes: tuple[str, ...], root: Path) -> None:
    for row in range(len(split)):
        Image.fromarray(split.images[row, 0]).save(root / classes[split.labels[row]] / f"{row:06d}.png")


def train_and_test(root: Path, order: torch.Tensor | None, epochs: int) -> dict[str, float]:
    """One arm, one seed: seconds of everything, and the test accuracy."""
    steps: list[object] = [transforms.Grayscale(), transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))]
    if order is not None:
        steps.append(Permute(order))
    transform = transforms.Compose(steps)
    network = letter_network()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.5)
    return train_epochs(network, optimizer, nn.NLLLoss(), loaders(root, transform), epochs)


def loaders(root: Path, transform: transforms.Compose) -> tuple[Batches, Batches]:
    """Batches of the training and of the test images."""
    train, test = (ImageFolder(root / part, transform) for part in ("train", "test"))
    return (
        DataLoader(train, batch_size=64, shuffle=True, num_workers=2, persistent_workers=True),
        DataLoader(test, batch_size=64, num_workers=2, persistent_workers=True),
    )


def train_epochs(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_function: nn.Module,
    batches: tuple[Batches, Batches],
    epochs: int,
    *,
    frozen: bool = False,
) -> dict[str, float]:
    """Seconds of training, with a test after each epoch, and the accuracy of the last.

    In a frozen trunk batch normalisation doesn't follow its batches.
    """
    start = time.perf_counter()
    for _ in range(epochs):
        network.train(not frozen)
        for images, labels in batches[0]:
            optimizer.zero_grad()
            loss = loss_function(network(images), labels)
            loss.backward()
            optimizer.step()
        accuracy = evaluate(network, batches[1])
    return {"seconds": time.perf_counter() - start, "accuracy": accuracy}


def evaluate(network: nn.Module, loader: Batches) -> float:
    """Test accuracy."""
    network.eval()
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += int((network(images).argmax(1) == labels).sum())
            total += len(labels)
    return right / total


def run(data: str, limit: int | None, epochs: int, seeds: int) -> list[dict[str, float | str | int]]:
    """Both arms for each seed."""
    source = datasets.open(data, channels=1)
    loaded = (source if limit is None else Limited(source, limit)).load()
    pixels = loaded.train.images[0].size
    rows: list[dict[str, float | str | int]] = []
    with TemporaryDirectory() as folder:
        write_folders(loaded, Path(folder))
        for seed in range(seeds):
            for arm in ("standard", "permuted"):
                torch.manual_seed(seed)
                np.random.seed(seed)  # noqa: NPY002
                order = torch.randperm(pixels) if arm == "permuted" else None
                rows.append({"arm": arm, "seed": seed, **train_and_test(Path(folder), order, epochs)})
                print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Prints one line per cell, then all of them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", default="glyphs")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    print(json.dumps(run(arguments.data, arguments.limit, arguments.epochs, arguments.seeds)))


if __name__ == "__main__":
    main()
