"""Studies that take seconds, and what the smallest cell leaves."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from msgspec import structs

import visavis as vv
from visavis.cells.assemble import assemble
from visavis.cells.in_memory import in_memory
from visavis.recipe import Recipe
from visavis.results import EpochRow, Predictions
from visavis.store import CellDocument, FrozenDocument, RunFolder
from visavis.streams import root
from visavis.training.epoch import Epoch
from visavis.training.examples import Examples
from visavis.training.fast.precision import Precision
from visavis.training.loop import epochs as epochs_of
from visavis.training.snapshot import Snapshot
from visavis.training.to_train import ToTrain

ROW = EpochRow(1, 0.5, 0.8, 0.6, 0.7, 1.0, 64.0, "ab", "cd")
PREDICTIONS = Predictions(np.array([b"a", b"b"]), np.array([0, 1]), np.eye(2, dtype=np.float32))
CELL = CellDocument(
    arm="x",
    seed=3,
    factors={},
    precision="fp32",
    fingerprints={},
    initial_weights={},
    loaded=None,
    frozen=FrozenDocument(0, ""),
    never_begun=(),
    trained_parameters=1,
    parameters=1,
    seconds=1.0,
    finished="2026-01-01T00:00:00+00:00",
)
"""What the smallest cell leaves."""


class Seen(list):
    """Events, as a watcher is told of them."""

    def of(self, kind):
        return [event for event in self if isinstance(event, kind)]


def small_study(
    *, seeds: int = 2, epochs: int = 2, lr: float = 0.05, arms: tuple[str, ...] = ("permuted",)
) -> vv.Study:
    """Perceptrons on a few glyphs: seconds for all cells."""
    mlp = vv.models.MLP(hidden=(16,))
    control = vv.Arm(
        "plain", model=mlp, optimizer=vv.SGD(lr=lr, momentum=0.9), epochs=epochs, batch_size=32, loss=vv.NLL()
    )
    others = {
        "permuted": control.but("permuted", input=vv.PixelPermutation()),
        "wide": control.but("wide", model=vv.models.MLP(hidden=(24,))),
        "wide permuted": control.but("wide permuted", input=vv.PixelPermutation(), model=vv.models.MLP(hidden=(24,))),
    }
    return vv.Study(
        name="small",
        question="Does it run?",
        data=vv.datasets.Glyphs(train_size=120, test_size=50),
        control=control,
        arms=[others[name] for name in arms],
        seeds=range(seeds),
    )


LONG_ARMS = ("a perceptron that is slower to learn", "αργός δίκτυο of two layers")


def with_long_arms(folder: RunFolder) -> RunFolder:
    """Adds arms with long names and long settings, as copies of a finished run's control; the same folder."""
    study = folder.study
    arms = dict(study.arms)
    for number, arm in enumerate(LONG_ARMS):
        scales = {f"layer{layer}": 0.01 * (number + 1) for layer in range(8)}
        tuning = {"type": "DifferentialRates", "scales": scales, "unbroken": "x" * 70}
        arms[arm] = arms[study.control] | {"tuning": tuning}
        for seed in study.seeds:
            shutil.copytree(folder.cell(study.control, seed).path, folder.cell(arm, seed).path)
    folder.write(structs.replace(study, arms=arms))
    return folder


def with_arms(folder: RunFolder, skills: dict[str, tuple[dict[str, Any], float]], *, asks: Sequence = ()) -> RunFolder:
    """Puts other arms in the place of a finished run's, with answers that are drawn; the same folder.

    Args:
        folder: of the run; its control's cells stand for all.
        skills: name of an arm -> its factors as far as they aren't the control's, and how sure it is of the true class:
            0 guesses, 3 is nearly always right. The first is the control.
        asks: see ``Study``.
    """
    study, ids, labels = folder.study, *_images_of(folder)
    cells = {seed: folder.cell(study.control, seed) for seed in study.seeds}
    documents = {seed: cell.read_document() for seed, cell in cells.items()}
    base = study.arms[study.control] | {"training": {"type": "Everything"}, "epochs": 2, "batch_size": 32}
    arms = {name: base | factors for name, (factors, _) in skills.items()}
    for name, (_, skill) in skills.items():
        for seed, document in documents.items():
            path = folder.cell(name, seed).path
            if not path.exists():
                shutil.copytree(cells[seed].path, path)
            # Draws are those of the image and the seed, so that arms of one skill say the same.
            logits = np.random.default_rng(seed).normal(size=(len(labels), len(folder.data.classes))).astype(np.float32)
            logits[np.arange(len(labels)), labels] += skill
            rows = {"training rows": str(arms[name]["training"])}
            fresh = structs.replace(document, arm=name, fingerprints=document.fingerprints | rows)
            folder.cell(name, seed).finish(fresh, Predictions(ids, labels, logits))
    control, *_ = skills
    folder.write(structs.replace(study, control=control, arms=arms, again=(), asks=tuple(asks)))
    return folder


def _images_of(folder: RunFolder) -> tuple[np.ndarray, np.ndarray]:
    predictions = folder.cell(folder.study.control, folder.study.seeds[0]).read_predictions()
    return predictions.ids, predictions.labels


