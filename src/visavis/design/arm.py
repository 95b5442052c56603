"""One complete experiment; every field of it but the name is a factor in which arms may differ."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import product
from typing import Any

from visavis.checks import (
    excerpt,
    require,
    require_describable,
    require_no_class,
    require_not_negative,
    require_part,
    require_positive,
    require_whole,
)
from visavis.describe import Plain, canonical, describe
from visavis.design.slug import slugify
from visavis.errors import InvalidStudy, VisavisError, did_you_mean
from visavis.interfaces import (
    Augmentation,
    Averaging,
    Intervention,
    Loss,
    Model,
    Optimizer,
    Schedule,
    Selection,
    TrainingSet,
    Tuning,
)
from visavis.parts import usual
from visavis.recipe import Recipe

MOST_COMBINATIONS = 1_000
"""Arms that ``Arm.over`` makes at once."""


@dataclass(frozen=True)
class HeldOut:
    """Training images that an arm isn't trained on but tested on, in the place of the test images.

    Attributes:
        parts: into how many parts its training images are dealt, of which one is held out.
        once: whether it draws from streams apart from those of all cells.
    """

    parts: int
    once: bool = False


@dataclass(frozen=True)
class Arm:
    """One complete experiment. Seed k draws the same in every arm; a study's arms differ in what is written here.

    Attributes:
        name: what tables call it.
        model: the network.
        optimizer: with its learning rate.
        epochs: passes over the training images, 1 or more.
        batch_size: images per step, 2 or more.
        training: which training images, with which labels.
        input: another view of the images of both parts, made once.
        augmentation: another view of the training images in each epoch, of the images as ``input`` leaves them.
        tuning: what of the network is trained, at which share of the learning rate.
        loss: what training minimises.
        schedule: the share of the learning rate from step to step.
        averaging: which weights are tested and saved.
        selection: which epoch's network counts.
        again: whether its cells draw from streams of their own: the same arm once more, to see how often a difference
            is found where there is none (A/A). No factor; ``Study(aa=True)`` sets it.
        held_out: what its cells are tested on instead of the test images. No factor; ``BestOf`` sets it.

    Raises:
        InvalidStudy: a field holds no such part, or parts that don't fit each other.
    """

    name: str
    model: Model
    optimizer: Optimizer
    epochs: int
    batch_size: int = 64
    training: TrainingSet = usual.TRAINING
    input: Intervention = usual.INPUT
    augmentation: Augmentation = usual.AUGMENTATION
    tuning: Tuning = usual.TUNING
    loss: Loss = usual.LOSS
    schedule: Schedule = usual.SCHEDULE
    averaging: Averaging = usual.AVERAGING
    selection: Selection = usual.SELECTION
    again: bool = False
    held_out: HeldOut | None = None

    def __post_init__(self) -> None:
        path = f"arms.{self.name}"
        for name, (method, example) in PARTS.items():
            require_part(getattr(self, name), f"{path}.{name}", method, example)
        require_whole(self.epochs, f"{path}.epochs", 1)
        require_whole(self.batch_size, f"{path}.batch_size", 2)
        lr = getattr(self.optimizer, "lr", None)
        require_positive(lr, f"{path}.optimizer.lr", "a learning rate, a positive number")
        self._require_schedule(f"{path}.schedule")

    def _require_schedule(self, path: str) -> None:
        """Asks for a few shares: one that is longer than the training, or gives no number, is told at once."""
        for progress in (0.0, 0.5, 1 - 1e-9):
            try:
                share = self.schedule.share(progress, int(self.epochs))
            except VisavisError:
                raise
            except Exception as problem:  # a schedule may be anybody's code
                raise InvalidStudy(f"{path} raises", got=f"{type(problem).__name__}: {problem}") from problem
            require_not_negative(share, f"{path}.share({progress:g})", "a number, 0 or more")

    def but(self, name: str, **factors: Any) -> Arm:
        """This arm under another name, with the given factors changed: ``arm.but("fast", optimizer=SGD(lr=0.1))``.

        Raises:
            InvalidStudy: there is no such factor, or the parts don't fit.
        """
        self._require_factors(factors)
        return replace(self, name=name, **factors)

    def over(self, **levels: Iterable[Any]) -> tuple[Arm, ...]:
        """An arm for every combination of levels, named by what it changes; what changes nothing is this arm itself.

        ``arm.over(training=[LabelNoise(r) for r in (0.1, 0.2)], epochs=[10, 20])`` are four arms.

        Args:
            levels: values by factor, each at least one.

        Raises:
            InvalidStudy: there is no such factor, a factor has no levels or the same one twice, or the parts don't fit.
        """
        self._require_factors(levels)
        values = {name: _levels_of(name, content) for name, content in levels.items()}
        combinations = math.prod(map(len, values.values()))
        require(combinations <= MOST_COMBINATIONS, "over", f"{combinations:,} arms", f"at most {MOST_COMBINATIONS:,}")
        return tuple(
            self._with(dict(zip(values, combination, strict=True))) for combination in product(*values.values())
        )

    def _require_factors(self, names: Iterable[str]) -> None:
        """Refuses a factor that isn't there; the most likely one is named."""
        for name in names:
            if name not in FACTORS:
                raise InvalidStudy(f"an arm has no factor {name!r}", expected=", ".join(FACTORS), do=self._remedy(name))

    def _remedy(self, name: str) -> str | None:
        """What was meant by the name of no factor: a field of one of the arm's parts, or a slip."""
        for factor in PARTS:
            part = getattr(self, factor)
            if is_dataclass(part) and name in [entry.name for entry in fields(part)]:
                example = f"{factor}={type(part).__name__}({name}=...)"
                return f"{name} is a field of {factor}: give another one, such as {example}"
        return did_you_mean(name, FACTORS)

    def _with(self, combination: Mapping[str, Any]) -> Arm:
        same = {name for name, value in combination.items() if describe(value) == describe(getattr(self, name))}
        changes = {name: value for name, value in combination.items() if name not in same}
        texts = [_level_text(name, value, getattr(self, name)) for name, value in changes.items()]
        return replace(self, name=", ".join(texts) or self.name, **changes)

    def recipe(self) -> Recipe:
        """What the loop is told of it."""
        averaging = None if describe(self.averaging) == describe(usual.AVERAGING) else self.averaging
        numbers = int(self.epochs), int(self.batch_size)
        return Recipe(*numbers, self.optimizer, self.loss, self.schedule, self.augmentation, averaging)

    @property
    def slug(self) -> str:
        """The arm's name as a folder's name."""
        return slugify(self.name)

    def cells(self, seeds: Sequence[int]) -> Iterator[tuple[Arm, int]]:
        """Yields the cells that the arm takes."""
        yield from ((self, seed) for seed in seeds)

    def trials(self) -> Iterator[Arm]:
        """Yields what is trained before the arm is chosen: nothing; see ``BestOf``."""
        yield from ()

    def factors(self) -> dict[str, Plain]:
        """The arm as plain data, without its name."""
        return describe_factors(self)


