"""Test images for the page: a strip as each arm sees them, and examples on which the arms part ways."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from visavis.conclusions import Contrast
from visavis.describe import canonical
from visavis.evidence import Comparison
from visavis.quantities import list_text

SHOWN_EACH_WAY = 8
STRIP_CLASSES = 12
UNAUGMENTED = {"type": "Unaugmented"}
"""How an arm's augmentation is described that does nothing."""


@dataclass(frozen=True)
class Strip:
    """One image of each class as an arm sees it.

    Attributes:
        arm: name of the arm.
        pictures: data URIs, one for each of the first classes.
        classes: their names.
    """

    arm: str
    pictures: tuple[str, ...]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Flip:
    """A test image that one arm gets right and the other doesn't.

    Attributes:
        picture: data URI of the image before any intervention.
        id: its name.
        label: its true class.
        seeds: number of seeds in which the one is right and the other wrong.
        control, treatment: the class that each arm gives it in those seeds (in most of them).
    """

    picture: str
    id: str
    label: str
    seeds: int
    control: str
    treatment: str


@dataclass(frozen=True)
class Flips:
    """How the arms part ways.

    Attributes:
        control_only, treatment_only: examples that only this arm gets right.
        control_only_share, treatment_only_share: share of such images, the mean over seeds.
    """

    control_only: tuple[Flip, ...]
    treatment_only: tuple[Flip, ...]
    control_only_share: float
    treatment_only_share: float


def data_uri(image: np.ndarray) -> str:
    """A PNG of uint8 [c, h, w] with one or three channels, as a data URI."""
    picture = Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0))
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def strips(comparison: Comparison) -> Iterator[Strip]:
    """Yields the same test images as each arm sees them, in the first seed; arms that see the same share a strip."""
    return _strips(comparison, ("input",), "examples")


def training_strips(comparison: Comparison) -> Iterator[Strip]:
    """Yields training images as the first epoch of each arm shows them, where some arms augment."""
    arms = [comparison.study.arms[arm]["augmentation"] for arm in comparison.arms]
    if any(augmentation != UNAUGMENTED for augmentation in arms):
        yield from _strips(comparison, ("training", "input", "augmentation", "selection"), "training")


def _strips(comparison: Comparison, factors: Sequence[str], kind: str) -> Iterator[Strip]:
    """Yields a strip of each arm; those that agree in what an image is made from share one.

    Args:
        comparison: of the arms.
        factors: what an image is made from.
        kind: of images; see ``CellFolder.read_examples``.
    """
    inputs: dict[str, list[str]] = {}
    for arm in comparison.arms:
        makers = [comparison.study.arms[arm].get(factor) for factor in factors]
        inputs.setdefault(canonical([makers, arm == comparison.again]), []).append(arm)
    arms_of: dict[bytes, list[str]] = {}
    examples: dict[bytes, np.ndarray] = {}
    for arms in inputs.values():
        images = comparison.folder.cell(arms[0], comparison.seeds[0]).read_examples(kind)[:STRIP_CLASSES]
        arms_of.setdefault(images.tobytes(), []).extend(arms)  # an input without draws is the same once more
        examples[images.tobytes()] = images
    for key, arms in arms_of.items():
        pictures = tuple(data_uri(image) for image in examples[key])
        yield Strip(list_text(arms), pictures, comparison.classes[:STRIP_CLASSES])


def flips(comparison: Comparison, contrast: Contrast) -> Flips:
    """The examples that flip between the arms of a contrast, those that flip in most seeds first."""
    control, treatment = comparison.outputs.hits(contrast.control), comparison.outputs.hits(contrast.treatment)
    control_only, treatment_only = control & ~treatment, treatment & ~control
    return Flips(
        tuple(_examples(comparison, contrast, control_only)),
        tuple(_examples(comparison, contrast, treatment_only)),
        float(control_only.mean()),
        float(treatment_only.mean()),
    )


def _examples(comparison: Comparison, contrast: Contrast, flips: np.ndarray) -> Iterator[Flip]:
    images = comparison.folder.read_test_images()
    times = flips.sum(0)
    # The run folder has pictures of some test images only; the shares above are of all.
    rows = [row for row in np.argsort(-times, kind="stable") if times[row] and comparison.ids[row] in images]
    for row in rows[:SHOWN_EACH_WAY]:
        name = comparison.ids[row]
        yield Flip(
            data_uri(images[name]),
            name.decode(errors="replace"),
            comparison.classes[comparison.labels[row]],
            int(times[row]),
            _usual_guess(comparison, contrast.control, row, flips[:, row]),
            _usual_guess(comparison, contrast.treatment, row, flips[:, row]),
        )


def _usual_guess(comparison: Comparison, arm: str, image: int, seeds: np.ndarray) -> str:
    """The class that an arm gives an image most often in some seeds; the first among equals.

    Args:
        comparison, arm: whose predictions.
        image: its row.
        seeds: bool [seeds], those that count.
    """
    return comparison.classes[np.bincount(comparison.outputs.guesses(arm)[seeds, image]).argmax()]
