"""What training from ``layer4`` on costs beside training all of a ResNet18: whole cells, alternating, features and all
counted. Untrained weights and glyphs: the time is that of any weights and images of this size.

    python -m benchmarks.last_layers --out benchmarks/results/last_layers.json
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import visavis as vv
from benchmarks.one_cell import apart, timed_cell
from benchmarks.record import record, spread
from visavis.training.fast.precision import Precision

FIRST = "layer4"


def seconds(tuning: vv.LastLayers | vv.Full, images: int, epochs: int, size: int, precision: Precision) -> float:
    """Of a cell with one way of tuning."""
    model = vv.models.Pretrained(vv.models.TorchvisionModel("resnet18", size=size), vv.models.Untrained())
    arm = vv.Arm("arm", model, vv.SGD(lr=1e-3, momentum=0.9), epochs=epochs, tuning=tuning)
    data = vv.datasets.Glyphs(train_size=images, test_size=max(10, images // 4)).load()
    with tempfile.TemporaryDirectory() as folder:
        taken, _ = timed_cell(arm, 0, data, precision, Path(folder))
    return taken


def main() -> None:
    """Measures, and prints the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=600)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", type=Precision, default=Precision.fp32, choices=list(Precision))
    parser.add_argument("--quick", action="store_true", help="one round of one epoch of few images")
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    if words.quick:
        words.images, words.epochs, words.rounds, words.size = 32, 1, 1, 32
    settings = words.images, words.epochs, words.size, words.precision
    rows = [
        {"full": apart(seconds, vv.Full(), *settings), "last layers": apart(seconds, vv.LastLayers(FIRST), *settings)}
        for _ in range(words.rounds)
    ]
    found = {
        "first": FIRST,
        "images": words.images,
        "epochs": words.epochs,
        "size": words.size,
        "precision": str(words.precision.value),
        "times as fast": spread(row["full"] / row["last layers"] for row in rows),
        "rows": rows,
    }
    record(found, words.out)


if __name__ == "__main__":
    main()
