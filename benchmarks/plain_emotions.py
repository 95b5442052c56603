"""The script that a competent user would write for the emotion study: torch, torchvision, DataLoader.

    python -m benchmarks.plain_emotions FER2013 RESNET18 --limit 400 --epochs 1

Same images, weights, optimizer, batch size and epochs as ``visavis run emotion-transfer``; the frozen trunk runs in
every epoch, as it does in the tutorials.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import torchvision
from torch import nn
from torchvision import transforms
from torchvision.datasets import ImageFolder

from benchmarks.plain_letters import loaders, train_epochs, write_folders
from visavis import datasets
from visavis.datasets import Limited
from visavis.studies.emotion_transfer import LR, OTHERS, SCALES

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
SIZE = 224
ENLARGED = transforms.Compose(
    [transforms.Grayscale(3), transforms.Resize((SIZE, SIZE)), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
)
"""What is made of an image."""


def resnet18(weights: Path, classes: int) -> nn.Module:
    """Pre-trained, with a fresh head."""
    network = torchvision.models.resnet18()
    network.load_state_dict(torch.load(weights, weights_only=True))
    network.fc = nn.Linear(network.fc.in_features, classes)
    return network


def groups_of(network: nn.Module, *, frozen: bool) -> list[dict[str, Any]]:
    """The head, or all layers with a rate for each."""
    if frozen:
        return [{"params": list(network.get_submodule("fc").parameters()), "lr": LR}]
    first = [*network.get_submodule("conv1").parameters(), *network.get_submodule("bn1").parameters()]
    groups = [
        {"params": list(network.get_submodule(name).parameters()), "lr": scale * LR} for name, scale in SCALES.items()
    ]
    return [*groups, {"params": first, "lr": OTHERS * LR}]


def freeze_trunk(network: nn.Module) -> None:
    """Leaves nothing but the head to be trained."""
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name.startswith("fc."))


def optimizer_of(network: nn.Module, *, frozen: bool) -> torch.optim.Optimizer:
    """SGD over the head, or over all layers."""
    if frozen:
        freeze_trunk(network)
    return torch.optim.SGD(groups_of(network, frozen=frozen), lr=LR, momentum=0.9)


def train_and_test(root: Path, weights: Path, epochs: int, *, frozen: bool) -> dict[str, float]:
    """One arm, one seed: seconds of everything, and the test accuracy."""
    batches = loaders(root, ENLARGED)
    network = resnet18(weights, len(ImageFolder(root / "train").classes))
    optimizer = optimizer_of(network, frozen=frozen)
    return train_epochs(network, optimizer, nn.CrossEntropyLoss(), batches, epochs, frozen=frozen)


def main() -> None:
    """Prints one line per arm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("weights", type=Path)
    parser.add_argument("--limit", type=int, default=400)
    parser.add_argument("--epochs", type=int, default=1)
    arguments = parser.parse_args()
    data = Limited(datasets.open(arguments.data), arguments.limit).load()
    with TemporaryDirectory() as folder:
        write_folders(data, Path(folder))
        for frozen in (True, False):
            torch.manual_seed(0)
            found = train_and_test(Path(folder), arguments.weights, arguments.epochs, frozen=frozen)
            print(json.dumps({"arm": "frozen" if frozen else "fine-tuned", **found}), flush=True)


if __name__ == "__main__":
    main()
