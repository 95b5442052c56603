"""Which arms are a pair, and whether their cells are: which fingerprints agree, and which were to differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from visavis.numbers import listed
from visavis.study import differing_slots


@dataclass(frozen=True)
class Pair:
    """Two arms that are compared.

    Attributes:
        treatment, control: their names.
        slots: in which they differ; none for the same arm twice.
    """

    treatment: str
    control: str
    slots: tuple[str, ...]


def pairs(
    described: Mapping[str, dict[str, Any]], arms: Sequence[str], asks: Sequence[Sequence[str]] = ()
) -> Iterator[Pair]:
    """Yields all pairs that differ in exactly one slot, and those that are asked for. Where it isn't asked which is the
    control, it is the arm that has the study's control's value in the slot.

    Args:
        described: each arm's slots as plain data.
        arms: those that are compared, the study's control first.
        asks: names of treatment and control.
    """
    base = described[arms[0]]
    asked = {frozenset(ask): ask for ask in asks}
    for first, second in combinations(arms, 2):
        slots = differing_slots(described[first], described[second])
        ask = asked.get(frozenset((first, second)))
        if ask is not None and slots:
            yield Pair(ask[0], ask[1], slots)
        elif len(slots) == 1:
            turned = described[second][slots[0]] == base[slots[0]]
            yield Pair(first, second, slots) if turned else Pair(second, first, slots)


@dataclass(frozen=True)
class Alone:
    """An arm that no contrast is made with.

    Attributes:
        arm: its name.
        nearest: the arm that differs from it in the fewest slots.
        slots: in which.
    """

    arm: str
    nearest: str
    slots: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.arm} stands in no contrast: it differs from {self.nearest}, the nearest arm, in "
            f"{listed(self.slots or ['no slot'])}. Give the two in `asks`, or change one slot only."
        )


def alone(study: Mapping[str, Any]) -> Iterator[Alone]:
    """Yields the arms of a described study that no contrast is made with, for the way in which the study is made."""
    described, control = study["arms"], study["control"]
    arms = [control, *(arm for arm in described if arm != control and not described[arm].get("again"))]
    paired = {arm for pair in pairs(described, arms, study["asks"]) for arm in (pair.treatment, pair.control)}
    for arm in (arm for arm in arms if arm not in paired and len(arms) > 1):
        slots = {other: differing_slots(described[arm], described[other]) for other in arms if other != arm}
        nearest = min(slots, key=lambda other: len(slots[other]))  # of several the first: the control comes before all
        yield Alone(arm, nearest, slots[nearest])


@dataclass(frozen=True)
class Agreement:
    """Which fingerprints two arms share, over all seeds.

    Attributes:
        same: names of the fingerprints that agree in every seed, with one seed's digest.
        differ: names of those that don't.
        shared_weights: tensors of equal name whose initial values agree in every seed.
        common_weights: tensors of equal name.
        all_weights: tensors of either arm.
    """

    same: Mapping[str, str]
    differ: tuple[str, ...]
    shared_weights: int
    common_weights: int
    all_weights: int


EXPECTED_TO_DIFFER = {
    "input": frozenset({"images as seen"}),
    "model": frozenset({"plan", "initial weights"}),
    "tuning": frozenset({"plan"}),
}
"""The fingerprints that follow from each slot; any other that differs means that the comparison isn't controlled."""


def agreement(pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> Agreement:
    """Compares the fingerprints of pairs of cells."""
    first, second = pairs[0]
    names = [*first["fingerprints"], *(name for name in second["fingerprints"] if name not in first["fingerprints"])]
    same = {
        name: first["fingerprints"][name]
        for name in names
        if all(one["fingerprints"].get(name) == two["fingerprints"].get(name) for one, two in pairs)
    }
    weights = [(one["initial weights"], two["initial weights"]) for one, two in pairs]
    common = set(weights[0][0]) & set(weights[0][1])
    shared = [name for name in common if all(one.get(name) == two.get(name) for one, two in weights)]
    everything = set(weights[0][0]) | set(weights[0][1])
    differ = [name for name in names if name not in same]
    if len(shared) == len(everything):
        same["initial weights"] = f"{len(shared)} tensors"
    else:
        differ.append("initial weights")
    return Agreement(same, tuple(differ), len(shared), len(common), len(everything))


def unexpected(found: Agreement, slots: Sequence[str]) -> tuple[str, ...]:
    """The fingerprints that differ though none of the slots explains it."""
    expected = frozenset().union(*(EXPECTED_TO_DIFFER[slot] for slot in slots))
    return tuple(name for name in found.differ if name not in expected)
