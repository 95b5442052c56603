"""Run folders of studies that nobody trained: any arms, with the accuracy that a test wants."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import structs

from visavis.describe import digest
from visavis.pairing import MAKERS
from visavis.results import EpochRow, Predictions
from visavis.store import CellFolder, RunFolder, StudyDocument

FACTORS: dict[str, Any] = {
    "model": {"type": "LetterCNN", "channels": [16, 32]},
    "optimizer": {"type": "SGD", "lr": 0.01, "momentum": 0.9, "weight_decay": 0.0, "nesterov": False},
    "epochs": 6,
    "batch_size": 64,
    "training": {"type": "Everything"},
    "input": {"type": "Untouched"},
    "augmentation": {"type": "Unaugmented"},
    "tuning": {"type": "Full"},
    "loss": {"type": "CrossEntropy", "smoothing": 0.0},
    "schedule": {"type": "Constant"},
    "averaging": {"type": "LastWeights"},
    "selection": {"type": "LastEpoch"},
}
"""What every arm is but for what is given."""
MLP = {"type": "MLP", "hidden": [64]}
PERMUTED = {"type": "PixelPermutation", "fixed": False}
SHIFT = {"type": "Shift", "pixels": 2}
Arms = Mapping[str, tuple[Mapping[str, Any], float]]
"""Name -> the factors that differ from ``FACTORS``, and the accuracy; the control first."""


def pair() -> Arms:
    """One treatment."""
    return {"SGD": ({}, 0.87), "AdamW": ({"optimizer": {"type": "AdamW", "lr": 0.001, "weight_decay": 0.01}}, 0.9)}


def ten() -> Arms:
    """Nine treatments, in three factors; some train longer."""
    rates = {f"layer{layer}": 0.01 * (layer + 1) for layer in range(8)}
    changes: dict[str, dict[str, Any]] = {
        "AdamW": {"optimizer": {"type": "AdamW", "lr": 0.001, "weight_decay": 0.01}},
        "RMSprop": {"optimizer": {"type": "Torch", "optimizer": "RMSprop", "lr": 0.001, "options": {"alpha": 0.99}}},
        "MLP": {"model": MLP},
        "permuted pixels": {"input": PERMUTED},
        "shifted by two": {"augmentation": SHIFT},
        "twice as long": {"epochs": 12},
        "rates that differ by layer": {"tuning": {"type": "DifferentialRates", "rates": rates, "others": 0.01}},
        "smoothed": {"loss": {"type": "CrossEntropy", "smoothing": 0.1}},
        "cosine": {"schedule": {"type": "Cosine", "warm_up": 0.0}},
    }
    values = (0.9, 0.885, 0.8, 0.74, 0.91, 0.895, 0.87, 0.872, 0.881)
    return {"plain": ({}, 0.87)} | {
        name: (change, value) for (name, change), value in zip(changes.items(), values, strict=True)
    }


def doses(rates: tuple[float, ...] = (0.0, 0.1, 0.2, 0.4, 0.6), model: str = "") -> Arms:
    """Label noise; the first dose is the control."""
    return {
        f"{model}noise {rate:g}": ({"training": {"type": "LabelNoise", "rate": rate}}, 0.9 - 0.4 * rate**1.5)
        for rate in rates
    }


def log_doses() -> Arms:
    """Images per class; the control, which has all, is aside."""
    counts = (10, 30, 100, 300, 1000)
    return {"all images": ({}, 0.93)} | {
        f"{number} a class": (
            {"training": {"type": "NumberPerClass", "number": number}}, 0.55 + 0.12 * math.log10(number)
        )
        for number in counts
    }  # fmt: skip


def crossing() -> Arms:
    """Two models over images per class, one of them better with few, the other with many."""
    return {
        f"{name}, {number}": (
            {"training": {"type": "NumberPerClass", "number": number}, "model": model},
            base + rise * math.log10(number),
        )
        for name, model, base, rise in (("CNN", FACTORS["model"], 0.32, 0.21), ("MLP", MLP, 0.55, 0.1))
        for number in (10, 30, 100, 300, 1000)
    }


def eight_curves() -> Arms:
    """Eight models over epochs: more curves than one figure has room for."""
    return {
        f"{model}, {epochs}": ({"model": {"type": model}, "epochs": epochs}, 0.5 + 0.05 * row + 0.002 * epochs)
        for row, model in enumerate("ABCDEFGH")
        for epochs in (2, 5, 10, 20)
    }


def mixed() -> Arms:
    """A curve, arms that are on none, and one that looks as if it were."""
    clean = {"training": {"type": "LabelNoise", "rate": 0.0}}
    return doses() | {
        "permuted": (clean | {"input": PERMUTED}, 0.8),
        "MLP": (clean | {"model": MLP}, 0.88),
        "by class": ({"training": {"type": "LabelNoise", "rate": 0.3, "kind": "by class"}}, 0.8),
    }


def square() -> Arms:
    """A 2 x 2: permuting pixels costs the CNN more."""
    return {
        "CNN": ({}, 0.93), "MLP": ({"model": MLP}, 0.89), "CNN, permuted": ({"input": PERMUTED}, 0.82),
        "MLP, permuted": ({"model": MLP, "input": PERMUTED}, 0.885),
    }  # fmt: skip


def cube() -> Arms:
    """A 2 x 2 x 2."""
    levels = product((FACTORS["model"], MLP), (FACTORS["input"], PERMUTED), (FACTORS["augmentation"], SHIFT))
    value = {"LetterCNN": 0.03, "MLP": 0.0, "Untouched": 0.02, "PixelPermutation": 0.0, "Unaugmented": 0.0}
    arms: dict[str, tuple[Mapping[str, Any], float]] = {}
    for model, images, augmentation in levels:
        parts = [model["type"], images["type"], augmentation["type"]]
        gain = 0.03 if parts[1:] == ["Untouched", "Shift"] else 0.0
        lost = 0.08 if parts[:2] == ["LetterCNN", "PixelPermutation"] else 0.0
        accuracy = 0.85 + gain - lost + sum(value.get(part, 0) for part in parts)
        arms[" ".join(parts)] = ({"model": model, "input": images, "augmentation": augmentation}, accuracy)
    return arms


def named_grid() -> Arms:
    """A 3 x 3 of parts that have no numbers in common."""
    optimizers = (FACTORS["optimizer"], {"type": "AdamW", "lr": 0.001}, {"type": "RMSprop", "lr": 0.001})
    schedules = (FACTORS["schedule"], {"type": "Cosine"}, {"type": "OneCycle"})
    return {
        f"{optimizer['type']} {schedule['type']}": (
            {"optimizer": optimizer, "schedule": schedule},
            0.85 + 0.02 * row + 0.015 * column + 0.02 * (row * column == 1),
        )
        for (row, optimizer), (column, schedule) in product(enumerate(optimizers), enumerate(schedules))
    }


def number_grid() -> Arms:
    """A 4 x 4 of two numbers."""
    return {
        f"rate {rate:g}, decay {decay:g}": (
            {"optimizer": FACTORS["optimizer"] | {"lr": rate}, "training": {"type": "LabelNoise", "rate": noise}},
            0.9 - 0.05 * abs(math.log10(rate) + 2) - 0.3 * noise,
        )
        for rate in (0.001, 0.003, 0.01, 0.03)
        for noise, decay in zip((0.0, 0.1, 0.2, 0.4), (0.0, 0.1, 0.2, 0.4), strict=True)
    }


def fabricate(base: RunFolder, path: Path, arms: Arms, *, images: int = 400, question: str = "Does it?") -> RunFolder:
    """A run folder of these arms, from copies of a finished run's control with other logits.

    Args:
        base: the run.
        path: where the folder is made.
        arms: see ``Arms``.
        images: number of test images.
        question: of the study.
    """
    folder = RunFolder(Path(shutil.copytree(base.path, path)))
    control = base.study.control
    factors = {name: FACTORS | changed for name, (changed, _) in arms.items()}
    folder.write(structs.replace(base.study, question=question, arms=factors, control=next(iter(arms)), asks=()))
    shutil.rmtree(folder.path / "cells")
    _write_images(folder, images)
    for name, (_, accuracy) in arms.items():
        for seed in folder.study.seeds:
            cell = folder.cell(name, seed)
            shutil.copytree(base.cell(control, seed).path, cell.path)
            _write_cell(folder, cell, factors[name], accuracy, seed)
    return folder


def _write_images(folder: RunFolder, images: int) -> None:
    pictures = np.stack(list(folder.read_test_images().values()))
    folder.write_test_images(_ids(images)[: len(pictures)], pictures)
    counts = tuple(np.bincount(_labels(folder, images)).tolist())
    folder.write(structs.replace(folder.data, test=counts))


def _write_cell(folder: RunFolder, cell: CellFolder, factors: Mapping[str, Any], accuracy: float, seed: int) -> None:
    document = structs.replace(cell.read_document(), arm=cell.name.split("/")[-2], factors=factors)
    epochs = factors["epochs"]
    for name, makers in MAKERS.items():
        document.fingerprints[name] = digest([seed, {factor: factors[factor] for factor in sorted(makers)}])
    document.initial_weights.clear()
    document.initial_weights["weight"] = document.fingerprints.pop("initial weights")
    images = sum(folder.data.test)
    labels = _labels(folder, images)
    generator = np.random.default_rng([seed, *cell.name.encode()])
    difficulty = 0.8 * np.random.default_rng(seed).random(images) + 0.2 * generator.random(images)
    share = accuracy + 0.008 * generator.normal()
    right = difficulty <= np.sort(difficulty)[min(images - 1, round(share * images))]
    guesses = np.where(right, labels, (labels + generator.integers(1, 9, images)) % len(folder.data.classes))
    logits = generator.normal(size=(images, len(folder.data.classes))).astype(np.float32)
    logits[np.arange(images), guesses] = logits.max(1) + 0.5 + generator.random(images)
    cell.write_history(
        [
            EpochRow(
                epoch, 2.2 * (1.2 - accuracy) ** (0.4 * epoch), 0.5, 0.7, max(0.0, share - 0.5 * 0.5**epoch), 1.0, 64.0,
                order=f"{epoch} of seed {seed}", augmentation="",
            )
            for epoch in range(1, epochs + 1)
        ]
    )  # fmt: skip
    cell.finish(document, Predictions(_ids(images), labels, logits))


def _ids(images: int) -> np.ndarray:
    return np.array([f"{row:06}".encode() for row in range(images)])


def _labels(folder: RunFolder, images: int) -> np.ndarray:
    classes = len(folder.data.classes)
    return np.random.default_rng(0).permutation(np.arange(images) % classes)


def with_headline(study: StudyDocument, name: str) -> StudyDocument:
    """The same study that asks about another metric."""
    return structs.replace(study, headline=name)
