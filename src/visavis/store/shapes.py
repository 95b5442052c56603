"""What the JSON documents of a run folder look like: whatever is read is held against these, field by field.

A field that isn't named here is let pass: the documents hold more than comparison needs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from visavis.files import damaged

MOST_CLASSES = 100_000
MOST_ARMS = 1_000
MOST_SEEDS = 10_000
MOST_CELLS = 100_000
LARGEST_IMAGE = 1 << 28
"""Bytes of one image."""

Text = Annotated[str, msgspec.Meta(max_length=20_000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=20_000)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
Seed = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Number = Annotated[float, msgspec.Meta(ge=-1e30, le=1e30)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=1e12)]
Side = Annotated[int, msgspec.Meta(ge=1, le=1 << 20)]
Classes = Annotated[list[Text], msgspec.Meta(min_length=2, max_length=MOST_CLASSES)]


class Document(msgspec.Struct):
    """A JSON object with fields that have to be there."""


class ArmShape(Document):
    """An arm's slots; ``again`` for an A/A arm."""

    input: dict[str, Any]
    model: dict[str, Any]
    tuning: dict[str, Any]
    again: bool = False


class RecipeShape(Document):
    """What of the recipe is told."""

    epochs: Annotated[int, msgspec.Meta(ge=1, le=1 << 31)]


class StudyShape(Document):
    """``study.json``."""

    name: Name
    question: Text
    brands: list[Text]
    recipe: RecipeShape
    control: Name
    arms: Annotated[dict[Name, ArmShape], msgspec.Meta(min_length=2, max_length=MOST_ARMS)]
    seeds: Annotated[list[Seed], msgspec.Meta(min_length=1, max_length=MOST_SEEDS)]
    margin: Annotated[float, msgspec.Meta(gt=0, lt=1)]
    asks: Annotated[list[tuple[Name, Name]], msgspec.Meta(max_length=MOST_ARMS)]


class ImageShapeShape(Document):
    """The shape of images."""

    channels: Side
    height: Side
    width: Side


class DataShape(Document):
    """``data.json``."""

    name: Text
    source: Text
    split_rule: Text = msgspec.field(name="split rule")
    synthetic: bool
    classes: Classes
    shape: ImageShapeShape
    train: list[Count]
    test: list[Count]
    left_out: list[tuple[Text, Text]] = msgspec.field(name="left out")
    fingerprints: dict[Text, Text]


class ProbeShape(Document):
    """What the precision probe saw."""

    fp32_seconds: Positive
    bf16_seconds: Positive
    logit_error: Number
    gradient_cosine: Number


class OriginShape(Document):
    """How the run was asked for."""

    command: list[Text] = msgspec.field(default_factory=list)


class EnvironmentShape(Document):
    """``environment.json``."""

    torch: Text
    device: Text
    precision: Literal["fp32", "bf16"]
    threads: Annotated[int, msgspec.Meta(ge=1, le=1 << 16)]
    probes: dict[Text, ProbeShape]
    started: Text
    origin: OriginShape


class LoadedShape(Document):
    """Pre-trained weights."""

    source: Text
    sha256: Text


class LooksShape(Document):
    """``looks.json``."""

    seeds: list[list[Seed]]


class FrozenShape(Document):
    """Tensors that training had to leave alone."""

    count: Count
    digest: Text


class CellShape(Document):
    """``cell.json``."""

    arm: Text
    seed: Seed
    fingerprints: dict[Text, Text]
    initial_weights: dict[Text, Text] = msgspec.field(name="initial weights")
    loaded: LoadedShape | None = msgspec.field(name="pre-trained weights")
    frozen: FrozenShape = msgspec.field(name="frozen tensors")
    never_begun: list[Text] = msgspec.field(name="never begun")
    trained: Count = msgspec.field(name="trained parameters")
    parameters: Count
    seconds: Seconds


class ModelShape(Document):
    """``model.json``."""

    model: dict[str, Any]
    input: dict[str, Any]
    classes: Classes
    shape: ImageShapeShape
    sha256: Text


