"""Which arms are a pair, and whether their cells are: which fingerprints agree, and which were to differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from visavis.design.arm import differing_factors
from visavis.results import Alone
from visavis.store import CellDocument, StudyDocument


@dataclass(frozen=True)
class Pair:
    """Two arms that are compared.

    Attributes:
        treatment, control: their names.
        factors: in which they differ; none for the same arm twice.
    """

    treatment: str
    control: str
    factors: tuple[str, ...]


def pairs(study: StudyDocument, arms: Sequence[str]) -> Iterator[Pair]:
    """Yields all pairs that differ in exactly one factor, and those that the study asks for. Where it isn't asked which
    is the control, it is the arm that has the study's control's value in the factor.

    Args:
        study: has the arms.
        arms: names of those that are compared, the study's control first.
    """
    base = study.arms[arms[0]]
    asks = {frozenset(ask): ask for ask in study.asks}
    for first, second in combinations(arms, 2):
        factors = differing_factors(study.arms[first], study.arms[second])
        ask = asks.get(frozenset((first, second)))
        if ask is not None and factors:
            yield Pair(*ask, factors)
        elif len(factors) == 1:
            turned = study.arms[second][factors[0]] == base[factors[0]]
            yield Pair(first, second, factors) if turned else Pair(second, first, factors)


def alone(study: StudyDocument) -> Iterator[Alone]:
    """Yields the arms that no contrast is made with, for the way in which the study is made."""
    arms = [study.control, *(arm for arm in study.arms if arm not in (study.control, *study.again))]
    compared_arms = {arm for pair in pairs(study, arms) for arm in (pair.treatment, pair.control)}
    for arm in (arm for arm in arms if arm not in compared_arms and len(arms) > 1):
        factors = {name: differing_factors(study.arms[arm], study.arms[name]) for name in arms if name != arm}
        nearest = min(
            factors, key=lambda name: len(factors[name])
        )  # of several the first: the control comes before all
        yield Alone(arm, nearest, factors[nearest])


EXPECTED_TO_DIFFER = {
    "input": frozenset({"images as seen"}),
    "model": frozenset({"plan", "initial weights"}),
    "tuning": frozenset({"plan"}),
}
"""The fingerprints that follow from each factor; any other that differs means that the comparison isn't controlled."""


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

    def surprises(self, factors: Sequence[str]) -> tuple[str, ...]:
        """The fingerprints that differ though none of the factors explains it."""
        expected = frozenset().union(*(EXPECTED_TO_DIFFER.get(factor, frozenset()) for factor in factors))
        return tuple(name for name in self.differ if name not in expected)


def agreement(pairs: Sequence[tuple[CellDocument, CellDocument]]) -> Agreement:
    """Compares the fingerprints of pairs of cells."""
    fingerprints = [(treatment.fingerprints, control.fingerprints) for treatment, control in pairs]
    weights = [(treatment.initial_weights, control.initial_weights) for treatment, control in pairs]
    treatment, control = pairs[0]  # whose names are those of every seed
    same = {name: digest for name, digest in treatment.fingerprints.items() if _agree(name, fingerprints)}
    differ = [name for name in treatment.fingerprints | control.fingerprints if name not in same]
    all_weights = treatment.initial_weights.keys() | control.initial_weights.keys()
    common_weights = treatment.initial_weights.keys() & control.initial_weights.keys()
    shared_weights = [name for name in common_weights if _agree(name, weights)]
    # Tensors are many: together they are one more fingerprint.
    if len(shared_weights) == len(all_weights):
        same["initial weights"] = f"{len(shared_weights)} tensors"
    else:
        differ.append("initial weights")
    return Agreement(same, tuple(differ), len(shared_weights), len(common_weights), len(all_weights))


def _agree(name: str, pairs: Sequence[tuple[Mapping[str, str], Mapping[str, str]]]) -> bool:
    return all(treatment.get(name) == control.get(name) for treatment, control in pairs)
