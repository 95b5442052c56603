"""The whole design as one frozen value: arms that differ in a slot, trained by one recipe over the same seeds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from visavis.describe import Plain, canonical, describe
from visavis.errors import InvalidStudy
from visavis.interfaces import Dataset, Intervention, Model, Tuning
from visavis.numbers import listed
from visavis.recipe import Recipe, require

LONGEST_SLUG = 80
MOST_SEEDS = 10_000
SLOTS = ("input", "model", "tuning")
"""The fields of an arm in which arms may differ."""


@dataclass(frozen=True)
class Arm:
    """One complete condition.

    Attributes:
        name: what tables call it.
        input: the intervention on the images.
        model: the network.
        tuning: what of the network is trained, and how fast.
        again: whether its cells draw from streams of their own: the same arm once more, to see how often a difference
            is found where there is none (A/A).
    """

    name: str
    input: Intervention
    model: Model
    tuning: Tuning
    again: bool = False

    def but(self, name: str, **slots: Any) -> Arm:
        """This arm under another name, with the given slots changed."""
        return replace(self, name=name, **slots)

    @property
    def slug(self) -> str:
        """The arm's name as a folder's name."""
        return slugify(self.name)


def slugify(name: str) -> str:
    """Lower-case letters, digits and hyphens, cut to what file systems take."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST_SLUG]


@dataclass(frozen=True)
class Study:
    """A controlled comparison.

    Attributes:
        name: names the run folder.
        question: what the study asks, as a sentence for the report's head.
        data: where the images come from.
        recipe: what is held equal in training.
        control: the arm that the others are compared with.
        arms: the other arms.
        seeds: one replication each; seed k is the same initialisation, batch order and draws in every arm.
        margin: accuracies that differ by less than this fraction count as equivalent.
        brands: remarks that every output of the study carries, such as "quick".
        asks: pairs of arms, treatment and control, that are contrasted though they differ in two slots or more; arms
            that differ in one are contrasted anyway.

    Raises:
        InvalidStudy: no seeds, no arms, names that clash, arms that are the same experiment, a margin outside (0, 1),
            or asks for pairs that are none.
    """

    name: str
    question: str
    data: Dataset
    recipe: Recipe
    control: Arm
    arms: Sequence[Arm]
    seeds: Sequence[int]
    margin: float = 0.01
    brands: Sequence[str] = ()
    asks: Sequence[tuple[Arm, Arm]] = ()

    def __post_init__(self) -> None:
        require(len(self.seeds) <= MOST_SEEDS, "seeds", len(self.seeds), f"at most {MOST_SEEDS:,}")
        for field in ("arms", "seeds", "brands", "asks"):
            object.__setattr__(self, field, tuple(getattr(self, field)))
        require(bool(slugify(self.name)), "name", repr(self.name), "a name with a letter or a digit")
        require(len(self.seeds) >= 1, "seeds", "none", "1 or more")
        require(all(type(seed) is int for seed in self.seeds), "seeds", list(self.seeds), "whole numbers")
        require(len(set(self.seeds)) == len(self.seeds), "seeds", list(self.seeds), "each seed once")
        require(min(self.seeds) >= 0, "seeds", list(self.seeds), "0 or more")
        require(len(self.arms) >= 1, "arms", "none", "at least one arm beside the control")
        require(not self.control.again, "control", "an arm that is trained again", "the arm itself")
        require(0 < self.margin < 1, "margin", self.margin, "a fraction between 0 and 1")
        self._require_parts()
        self._require_distinct_arms()
        self._require_distinct_experiments()
        self._require_asks()

    def _require_parts(self) -> None:
        """A mistaken field is found when the study is made, not after an hour of training."""
        require(hasattr(self.data, "load"), "data", repr(self.data), "a data set, such as visavis.datasets.Glyphs()")
        require(isinstance(self.recipe, Recipe), "recipe", repr(self.recipe), "a visavis.Recipe")
        for arm in self.all_arms:
            require(isinstance(arm, Arm), "arms", repr(arm), "values of visavis.Arm")
            for slot, method in (("input", "draw"), ("model", "build"), ("tuning", "plan")):
                value = getattr(arm, slot)
                path = f"arms.{arm.name}.{slot}"
                require(hasattr(value, method), path, repr(value), f"a value with the method {method}")

    def _require_distinct_arms(self) -> None:
        seen: dict[str, str] = {}
        for arm in self.all_arms:
            require(bool(arm.slug), "arms", repr(arm.name), "a name with a letter or a digit")
            if arm.slug in seen:
                raise InvalidStudy(
                    "two arms share a name",
                    got=f"{seen[arm.slug]!r} and {arm.name!r}",
                    expected="names that differ in a letter or a digit",
                )
            seen[arm.slug] = arm.name

    def _require_distinct_experiments(self) -> None:
        seen: dict[str, str] = {}
        for arm in self.all_arms:
            slots = canonical([describe_slots(arm), arm.again])
            if slots in seen:
                raise InvalidStudy(
                    "two arms are the same experiment",
                    got=f"{seen[slots]!r} and {arm.name!r}, equal in {listed(SLOTS)}",
                    expected="arms that differ in a slot",
                    do="change a slot, or leave one out; to train the control once more, use --aa or with_aa()",
                )
            seen[slots] = arm.name

    def _require_asks(self) -> None:
        seen: set[frozenset[str]] = set()
        for ask in self.asks:
            arms = tuple(ask) if isinstance(ask, tuple | list) else ()
            known = len(arms) == 2 and all(arm in self.all_arms and not arm.again for arm in arms)
            require(known, "asks", _ask_text(ask), "pairs of the study's own arms: (treatment, control)")
            slots = differing_slots(*map(describe_slots, arms))
            expected = "arms that differ in two slots or more; those that differ in one are contrasted anyway"
            require(len(slots) > 1, "asks", f"{_ask_text(ask)}, which differ in {len(slots)} slots", expected)
            names = frozenset(arm.name for arm in arms)
            require(names not in seen, "asks", f"{_ask_text(ask)} twice", "each pair once")
            seen.add(names)

    def with_aa(self) -> Study:
        """The study with an A/A arm: the control once more, under streams of its own."""
        return replace(self, arms=(*self.arms, self.control.but("A/A", again=True)))

    @property
    def all_arms(self) -> tuple[Arm, ...]:
        """The control, then the other arms."""
        return (self.control, *self.arms)

    def describe(self) -> dict[str, Plain]:
        """The study as plain data: what ``study.json`` holds."""
        return {
            "name": self.name,
            "question": self.question,
            "brands": list(self.brands),
            "data": describe(self.data),
            "recipe": describe(self.recipe),
            "control": self.control.name,
            "arms": {
                arm.name: {**describe_slots(arm), **({"again": True} if arm.again else {})} for arm in self.all_arms
            },
            "seeds": list(self.seeds),
            "margin": self.margin,
            "asks": [[treatment.name, control.name] for treatment, control in self.asks],
        }


def _ask_text(ask: object) -> str:
    """A pair by the names of its arms, and whatever else as it is."""
    if isinstance(ask, tuple | list):
        return f"({', '.join(repr(arm.name) if isinstance(arm, Arm) else repr(arm) for arm in ask)})"
    return repr(ask)


def describe_slots(arm: Arm) -> dict[str, Plain]:
    """An arm as plain data, without its name."""
    return {slot: describe(getattr(arm, slot)) for slot in SLOTS}


def differing_slots(first: dict[str, Plain], second: dict[str, Plain]) -> tuple[str, ...]:
    """The slots in which two described arms differ."""
    return tuple(slot for slot in SLOTS if first[slot] != second[slot])
