"""Which arms are a pair, and whether their cells are: which fingerprints agree, and which were to differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from visavis.design.arm import differing_slots
from visavis.results import Alone
from visavis.store import CellDocument, StudyDocument


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


def pairs(study: StudyDocument, arms: Sequence[str]) -> Iterator[Pair]:
    """Yields all pairs that differ in exactly one slot, and those that the study asks for. Where it isn't asked which
    is the control, it is the arm that has the study's control's value in the slot.

    Args:
        study: has the arms.
        arms: names of those that are compared, the study's control first.
    """
    base = study.arms[arms[0]]
    asks = {frozenset(ask): ask for ask in study.asks}
    for first, second in combinations(arms, 2):
        slots = differing_slots(study.arms[first], study.arms[second])
        ask = asks.get(frozenset((first, second)))
        if ask is not None and slots:
            yield Pair(*ask, slots)
        elif len(slots) == 1:
            turned = study.arms[second][slots[0]] == base[slots[0]]
            yield Pair(first, second, slots) if turned else Pair(second, first, slots)


def alone(study: StudyDocument) -> Iterator[Alone]:
    """Yields the arms that no contrast is made with, for the way in which the study is made."""
    arms = [study.control, *(arm for arm in study.arms if arm not in (study.control, *study.again))]
    paired = {arm for pair in pairs(study, arms) for arm in (pair.treatment, pair.control)}
    for arm in (arm for arm in arms if arm not in paired and len(arms) > 1):
        slots = {other: differing_slots(study.arms[arm], study.arms[other]) for other in arms if other != arm}
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
"""The fingerprints that follow from each factor; any other that differs means that the comparison isn't controlled."""


def agreement(pairs: Sequence[tuple[CellDocument, CellDocument]]) -> Agreement:
    """Compares the fingerprints of pairs of cells."""
    first, second = pairs[0]
    names = [*first.fingerprints, *(name for name in second.fingerprints if name not in first.fingerprints)]
    same = {
        name: first.fingerprints[name]
        for name in names
        if all(one.fingerprints.get(name) == two.fingerprints.get(name) for one, two in pairs)
    }
    weights = [(one.initial_weights, two.initial_weights) for one, two in pairs]
    common = set(first.initial_weights) & set(second.initial_weights)
    shared = [name for name in common if all(one.get(name) == two.get(name) for one, two in weights)]
    everything = set(first.initial_weights) | set(second.initial_weights)
    differ = [name for name in names if name not in same]
    if len(shared) == len(everything):
        same["initial weights"] = f"{len(shared)} tensors"
    else:
        differ.append("initial weights")
    return Agreement(same, tuple(differ), len(shared), len(common), len(everything))


def unexpected(agreed: Agreement, slots: Sequence[str]) -> tuple[str, ...]:
    """The fingerprints that differ though none of the slots explains it."""
    expected = frozenset().union(*(EXPECTED_TO_DIFFER.get(slot, frozenset()) for slot in slots))
    return tuple(name for name in agreed.differ if name not in expected)
