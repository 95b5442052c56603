"""Networks that are only asked: as they are, with batch normalisations folded, and compiled.

    python -m benchmarks.inference --out benchmarks/results/inference.json

In float32 on a CPU, batches of 64, in turn; the time of compiling is told apart.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
import torch._inductor.config as inductor
from torch import nn

import visavis as vv
from benchmarks.record import record, spread
from visavis.interfaces import Model
from visavis.streams import root
from visavis.training.fast.folding import fold

BATCH = 64
NETWORKS: dict[str, tuple[Callable[[], Model], vv.ImageShape]] = {
    "letter network": (vv.models.LetterCNN, vv.ImageShape(1, 28, 28)),
    "ResNet18 at 224": (lambda: vv.models.TorchvisionModel("resnet18", size=224), vv.ImageShape(3, 224, 224)),
}


def network(name: str) -> tuple[nn.Module, torch.Tensor]:
    """A network drawn at random, and images for it."""
    model, shape = NETWORKS[name]
    built = model().build(shape, 10, root(0).child("init"))
    images = torch.rand(BATCH, shape.channels, shape.height, shape.width)
    module = nn.Sequential(built.backbone, built.head).eval().to(memory_format=torch.channels_last)
    return module, images.contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def measure(name: str, rounds: int) -> dict[str, Any]:
    """Images per second each way."""
    module, images = network(name)
    begun = time.perf_counter()
    compiled: Any = torch.compile(module)
    compiled(images)
    seconds = time.perf_counter() - begun
    ways: dict[str, Any] = {"as it is": module, "folded": fold(module, images[:2]), "compiled": compiled}
    rates: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(rounds + 1):
        for way, asked in ways.items():
            begun = time.perf_counter()
            asked(images)
            if turn:
                rates[way].append(BATCH / (time.perf_counter() - begun))
    expected = module(images)
    return {
        "network": name,
        "seconds of compiling": seconds,
        "images per second": {way: median(found) for way, found in rates.items()},
        "times as fast": {
            way: spread(one / plain for one, plain in zip(found, rates["as it is"], strict=True))
            for way, found in rates.items()
        },
        "largest difference": {way: float((asked(images) - expected).abs().max()) for way, asked in ways.items()},
    }


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    inductor.freezing = True
    record({"networks": [measure(name, arguments.rounds) for name in NETWORKS]}, arguments.out)


if __name__ == "__main__":
    main()
