"""Which arms are a pair, and whether their cells are: which fingerprints agree, and which were to differ."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from visavis.conclusions import Alone, Weights
from visavis.design.levels import Levels
from visavis.results import EpochRow
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

    @property
    def weights(self) -> Weights:
        """The one less the other."""
        return Weights({self.treatment: 1.0, self.control: -1.0})

    @property
    def turned(self) -> Pair:
        """The same two, the other way round."""
        return Pair(self.control, self.treatment, self.factors)


def compared_arms(study: StudyDocument) -> list[str]:
    """The names of all arms but those that are trained again (A/A), the control first."""
    return [study.control, *(arm for arm in study.arms if arm not in (study.control, *study.again))]


def levels_of(study: StudyDocument) -> Levels:
    """Where the study's arms stand among each other."""
    return Levels.of(study.arms, study.control)


def pairs(study: StudyDocument) -> Iterator[Pair]:
    """Yields each arm with the arm nearest to the control, and the pairs that the study asks for or is about.

    Tuned arms are compared with each other, and so are those that aren't tuned; of those that the control isn't among,
    the first one is the control.
    """
    levels = levels_of(study)
    asks = {frozenset(ask): ask for ask in (*study.asks, *study.primary)}
    for arms in _equally_tuned(study):
        near = Levels.of({arm: study.arms[arm] for arm in arms}, arms[0])
        for pair in nearest_pairs(near, arms):
            treatment, control = asks.pop(frozenset((pair.treatment, pair.control)), (pair.treatment, pair.control))
            yield Pair(treatment, control, pair.factors)
    for treatment, control in asks.values():
        yield Pair(treatment, control, levels.between(treatment, control))


def _equally_tuned(study: StudyDocument) -> list[list[str]]:
    """The compared arms, tuned ones and others apart, those with the control first."""
    groups: dict[bool, list[str]] = {}
    for arm in compared_arms(study):
        groups.setdefault(arm in study.tuned, []).append(arm)
    return list(groups.values())


def nearest_pairs(levels: Levels, arms: Sequence[str]) -> Iterator[Pair]:
    """Yields the pairs of ``Levels.nearest``."""
    for treatment, control in levels.nearest(arms):
        yield Pair(treatment, control, levels.between(treatment, control))


def alone(study: StudyDocument) -> Iterator[Alone]:
    """Yields the arms that no contrast is made with, for the way in which the study is made."""
    arms, levels = compared_arms(study), levels_of(study)
    with_contrast = {arm for pair in pairs(study) for arm in (pair.treatment, pair.control)}
    for arm in (arm for arm in arms if arm not in with_contrast and len(arms) > 1):
        # Of several the one with the control's levels: it doesn't hang on the order in which arms are declared.
        factors = {name: levels.between(arm, name) for name in levels.in_order(arms) if name != arm}
        nearest = min(factors, key=lambda name: len(factors[name]))
        yield Alone(arm, nearest, factors[nearest])


MAKERS: Mapping[str, frozenset[str]] = {
    "test images": frozenset(),
    "test labels": frozenset(),
    "train images": frozenset(),
    "train labels": frozenset(),
    "classes": frozenset(),
    "training rows": frozenset({"training", "selection"}),
    "images as seen": frozenset({"training", "input", "selection"}),
    "initial weights": frozenset({"model"}),
    "plan": frozenset({"model", "tuning"}),
    "batch order": frozenset({"training", "epochs", "selection"}),
    "augmentation": frozenset({"training", "augmentation", "epochs", "selection"}),
}
"""The factors that each fingerprint is made from; one that isn't listed is made from none. It may differ where one of
them does; anything else that differs means that the comparison isn't controlled."""
ORDER, AUGMENTATION = "batch order", "augmentation"


@dataclass(frozen=True)
class SharedEpochs:
    """What arms have in common that train for different numbers of epochs.

    Attributes:
        order: epochs, from the first on, that take the images in the same order in every seed.
        augmentation: epochs, from the first on, that augment them alike.
        shorter, longer: epochs of the two arms.
    """

    order: int
    augmentation: int
    shorter: int
    longer: int


@dataclass(frozen=True)
class Agreement:
    """Which fingerprints two arms share, over all seeds.

    Attributes:
        same: names of the fingerprints that agree in every seed, with one seed's digest.
        differ: names of those that don't.
        shared_weights: tensors of equal name whose initial values agree in every seed.
        common_weights: tensors of equal name.
        all_weights: tensors of either arm.
        epochs: what arms of different numbers of epochs have in common; None for others.
        chosen: factors of which a tuned arm may have another value in each seed; they explain what differs, too.
    """

    same: Mapping[str, str]
    differ: tuple[str, ...]
    shared_weights: int
    common_weights: int
    all_weights: int
    epochs: SharedEpochs | None = None
    chosen: tuple[str, ...] = ()

    def surprises(self, factors: Collection[str]) -> tuple[str, ...]:
        """The fingerprints that differ though none of the factors explains it."""
        return tuple(name for name in self.differ if not self._explain(name, factors))

    def _explain(self, name: str, factors: Collection[str]) -> bool:
        makers = MAKERS.get(name, frozenset()).intersection((*factors, *self.chosen))
        # More epochs go on where fewer end: they explain nothing else before.
        if makers == {"epochs"} and self.epochs:
            common = {ORDER: self.epochs.order, AUGMENTATION: self.epochs.augmentation}
            return common[name] == self.epochs.shorter
        return bool(makers)

    def unmoved_by(self, factor: str) -> tuple[str, ...]:
        """The fingerprints that are made from a factor, where all of them agree in every seed; else none."""
        names = [name for name, makers in MAKERS.items() if factor in makers and name in {*self.same, *self.differ}]
        return tuple(names) if all(name in self.same for name in names) else ()


def agreement(cells: Sequence[tuple[CellDocument, CellDocument]], chosen: tuple[str, ...] = ()) -> Agreement:
    """Compares the fingerprints of pairs of cells.

    Args:
        cells: of two arms, seed by seed.
        chosen: see ``Agreement``.
    """
    fingerprints = [(treatment.fingerprints, control.fingerprints) for treatment, control in cells]
    weights = [(treatment.initial_weights, control.initial_weights) for treatment, control in cells]
    treatment, control = cells[0]  # whose names are those of every seed
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
    counts = len(shared_weights), len(common_weights), len(all_weights)
    return Agreement(same, tuple(differ), *counts, chosen=chosen)


def with_epochs(agreement: Agreement, histories: Sequence[tuple[Sequence[EpochRow], Sequence[EpochRow]]]) -> Agreement:
    """The agreement of arms that train for different numbers of epochs, with what these have in common.

    Args:
        agreement: of two arms.
        histories: of the treatment and of the control, seed by seed.
    """
    shorter, longer = sorted(len(history) for history in histories[0])
    orders = [[[row.order for row in history] for history in pair] for pair in histories]
    draws = [[[row.augmentation for row in history] for history in pair] for pair in histories]
    order, augmentation = (min(_prefix(*digests) for digests in pairs) for pairs in (orders, draws))
    return replace(agreement, epochs=SharedEpochs(order, augmentation, shorter, longer))


def _prefix(first: Sequence[str], second: Sequence[str]) -> int:
    """How many items two lists have in common before they part ways."""
    agree = [one_item == other_item for one_item, other_item in zip(first, second, strict=False)]
    return (*agree, False).index(False)


def _agree(name: str, pairs: Sequence[tuple[Mapping[str, str], Mapping[str, str]]]) -> bool:
    return all(treatment.get(name) == control.get(name) for treatment, control in pairs)