FACTORS = (
    "training", "input", "augmentation", "model", "tuning", "optimizer", "loss", "schedule", "epochs", "batch_size",
    "averaging", "selection",
)  # fmt: skip
"""The fields of an arm in which arms may differ, in the order in which images meet them."""
PARTS: Mapping[str, tuple[str, str]] = {
    "model": ("build", "visavis.models.LetterCNN()"),
    "optimizer": ("build", "visavis.SGD(lr=0.01) or visavis.Torch('NAdam', lr=0.001)"),
    "training": ("draw", "visavis.Everything()"),
    "input": ("draw", "visavis.Untouched()"),
    "augmentation": ("draw", "visavis.Unaugmented()"),
    "tuning": ("plan", "visavis.Full()"),
    "loss": ("criterion", "visavis.CrossEntropy()"),
    "schedule": ("share", "visavis.Constant()"),
    "averaging": ("share", "visavis.EMA()"),
    "selection": ("parts", "visavis.BestEpoch()"),
}
"""Factors that are parts: the method that such a part has, and an example of one."""


def describe_factors(arm: Arm) -> dict[str, Plain]:
    """An arm as plain data, without its name."""
    return {factor: describe(getattr(arm, factor)) for factor in FACTORS}


def differing_factors(first: Mapping[str, Plain], second: Mapping[str, Plain]) -> tuple[str, ...]:
    """The factors in which two described arms of a study differ; all its arms have the same ones."""
    return tuple(factor for factor in first if first[factor] != second[factor])


def _levels_of(name: str, content: object) -> list[Any]:
    is_list = isinstance(content, Iterable) and not isinstance(content, str)
    require(is_list, f"over.{name}", excerpt(content), "a list of values")
    values = list(content)  # type: ignore[call-overload]
    require(len(values) > 0, f"over.{name}", "no values", "one or more")
    descriptions: set[str] = set()
    for value in values:
        require_no_class(value, f"over.{name}")
        require_describable(value, f"over.{name}")
        description = canonical(describe(value))
        require(description not in descriptions, f"over.{name}", f"{excerpt(value)} twice", "each level once")
        descriptions.add(description)
    return values


def _level_text(factor: str, value: Any, base: Any) -> str:
    """A level by what it is: ``epochs 20``, ``MLP``, ``SGD(lr=0.1)``."""
    if not is_dataclass(value) or isinstance(value, type):
        return f"{factor.replace('_', ' ')} {value}"
    changes = [text for entry in fields(value) if (text := _field_text(entry, value, base))]
    return f"{type(value).__name__}({', '.join(changes)})" if changes else type(value).__name__


def _field_text(entry: Any, value: Any, base: Any) -> str:
    """A field in which a part differs from the base, if that is of its kind, or else from the default."""
    content = getattr(value, entry.name)
    usual = getattr(base, entry.name) if type(base) is type(value) else entry.default
    return "" if content == usual else f"{entry.name}={content!r}"
