"""One complete condition of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from visavis.checks import require_no_class
from visavis.describe import Plain, describe
from visavis.design.slug import slugify
from visavis.interfaces import Intervention, Model, Tuning

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

    Raises:
        InvalidStudy: a slot holds a class, not a value of it.
    """

    name: str
    input: Intervention
    model: Model
    tuning: Tuning
    again: bool = False

    def __post_init__(self) -> None:
        for slot in SLOTS:
            require_no_class(getattr(self, slot), f"arms.{self.name}.{slot}")

    def but(self, name: str, **slots: Any) -> Arm:
        """This arm under another name, with the given slots changed."""
        return replace(self, name=name, **slots)

    @property
    def slug(self) -> str:
        """The arm's name as a folder's name."""
        return slugify(self.name)


def describe_slots(arm: Arm) -> dict[str, Plain]:
    """An arm as plain data, without its name."""
    return {slot: describe(getattr(arm, slot)) for slot in SLOTS}


def differing_slots(first: Mapping[str, Plain], second: Mapping[str, Plain]) -> tuple[str, ...]:
    """The slots in which two described arms of a study differ; all its arms have the same ones."""
    return tuple(slot for slot in first if first[slot] != second[slot])
