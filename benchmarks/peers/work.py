"""What every way does: the letters' network from scratch, ResNet18 on faces, frozen and fine-tuned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

import visavis as vv
from benchmarks.pictures import Pictures
from benchmarks.plain_emotions import ENLARGED, freeze_trunk, groups_of, resnet18
from benchmarks.plain_letters import letter_network
from visavis.data import ImageData, Split
from visavis.studies import emotion_transfer, spatial_locality

KINDS = ("images", "labels", "ids")


@dataclass(frozen=True)
class Work:
    """What is to be trained and tested.

    Attributes:
        data: decoded, in memory.
        study, arm: as visavis trains it.
        network: as others train it; what is frozen stays in evaluation mode whatever it is told.
        groups: what of it is trained, with learning rates.
        momentum: of SGD.
        loss: of its outputs.
        train, test: of what others take their batches.
        workers: processes that make these batches.
    """

    data: ImageData
    study: vv.Study
    arm: vv.Arm
    network: nn.Module
    groups: list[dict[str, Any]]
    momentum: float
    loss: nn.Module
    train: Dataset[Any]
    test: Dataset[Any]
    workers: int

    @property
    def epochs(self) -> int:
        """Passes over the training images, each with a test."""
        return self.arm.epochs

    def loaders(self) -> tuple[DataLoader[Any], DataLoader[Any]]:
        """Training and test batches."""
        size, kept = self.arm.batch_size, self.workers > 0
        return (
            DataLoader(self.train, size, shuffle=True, num_workers=self.workers, persistent_workers=kept),
            DataLoader(self.test, size, num_workers=self.workers, persistent_workers=kept),
        )

    def sgd(self) -> torch.optim.Optimizer:
        """The optimizer that all use."""
        return torch.optim.SGD(self.groups, lr=0.0, momentum=self.momentum)


class Probe(nn.Module):
    """A network of which only the head is trained; the rest stays in evaluation mode."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        freeze_trunk(network)
        self.train()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits."""
        return self.network(images)

    def train(self, _: bool = True) -> Probe:
        """Never trains but its head, which has no modes."""
        return super().train(False)


def letters(data: ImageData, _: Path | None, epochs: int) -> Work:
    """The network of the locality study, on letters as a user of PyTorch has them: float32 in [-1, 1] in memory."""
    study, network = spatial_locality.study(epochs=epochs), letter_network()
    train, test = (
        TensorDataset(torch.from_numpy(part.images).float() / 127.5 - 1, torch.from_numpy(part.labels))
        for part in (data.train, data.test)
    )
    groups: list[dict[str, Any]] = [{"params": list(network.parameters()), "lr": 0.01}]
    return Work(data, study, study.trained_arms[0], network, groups, 0.5, nn.NLLLoss(), train, test, workers=0)


def faces(data: ImageData, weights: Path | None, epochs: int, *, frozen: bool) -> Work:
    """An arm of the emotion study, on faces that are enlarged image by image."""
    if weights is None:
        raise ValueError("--weights is missing")
    study = emotion_transfer.study(data="glyphs", weights=weights, epochs=epochs)
    arm = study.trained_arms[0 if frozen else 1]
    plain = resnet18(weights, len(data.classes))
    groups = groups_of(plain, frozen=frozen)
    train, test = (Pictures(part, ENLARGED) for part in (data.train, data.test))
    network = Probe(plain) if frozen else plain
    return Work(data, study, arm, network, groups, 0.9, nn.CrossEntropyLoss(), train, test, workers=2)


WORKS: Mapping[str, Callable[[ImageData, Path | None, int], Work]] = {
    "letters": letters,
    "faces, frozen": lambda data, weights, epochs: faces(data, weights, epochs, frozen=True),
    "faces, fine-tuned": lambda data, weights, epochs: faces(data, weights, epochs, frozen=False),
}


def write_data(data: ImageData, path: Path) -> None:
    """Keeps decoded images for other processes."""
    parts = {"train": data.train, "test": data.test}
    arrays = {f"{name} {kind}": getattr(part, kind) for name, part in parts.items() for kind in KINDS}
    np.savez(path, classes=np.array(data.classes), **arrays)


def read_data(path: Path) -> ImageData:
    """What was kept."""
    with np.load(path) as arrays:
        train, test = (_split(arrays, part) for part in ("train", "test"))
        return ImageData("kept", "", "", tuple(map(str, arrays["classes"])), train=train, test=test)


def _split(arrays: Mapping[str, np.ndarray], part: str) -> Split:
    images, labels, ids = (arrays[f"{part} {kind}"] for kind in KINDS)
    return Split(images, labels, ids, np.array([], "S1"))