class RowShape(Document, forbid_unknown_fields=True):
    """A line of ``history.jsonl``."""

    epoch: Annotated[int, msgspec.Meta(ge=1, le=1 << 31)]
    train_loss: Number
    train_accuracy: Share
    test_loss: Number
    test_accuracy: Share
    seconds: Seconds
    images_per_second: Seconds
    order: Text


class PictureShape(Document, forbid_unknown_fields=True):
    """An image by name."""

    part: Text
    label: Text
    id: Text


class SupportShape(Document, forbid_unknown_fields=True):
    """How many images a class has."""

    name: Text
    train: Count
    test: Count


class IdenticalShape(Document, forbid_unknown_fields=True):
    """Images that are equal."""

    groups: Count
    images: Count
    across: Count
    conflicting: Count
    test_images: Count
    examples: list[Annotated[list[PictureShape], msgspec.Meta(min_length=1)]]


class NearPairShape(Document, forbid_unknown_fields=True):
    """Two images that look alike."""

    first: PictureShape
    second: PictureShape
    distance: Count
    correlation: Number


class NearShape(Document, forbid_unknown_fields=True):
    """Images that look alike."""

    pairs: Count
    across: Count
    conflicting: Count
    test_images: Count
    examples: list[NearPairShape]


class NotLookedForShape(Document, forbid_unknown_fields=True):
    """Why they weren't looked for."""

    what: Text
    count: Count
    limit: Count


class LeftOutShape(Document, forbid_unknown_fields=True):
    """A file that couldn't be used."""

    name: Text
    reason: Text


class AuditShape(Document, forbid_unknown_fields=True):
    """``audit.json``."""

    classes: Annotated[list[SupportShape], msgspec.Meta(min_length=1)]
    identical: IdenticalShape
    near: dict[str, Any]
    constant: list[PictureShape]
    unreadable: list[LeftOutShape]
    originals: list[tuple[Text, Count]]


class HolderShape(Document):
    """The record of who trains a cell."""

    host: Text
    process: Count
    started: Text
    since: Text
    token: Text


WEIGHTS: Any = dict[Text, LoadedShape]
"""``weights.json``."""


def require_shape(plain: Mapping[str, Any], shape: Any, path: Path) -> None:
    """Holds a document against its shape.

    Raises:
        DamagedFile: with the path of the field that doesn't fit.
    """
    try:
        msgspec.convert(plain, shape)
    except (msgspec.ValidationError, RecursionError) as problem:
        raise damaged(path, problem) from problem


def require_consistent_study(plain: Mapping[str, Any], path: Path) -> None:
    """What a shape can't say: the control and those asked for are among the arms, no seed comes twice, and the cells
    can be counted.

    Raises:
        DamagedFile: it isn't so.
    """
    if plain["control"] not in plain["arms"]:
        raise damaged(path, f"a control {plain['control']!r} that is no arm")
    if not all(arm in plain["arms"] for ask in plain["asks"] for arm in ask):
        raise damaged(path, "asks for arms that are none")
    if len(set(plain["seeds"])) < len(plain["seeds"]):
        raise damaged(path, "a seed twice")
    if len(plain["arms"]) * len(plain["seeds"]) > MOST_CELLS:
        raise damaged(path, f"more than {MOST_CELLS:,} cells")


def require_consistent_data(plain: Mapping[str, Any], path: Path) -> None:
    """Counts for each class, and images of a size that can be.

    Raises:
        DamagedFile: it isn't so.
    """
    if not len(plain["classes"]) == len(plain["train"]) == len(plain["test"]):
        raise damaged(path, "counts of images that don't fit the classes")
    require_possible_images(plain["shape"], path)


def require_possible_images(shape: Mapping[str, int], path: Path) -> None:
    """Images of a size that can be.

    Raises:
        DamagedFile: they are too large.
    """
    if math.prod(shape[side] for side in ImageShapeShape.__struct_fields__) > LARGEST_IMAGE:
        raise damaged(path, f"images of more than {LARGEST_IMAGE:,} bytes")


def require_near(plain: Mapping[str, Any], path: Path) -> None:
    """Holds what an audit says of look-alikes against the one shape or the other.

    Raises:
        DamagedFile: with the field that doesn't fit.
    """
    require_shape(plain["near"], NotLookedForShape if "limit" in plain["near"] else NearShape, path)
