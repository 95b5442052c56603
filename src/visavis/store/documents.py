"""The JSON documents of a run folder: each is written from the value that it is read as.

A field that a document doesn't have is passed over. A value out of its bounds, or one that breaks a rule between
fields, makes the whole document one that doesn't read back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from visavis.audit import Audit
from visavis.bounds import MOST_SEEDS, Classes, Count, Seconds, Seed, Text, Threads
from visavis.data import ImageShape, LeftOut
from visavis.interfaces import Loaded
from visavis.read_as import Fit
from visavis.results import Probe
from visavis.store.document import Description, Document, Factors
from visavis.store.elsewhere import OtherTestsDocument
from visavis.store.study import StudyDocument

LARGEST_IMAGE = 1 << 28
"""Bytes of one image."""


class DataDocument(Document, frozen=True):
    """``data.json``: what the images are, as ``ImageData`` has it.

    Attributes:
        train, test: how many images each class has.
        remarks: what the data set has to say of its images.
        fingerprints: digests of the decoded images and labels.
    """

    name: Text
    source: Text
    split_rule: Text
    synthetic: bool
    remarks: tuple[Text, ...]
    classes: Classes
    shape: ImageShape
    train: tuple[Count, ...]
    test: tuple[Count, ...]
    left_out: tuple[LeftOut, ...]
    fingerprints: dict[Text, Text]

    def __post_init__(self) -> None:
        if not len(self.classes) == len(self.train) == len(self.test):
            raise ValueError("counts of images that don't fit the classes")
        _require_possible_images(self.shape)

    @property
    def brands(self) -> tuple[str, ...]:
        """What every output has to say of the images."""
        return (*self.remarks, *(("synthetic images",) if self.synthetic else ()))


class WeightsDocument(Document, frozen=True):
    """``weights.json``: the pre-trained weights of the arms that have some."""

    arms: dict[Text, Loaded]


class LookDocument(Document, frozen=True):
    """A line of ``looks.jsonl``: the seeds whose results were read, or could be."""

    seeds: Annotated[tuple[Seed, ...], msgspec.Meta(min_length=1, max_length=MOST_SEEDS)]


class Origin(Document, frozen=True):
    """How a run was asked for.

    Attributes:
        command: the words of the command; none where it was asked for in Python.
    """

    command: tuple[Text, ...] = ()


class EnvironmentDocument(Document, frozen=True):
    """``environment.json``: what the cells are made on.

    Attributes:
        visavis, python, torch, torchvision, numpy: versions.
        system, processor, cores, device: the machine.
        threads: of a process.
        precision: of the arithmetic.
        probes: what was found where the precision was chosen, by arm.
        started: when the first run began, ISO 8601 in UTC.
        origin: how it was asked for.
    """

    visavis: Text
    python: Text
    torch: Text
    torchvision: Text
    numpy: Text
    system: Text
    processor: Text
    cores: Count | None
    threads: Threads
    device: Text
    precision: Literal["fp32", "bf16"]
    probes: dict[Text, Probe]
    started: Text
    origin: Origin


class FrozenDocument(Document, frozen=True):
    """Tensors that training has to leave alone.

    Attributes:
        count: how many.
        digest: of all of them with their names.
    """

    count: Count
    digest: Text


class CellDocument(Document, frozen=True):
    """``cell.json``: what a finished cell was made from.

    Attributes:
        arm, seed: which.
        factors: the arm's factors, described.
        precision: of the arithmetic.
        fingerprints: digests of what it was made from, by name.
        initial_weights: a digest of each tensor that the network began with, by name.
        loaded: the pre-trained weights that are among them.
        frozen: what training had to leave alone, and did.
        never_begun: names of the groups that were to be trained after the last epoch.
        trained_parameters, parameters: how many numbers are trained, and how many there are.
        seconds: that the cell took.
        finished: when, ISO 8601 in UTC.
    """

    arm: Text
    seed: Seed
    factors: Factors
    precision: Literal["fp32", "bf16"]
    fingerprints: dict[Text, Text]
    initial_weights: dict[Text, Text]
    loaded: Loaded | None
    frozen: FrozenDocument
    never_begun: tuple[Text, ...]
    trained_parameters: Count
    parameters: Count
    seconds: Seconds
    finished: Text


class ModelDocument(Document, frozen=True):
    """``model.json``: what a trained network's tensors are put into.

    Attributes:
        arm, seed: the cell.
        model, input: the arm's network and intervention, described.
        classes: their names, in the order of the logits.
        shape: of the images before the intervention.
        data: name of the data set.
        fit: how images of another shape came to that shape.
        sha256: of the tensors' file; it is known when that is written.
    """

    arm: Text
    seed: Seed
    model: Description
    input: Description
    classes: Classes
    shape: ImageShape
    data: Text
    fit: Fit
    sha256: Text = ""

    def __post_init__(self) -> None:
        _require_possible_images(self.shape)


FILES: Mapping[type, str] = {
    StudyDocument: "study.json",
    DataDocument: "data.json",
    Audit: "audit.json",
    OtherTestsDocument: "tests.json",
    WeightsDocument: "weights.json",
    EnvironmentDocument: "environment.json",
}
"""Where the documents of a whole study lie."""


def _require_possible_images(shape: ImageShape) -> None:
    """Raises ``ValueError`` where images are too large to be any."""
    if math.prod((shape.channels, shape.height, shape.width)) > LARGEST_IMAGE:
        raise ValueError(f"images of more than {LARGEST_IMAGE:,} bytes")
