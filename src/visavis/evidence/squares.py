"""Interactions: how far what one factor does depends on another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from visavis.design.levels import Levels
from visavis.pairing import Pair
from visavis.results import Judgement, Weights


@dataclass(frozen=True)
class Square:
    """Four arms that make a 2 x 2.

    Attributes:
        first, second: two contrasts of one factor.
        across: the other factor, in which the two contrasts differ.
    """

    first: Pair
    second: Pair
    across: str

    @property
    def weights(self) -> Weights:
        """The first contrast less the second."""
        second = {arm: -weight for arm, weight in self.second.weights.by_arm.items()}
        return Weights({**self.first.weights.by_arm, **second})


@dataclass(frozen=True, repr=False)
class Interaction(Judgement):
    """How far a contrast depends on another factor: the difference of two differences.

    Attributes:
        first, second: (treatment, control) of the contrasts; the value is the first minus the second.
        factor: in which treatment and control differ.
        across: the factor in which the two contrasts differ.
    """

    first: tuple[str, str]
    second: tuple[str, str]
    factor: str
    across: str

    @classmethod
    def of(cls, square: Square, judgement: Judgement) -> Interaction:
        """What is known of four arms."""
        first, second = ((pair.treatment, pair.control) for pair in (square.first, square.second))
        (factor,) = square.first.factors
        return cls(**vars(judgement), first=first, second=second, factor=factor, across=square.across)


def squares(levels: Levels, arms: Sequence[str]) -> list[Square]:
    """The squares that arms make, as many as say something new, those nearest to the control first.

    Of the nine squares of a 3 x 3 four are enough: the others are sums of them. It doesn't hang on the order of arms.

    Args:
        levels: of the arms.
        arms: names of those that are compared.
    """
    basis = Basis(levels)
    nearest_first = sorted(_all_squares(levels, arms), key=lambda square: _order(levels, square))
    return [square for square in nearest_first if basis.extend(square.weights)]


def _all_squares(levels: Levels, arms: Sequence[str]) -> Iterator[Square]:
    """Yields every four arms that have two levels of two factors, and agree in the rest."""
    for factor, across in combinations(levels.factors, 2):
        for row in levels.rows(arms, factor, across).values():
            yield from _squares_of(levels, row, factor, across)


def _squares_of(levels: Levels, row: Sequence[str], factor: str, across: str) -> Iterator[Square]:
    corners = {(levels.level(arm, factor), levels.level(arm, across)): arm for arm in row}
    columns: dict[int, dict[int, str]] = {}
    for (level, column), arm in corners.items():
        columns.setdefault(column, {})[level] = arm
    for low, high in combinations(sorted(columns), 2):
        common_levels = sorted(columns[low].keys() & columns[high].keys())
        for control, treatment in combinations(common_levels, 2):
            first, second = (Pair(columns[side][treatment], columns[side][control], (factor,)) for side in (low, high))
            yield Square(first, second, across)


def _order(levels: Levels, square: Square) -> tuple[object, ...]:
    """How many levels aren't the control's, then the levels themselves."""
    arms = (square.first.control, square.first.treatment, square.second.control, square.second.treatment)
    factors = (square.first.factors[0], square.across)
    indices = tuple(map(levels.factors.index, factors))
    return sum(map(levels.distance, arms)), indices, tuple(levels.by_arm[arm] for arm in arms)


class Basis:
    """Sums of arms of which none follows from the others."""

    def __init__(self, levels: Levels) -> None:
        """Args: levels: of the arms."""
        # The farthest arm of a sum stands in the fewest others: eliminated by it, a sum stays short.
        self._order = {arm: index for index, arm in enumerate(levels.in_order(levels.by_arm))}
        self._sums: dict[str, Mapping[str, Fraction]] = {}

    def extend(self, weights: Weights) -> bool:
        """Takes a sum in, unless it follows from those that are there; says whether it didn't."""
        rest = {arm: Fraction(weight) for arm, weight in weights.by_arm.items()}
        while rest:
            pivot = max(rest, key=self._order.__getitem__)
            if pivot not in self._sums:
                self._sums[pivot] = {arm: weight / rest[pivot] for arm, weight in rest.items()}
                return True
            share = rest[pivot]
            for arm, weight in self._sums[pivot].items():
                rest[arm] = rest.get(arm, Fraction(0)) - share * weight
            rest = {arm: weight for arm, weight in rest.items() if weight}
        return False