def with_many_classes(folder: RunFolder, classes: int, images: int) -> RunFolder:
    """Puts predictions of many classes, drawn at random, in the place of a finished run's; the same folder."""
    generator = np.random.default_rng(0)
    labels = generator.permutation(np.arange(images) % classes)
    names = tuple(f"class {label}" for label in range(classes))
    counts = {"train": (10,) * classes, "test": tuple(np.bincount(labels, minlength=classes).tolist())}
    folder.write(structs.replace(folder.data, classes=names, **counts))
    pictures = np.stack(list(folder.read_test_images().values()))
    ids = np.array([f"{row:06}".encode() for row in range(images)])
    folder.write_test_images(ids[: len(pictures)], pictures)
    for strength, arm in enumerate(folder.study.arms, start=3):
        for seed in folder.study.seeds:
            logits = generator.normal(size=(images, classes)).astype(np.float32)
            logits[np.arange(images), labels] += strength
            cell = folder.cell(arm, seed)
            cell.finish(cell.read_document(), Predictions(ids, labels, logits))
    return folder


def small_backbone(size: int = 32) -> vv.Pretrained:
    """A network of torchvision with normalisation, small enough for tests; its weights stand for pre-trained ones."""
    return vv.Pretrained(vv.models.TorchvisionModel("shufflenet_v2_x0_5", size=size), vv.models.Untrained())


def recipe(epochs: int = 2, batch_size: int = 16, **changed: Any) -> Recipe:
    """What the loop is told: SGD with momentum and cross-entropy, but for what is changed of an arm."""
    arm = vv.Arm("any", small_backbone(), vv.SGD(lr=0.05, momentum=0.9), epochs, batch_size)
    return arm.but("changed", **changed).recipe()


def small_cell(
    strategy: str, examples: Sequence[Examples], seed: int = 0, how: Recipe | None = None, **settings: Any
) -> ToTrain:
    """One of the strategies on the small backbone, on training and test images of glyphs."""
    network = small_backbone().build(vv.ImageShape(1, 28, 28), 10, root(seed).child("init"))
    plan = STRATEGIES[strategy].plan(network, root(seed).child("tuning"))
    return ToTrain(how or recipe(), plan, small_backbone().preprocess, 10, *examples, root(seed), **settings)


def tiny_arm(**changed: Any) -> vv.Arm:
    """A perceptron of eight units, three epochs, for whole trainings that take milliseconds."""
    arm = vv.Arm("tiny", vv.models.MLP(hidden=(8,)), vv.SGD(lr=0.05, momentum=0.9), epochs=3, batch_size=16)
    return arm.but("changed", **changed)


def tiny_data() -> vv.ImageData:
    """60 training images, four steps of a tiny arm's epoch, and not as many of each class."""
    data = vv.datasets.Glyphs(train_size=120, test_size=30).load()
    counts = (3, 9, 4, 8, 5, 7, 6, 6, 3, 9)
    rows = np.concatenate([np.flatnonzero(data.train.labels == label)[:count] for label, count in enumerate(counts)])
    return replace(data, train=data.train.take(np.sort(rows)))


def cell_of(arm: vv.Arm, data: vv.ImageData, start: Snapshot | None = None, seed: int = 0) -> ToTrain:
    """What the loop is told of an arm and a seed."""
    return replace(in_memory(assemble(arm, seed, data)), start=start)


def last_epoch(arm: vv.Arm, data: vv.ImageData) -> Epoch:
    """What a whole training leaves."""
    *_, last = epochs_of(cell_of(arm, data), Precision.fp32)
    return last


def glyph_examples(train: int, test: int) -> list[Examples]:
    """So many training and test images, for cells."""
    data = vv.datasets.Glyphs(train_size=train, test_size=test).load()
    return [Examples.on(torch.device("cpu"), part.images, part.labels) for part in (data.train, data.test)]


STRATEGIES = {
    "probe": vv.LinearProbe(),
    "full": vv.Full(),
    "differential": vv.DifferentialRates({"stage4": 0.4, "conv5": 0.6, "fc": 1.0}, others=0.2),
    "decay": vv.LayerwiseDecay(),
    "gradual": vv.GradualUnfreezing(),
    "last layers": vv.LastLayers("stage4"),
    "probe then full": vv.ProbeThenFull(probe_epochs=1, probe_scale=2.5),
    "norm and bias": vv.NormAndBias(),
    "low rank": vv.LowRankAdapters(rank=2),
}


def transfer_study(*, epochs: int = 2, seeds: int = 1, names: tuple[str, ...] = tuple(STRATEGIES)) -> vv.Study:
    """Every strategy on the same small network and a few glyphs."""
    first, *others = names
    sgd = vv.SGD(lr=0.05, momentum=0.9)
    control = vv.Arm(first, small_backbone(), sgd, epochs, batch_size=16, tuning=STRATEGIES[first])
    return vv.Study(
        name="small-transfer",
        question="Which way is best?",
        data=vv.datasets.Glyphs(train_size=60, test_size=30),
        control=control,
        arms=[control.but(name, tuning=STRATEGIES[name]) for name in others],
        seeds=range(seeds),
    )
