"""One complete condition of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from visavis.checks import require_no_class
from visavis.describe import Plain, describe
from visavis.design.slug import slugify
from visavis.interfaces import Intervention, Model, Tuning

FACTORS = ("input", "model", "tuning")
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
        InvalidStudy: a factor holds a class, not a value of it.
    """

    name: str
    input: Intervention
    model: Model
    tuning: Tuning
    again: bool = False

    def __post_init__(self) -> None:
        for factor in FACTORS:
            require_no_class(getattr(self, factor), f"arms.{self.name}.{factor}")

    def but(self, name: str, **factors: Any) -> Arm:
        """This arm under another name, with the given factors changed."""
        return replace(self, name=name, **factors)

    @property
    def slug(self) -> str:
        """The arm's name as a folder's name."""
        return slugify(self.name)


def describe_factors(arm: Arm) -> dict[str, Plain]:
    """An arm as plain data, without its name."""
    return {factor: describe(getattr(arm, factor)) for factor in FACTORS}


def differing_factors(first: Mapping[str, Plain], second: Mapping[str, Plain]) -> tuple[str, ...]:
    """The factors in which two described arms of a study differ; all its arms have the same ones."""
    return tuple(factor for factor in first if first[factor] != second[factor])
