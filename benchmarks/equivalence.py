"""Whether the fast loop learns what a plain loop learns: paired over seeds, judged at 1 pp as arms are judged.

    python -m benchmarks.equivalence LETTERS FER2013 RESNET18 --out benchmarks/results/equivalence.json

Both ways begin with the same weights and take the same images in the same orders. The plain loop is that of the
tutorials: PIL's and torchvision's transforms, image by image, a DataLoader, float32, NCHW. The fast one is visavis's:
bytes in memory, batches made on the device, channels_last, the precision asked for. What else visavis does faster
(recorded steps, cells side by side) gives the same bits, which tests hold it to.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms

import visavis as vv
from benchmarks.pictures import Pictures
from benchmarks.plain_letters import Permute
from benchmarks.record import record
from visavis import datasets
from visavis.cells.assemble import Assembly, assemble
from visavis.cells.in_memory import train
from visavis.data import ImageData, Split
from visavis.interfaces import Plan
from visavis.parts.models.pixels import IMAGENET_MEAN, IMAGENET_STD
from visavis.quantities import Interval
from visavis.stats.adjustment import AtOnce
from visavis.stats.intervals import crossed_interval, equivalence_p
from visavis.stats.units import Crossed
from visavis.stats.verdicts import Evidence, verdict
from visavis.streams import Stream
from visavis.studies.emotion_transfer import LR, OTHERS, SCALES
from visavis.training.batches import epoch_order
from visavis.training.fast.precision import Precision
from visavis.training.plans import optimizer_groups

CPU = torch.device("cpu")
MARGIN = 0.01
"""One percentage point of accuracy."""
SIZE = 64
"""Of the faces, in pixels: at 224 the plain loop would take hours."""


@dataclass(frozen=True)
class Work:
    """What is trained both ways.

    Attributes:
        name: for the report.
        arm: the network and how it is trained, perhaps on permuted pixels.
        data: on what.
        steps: what the plain loop makes of an image.
    """

    name: str
    arm: vv.Arm
    data: ImageData
    steps: list[Any]


GREY: list[Any] = [transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))]
"""In [-1, 1]."""
COLOURED: list[Any] = [
    transforms.Grayscale(3),
    transforms.Resize((SIZE, SIZE)),
    transforms.ToTensor(),
    transforms.Normalize(IMAGENET_MEAN, IMAGENET_STD),
]
"""Enlarged, in three colours, normalised as ImageNet's images were."""


def works(letters: ImageData, faces: ImageData, weights: Path, epochs: int) -> list[Work]:
    """Both arms of the letters, and the fine-tuned arm of the faces."""
    network = vv.Arm("standard", vv.models.LetterCNN(), vv.SGD(lr=0.01, momentum=0.5), epochs, loss=vv.NLL())
    pretrained = vv.Pretrained(vv.models.TorchvisionModel("resnet18", size=SIZE), vv.models.WeightsFile(weights))
    tuning = vv.DifferentialRates(SCALES, others=OTHERS)
    tuned = vv.Arm("fine-tuned", pretrained, vv.SGD(lr=LR, momentum=0.9), epochs, tuning=tuning)
    return [
        Work("letters, standard", network, letters, GREY),
        Work("letters, permuted", network.but("permuted", input=vv.PixelPermutation()), letters, GREY),
        Work(f"faces at {SIZE}, ResNet18 fine-tuned", tuned, faces, COLOURED),
    ]


def by_plain_loop(work: Work, plan: Plan, order: torch.Tensor | None, streams: Stream) -> np.ndarray:
    """Logits of the test images."""
    permuting = [] if order is None else [Permute(order)]
    network, transform = plan.trained, transforms.Compose([*work.steps, *permuting])
    optimizer = work.arm.optimizer.build(optimizer_groups(plan, work.arm.optimizer.lr))
    train, test = (Pictures(part, transform) for part in (work.data.train, work.data.test))
    for epoch in range(1, work.arm.epochs + 1):
        rows = epoch_order(streams.child("order"), epoch, len(train)).tolist()
        network.train()
        for images, labels in DataLoader(train, work.arm.batch_size, sampler=rows):
            loss = nn.functional.cross_entropy(network(images), labels)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    network.eval()
    with torch.no_grad():
        return torch.cat([network(images) for images, _ in DataLoader(test, work.arm.batch_size)]).numpy()


