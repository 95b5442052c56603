"""The JSON documents of a run folder: each is written from the value that it is read as.

A field that a document doesn't have is passed over. A value out of its bounds, or one that breaks a rule between
fields, makes the whole document one that doesn't read back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from visavis.audit import Audit
from visavis.bounds import MOST_SEEDS, Classes, Count, Margin, Name, Positive, Seconds, Seed, Text, Threads
from visavis.checks import is_whole
from visavis.data import ImageShape, LeftOut
from visavis.describe import Plain, describe
from visavis.design.arm import Arm, describe_factors
from visavis.design.study import MOST_CELLS, Study
from visavis.errors import InvalidStudy, first_line
from visavis.interfaces import Loaded
from visavis.quantities import METRIC_NAMES
from visavis.read_as import Fit
from visavis.results import Probe
from visavis.store.elsewhere import MOST_TESTS, OtherTestsDocument, require_names
from visavis.store.files import decode, encode

MOST_ARMS = 1_000
MOST_EPOCHS = 1 << 31
LARGEST_IMAGE = 1 << 28
"""Bytes of one image."""

Description = dict[str, Any]
"""What ``describe`` makes of a part: its type and its fields."""
Factors = Mapping[Name, Plain]
"""What an arm is: the description of each of its factors."""
Asks = Annotated[tuple[tuple[Name, Name], ...], msgspec.Meta(max_length=MOST_ARMS)]
"""Names of treatment and control."""


class Document(msgspec.Struct, frozen=True):
    """A JSON object."""


class FoldsDocument(Document, frozen=True):
    """How cross-validation tells train and test apart.

    Attributes:
        k: folds in a repeat; seed s tests fold s % k.
        by: name of the rule.
    """

    k: Annotated[int, msgspec.Meta(ge=2, le=MOST_SEEDS)]
    by: Name


class StudyDocument(Document, frozen=True):
    """``study.json``: a study as ``Study`` has it.

    Attributes:
        arms: by name, the control first.
        again: names of the arms that draw from streams of their own (A/A).
        seeds: all that there may be.
        first_look: seeds before the first look, where the seeds are until decided.
        folds: of cross-validation, in which each seed has a test part of its own.
        margin: of shares.
        non_inferior: whether the study asks that the treatments are no worse.
        margins: of single metrics.
        asks: names of treatment and control of each contrast that is asked for.
        primary: the same of those that the study is about; all, if there are none.
        tests: further test images by name, described.
        headline: name of the metric that the verdict goes by.
    """

    name: Name
    question: Text
    brands: tuple[Text, ...]
    data: Plain
    control: Name
    arms: Annotated[dict[Name, Factors], msgspec.Meta(min_length=2, max_length=MOST_ARMS)]
    again: tuple[Name, ...]
    seeds: Annotated[tuple[Seed, ...], msgspec.Meta(min_length=1, max_length=MOST_SEEDS)]
    first_look: Annotated[int, msgspec.Meta(ge=2, le=MOST_SEEDS)] | None
    folds: FoldsDocument | None
    margin: Margin
    non_inferior: bool
    margins: dict[Name, Positive]
    asks: Asks
    primary: Asks
    tests: Annotated[dict[Name, Plain], msgspec.Meta(max_length=MOST_TESTS)]
    headline: Name

    def __post_init__(self) -> None:
        self._require_arms()
        self._require_seeds()
        if len(self.arms) * len(self.seeds) > MOST_CELLS:
            raise ValueError(f"more than {MOST_CELLS:,} cells")
        arms = self.arms.keys() - set(self.again)
        for asks in (self.asks, self.primary):
            if not all(len(arms.intersection(ask)) == 2 for ask in asks):
                raise ValueError("asks for a pair that is none")
            if len(set(map(frozenset, asks))) < len(asks):
                raise ValueError("an ask twice")
        require_names(self.tests)
        if self.headline not in METRIC_NAMES:
            raise ValueError(f"a headline {self.headline!r} that is no metric")

    def _require_seeds(self) -> None:
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("a seed twice")
        if self.first_look is not None and self.first_look > len(self.seeds):
            raise ValueError("a first look after the last seed")
        if self.folds is not None and self.seeds != tuple(range(len(self.seeds))):
            raise ValueError("seeds that aren't those of folds")

    def _require_arms(self) -> None:
        if self.control not in self.arms:
            raise ValueError(f"a control {self.control!r} that is no arm")
        if any(set(arm) != set(self.arms[self.control]) for arm in self.arms.values()):
            raise ValueError("arms that don't have the same factors")
        if not all(is_whole(arm.get("epochs"), 1, MOST_EPOCHS) for arm in self.arms.values()):
            raise ValueError("an arm without epochs")

    def epochs(self, arm: str) -> int:
        """That an arm is trained for."""
        return int(self.arms[arm]["epochs"])

    @classmethod
    def of(cls, study: Study) -> StudyDocument:
        """The study as it is written.

        Raises:
            InvalidStudy: it has a value that wouldn't be read back.
        """
        document = cls(
            name=study.name,
            question=study.question,
            brands=tuple(study.brands),
            data=describe(study.data),
            control=study.control.name,
            arms={arm.name: describe_factors(arm) for arm in study.all_arms},
            again=tuple(arm.name for arm in study.all_arms if arm.again),
            seeds=tuple(study.seeds),
            first_look=study.first_look,
            folds=_folds_of(study),
            margin=study.margin_of_shares,
            non_inferior=study.asks_no_loss,
            margins=dict(study.margins),
            asks=_names_of(study.asks),
            primary=_names_of(study.primary),
            tests={name: describe(dataset) for name, dataset in study.tests.items()},
            headline=study.headline,
        )
        try:
            decode(encode(document), cls)
        except (ValueError, RecursionError) as problem:
            raise InvalidStudy("the study has a value that can't be written down", got=first_line(problem)) from problem
        return document


class EarlierStudyDocument(Document, frozen=True):
    """``study.json`` of the first format, by which it is known: all arms had one recipe."""

    recipe: dict[str, Any]


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


def _folds_of(study: Study) -> FoldsDocument | None:
    rule = study.cross_validation
    return None if rule is None else FoldsDocument(rule.k, type(rule).__name__)


def _names_of(asks: Sequence[tuple[Arm, Arm]]) -> tuple[tuple[str, str], ...]:
    return tuple((treatment.name, control.name) for treatment, control in asks)
