"""Whether two arms are a pair: which fingerprints of their cells agree, and which were to differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from visavis.store import CellDocument


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


def unexpected(agreed: Agreement, slot: str) -> tuple[str, ...]:
    """The fingerprints that differ though the slot doesn't explain it."""
    return tuple(name for name in agreed.differ if name not in EXPECTED_TO_DIFFER.get(slot, frozenset()))
