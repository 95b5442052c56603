"""Arms at their best on real images, whose figures stand in the docs.

    python -m benchmarks.real_tuning networks   notMNIST_10k.tar.gz  # three networks, each at its best of 8 rates
    python -m benchmarks.real_tuning optimizers notMNIST_10k.tar.gz  # SGD and AdamW, each at its best of 8 rates
    python -m benchmarks.real_tuning transfer   fer2013.zip --weights resnet18.pth  # frozen, last layers, fine-tuned

Runs the study (or continues it) in ``runs/`` and writes its comparison, with date and environment, as JSON. Images are
few and epochs, too, so that one core does each in about half an hour; the tables say so.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

import visavis as vv
from benchmarks.real_letters import RESULTS, write
from visavis.cli.progress import show_progress
from visavis.cli.screen import err
from visavis.conduct import run_study
from visavis.data import Dataset
from visavis.design.tune import tune_arms

SEEDS, EPOCHS = 3, 3
LETTERS, FACES = 2_000, 1_000
"""Training images."""
SIZE = 96
"""Pixels square that ResNet18 is shown."""


def networks(data: Dataset, weights: Path | None) -> vv.Study:  # noqa: ARG001
    """Three networks for letters, each at its best of 8 learning rates."""
    plain = vv.Arm("CNN", vv.models.LetterCNN(), vv.AdamW(lr=1e-3), EPOCHS, 32)
    others = {"MLP": vv.models.MLP(hidden=(256,)), "ViT": vv.models.SmallViT()}
    study = vv.Study(
        name="networks at their best",
        question="Which network reads letters best, each at its best learning rate?",
        data=vv.datasets.Limited(data, LETTERS),
        control=plain,
        arms=[plain.but(name, model=model) for name, model in others.items()],
        seeds=range(SEEDS),
    )
    return tune_arms(study, ["optimizer.lr=1e-4..1e-1:8"])


def optimizers(data: Dataset, weights: Path | None) -> vv.Study:  # noqa: ARG001
    """Two optimizers on letters, each at its best of 8 learning rates within a range of its own."""
    sgd = vv.Arm("SGD", vv.models.LetterCNN(), vv.SGD(lr=0.01, momentum=0.9), EPOCHS, 32)
    adamw = sgd.but("AdamW", optimizer=vv.AdamW(lr=1e-3))
    rates: dict[str, list[vv.SGD] | list[vv.AdamW]] = {
        "SGD": [vv.SGD(lr=lr, momentum=0.9) for lr in vv.log_spaced(1e-3, 1.0, 8)],
        "AdamW": [vv.AdamW(lr=lr) for lr in vv.log_spaced(1e-4, 1e-1, 8)],
    }
    best = {name: vv.BestOf(f"{name}, tuned", sgd.over(optimizer=values)) for name, values in rates.items()}
    return vv.Study(
        name="optimizers at their best",
        question="Does AdamW beat SGD on letters when each is tuned alike?",
        data=vv.datasets.Limited(data, LETTERS),
        control=sgd,
        arms=[adamw, *best.values()],
        seeds=range(SEEDS),
        primary=[(best["AdamW"], best["SGD"])],
    )


def transfer(data: Dataset, weights: Path | None) -> vv.Study:
    """A frozen, a partly frozen and a fine-tuned ResNet18 on faces, each at its best of 6 learning rates."""
    source = vv.models.TorchvisionWeights() if weights is None else vv.models.WeightsFile(weights)
    model = vv.models.Pretrained(vv.models.TorchvisionModel("resnet18", SIZE), source)
    optimizer = vv.SGD(lr=0.01, momentum=0.9)
    frozen = vv.Arm("frozen", model, optimizer, EPOCHS, 32, tuning=vv.LinearProbe())
    study = vv.Study(
        name="transfer at its best",
        question="Does fine-tuning beat a frozen network on faces, each at its best learning rate?",
        data=vv.datasets.Limited(data, FACES),
        control=frozen,
        arms=[frozen.but("last layers", tuning=vv.LastLayers("layer4")), frozen.but("fine-tuned", tuning=vv.Full())],
        seeds=range(SEEDS),
        headline="balanced_accuracy",
    )
    return tune_arms(study, ["optimizer.lr=1e-3..0.3:6"])


STUDIES: Mapping[str, Callable[[Dataset, Path | None], vv.Study]] = {
    "networks": networks,
    "optimizers": optimizers,
    "transfer": transfer,
}


def main() -> None:
    """Runs one study and writes ``results/tuned-NAME.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", choices=STUDIES)
    parser.add_argument("data")
    parser.add_argument("--weights", type=Path)
    arguments = parser.parse_args()
    folder = Path("runs") / f"tuned-{arguments.study}"
    study = STUDIES[arguments.study](vv.datasets.open(arguments.data), arguments.weights)
    with show_progress(err, plain=not err.is_terminal) as watch:
        run_study(study, folder, watch=watch)
    write(folder, RESULTS / f"tuned-{arguments.study}.json", EPOCHS)


if __name__ == "__main__":
    main()