def by_fast_loop(cell: Assembly, precision: Precision) -> np.ndarray:
    """Logits of the test images."""
    *_, last = train(cell, CPU, precision)
    return last.logits


def both_ways(work: Work, seed: int, precision: Precision) -> tuple[np.ndarray, np.ndarray]:
    """What the plain loop and the fast one answer: int64 [n] twice."""
    cell = assemble(work.arm, seed, work.data)
    drawn = cell.transform.arrays
    order = torch.from_numpy(drawn["order"]) if drawn else None
    plain = by_plain_loop(work, copy.deepcopy(cell.plan), order, cell.streams)
    fast = by_fast_loop(cell, precision)
    return plain.argmax(1), fast.argmax(1)


def thinned(data: ImageData, train: int, test: int) -> ImageData:
    """So many images of each part, evenly spread over it, or all there are."""

    def some(split: Split, count: int) -> Split:
        return split.take(np.linspace(0, len(split) - 1, min(count, len(split))).astype(np.int64))

    return replace(data, train=some(data.train, train), test=some(data.test, test))


def measure(work: Work, seeds: int, precision: Precision) -> tuple[dict[str, Any], Interval]:
    """What both ways come to, and the difference, fast minus plain."""
    answers = []
    for seed in range(seeds):
        answers.append(both_ways(work, seed, precision))
        print(work.name, seed, f"{int((answers[-1][0] != answers[-1][1]).sum())} answers differ", flush=True)
    plain, fast = (
        Crossed((np.stack(side) == work.data.test.labels).astype(float)) for side in zip(*answers, strict=True)
    )
    interval = crossed_interval(fast - plain)
    row = {
        "work": work.name,
        "training images": len(work.data.train),
        "test images": len(work.data.test),
        "epochs": work.arm.epochs,
        "seeds": seeds,
        "plain accuracy": float(plain.values.mean()),
        "fast accuracy": float(fast.values.mean()),
        "by seed": fast.values.mean(1).tolist(),
        "plain by seed": plain.values.mean(1).tolist(),
        "share of other answers": float(np.mean([np.mean(one != other) for one, other in answers])),
        "difference": {"value": interval.value, "low": interval.low, "high": interval.high},
    }
    return row, interval


def judged(works: Sequence[Work], seeds: int, precision: Precision) -> list[dict[str, Any]]:
    """All of them, with verdicts adjusted over them as over the contrasts of a study."""
    rows, intervals = zip(*(measure(work, seeds, precision) for work in works), strict=True)
    adjust = AtOnce(len(rows)).adjust
    found = [
        Evidence(interval.value > 0, adjust(interval.p), adjust(equivalence_p(interval, MARGIN)))
        for interval in intervals
    ]
    return [
        {**row, "p of equivalence": evidence.equivalence, "verdict": verdict(evidence)}
        for row, evidence in zip(rows, found, strict=True)
    ]


def main() -> None:
    """Measures, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("letters")
    parser.add_argument("faces")
    parser.add_argument("weights", type=Path)
    parser.add_argument("--train", type=int, default=2000, help="images of each set to train on")
    parser.add_argument("--test", type=int, default=2000, help="images of each set to judge by")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--precision", default="fp32", choices=Precision.__members__)
    parser.add_argument("--quick", action="store_true", help="two seeds on few images: only whether it runs")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    train, test, epochs, seeds = arguments.train, arguments.test, arguments.epochs, arguments.seeds
    if arguments.quick:
        train, test, epochs, seeds = 64, 20, 1, 2
    letters, faces = (
        thinned(datasets.open(path, channels=channels).load(), train, test)
        for path, channels in ((arguments.letters, 1), (arguments.faces, None))
    )
    precision = Precision[arguments.precision]
    rows = judged(works(letters, faces, arguments.weights, epochs), seeds, precision)
    record({"precision": precision.name, "margin": MARGIN, "rows": rows}, arguments.out)


if __name__ == "__main__":
    main()
