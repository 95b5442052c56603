"""Interactions: how far what one factor does depends on another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

import numpy as np

from visavis.conclusions import Judgement, Verdict, Weights
from visavis.design.levels import Levels
from visavis.pairing import Pair

CORNERS = 4


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
        # Which of the contrasts is the first is a matter of order: the sign is no direction.
        verdict = Verdict.depends if judgement.is_decided else judgement.verdict
        fields = vars(judgement) | {"verdict": verdict}
        return cls(**fields, first=first, second=second, factor=factor, across=square.across)


def squares(levels: Levels, arms: Sequence[str]) -> list[Square]:
    """The squares that arms make, as many as say something new, those nearest to the control first.

    Of the nine squares of a 3 x 3 four are enough: the others are sums of them. It doesn't hang on the order of arms.

    Args:
        levels: of the arms.
        arms: names of those that are compared.
    """
    basis, family = Basis(levels), list[Square]()
    planes = list(_planes(levels, arms))
    rooms = [plane.room for plane in planes]
    nearest_first = sorted(corners for index, plane in enumerate(planes) for corners in plane.corners(levels, index))
    for corners in nearest_first:
        if rooms[corners.plane] > 0:  # the others of a large grid needn't be looked at
            square = planes[corners.plane].square(corners)
            if basis.extend(square.weights):
                rooms[corners.plane] -= 1
                family.append(square)
    return family


class Corners(NamedTuple):
    """Where a square lies, in the order in which squares are looked at.

    Attributes:
        distance: in how many factors its four arms differ from the control, together.
        factors: indices of the two.
        context: levels of the others.
        control, treatment: levels of the first factor.
        low, high: levels of the second.
        plane: index of the plane.
    """

    distance: int
    factors: tuple[int, int]
    context: tuple[int, ...]
    control: int
    treatment: int
    low: int
    high: int
    plane: int


@dataclass(frozen=True)
class Plane:
    """Arms that differ in two factors at most.

    Attributes:
        factor, across: the two.
        arms: which have a level of the one and a level of the other.
    """

    factor: str
    across: str
    arms: Mapping[tuple[int, int], str]

    @property
    def room(self) -> int:
        """How many squares of them say something new at most: what an additive model of the two factors leaves free."""
        axes = [np.array(axis) for axis in zip(*self.arms, strict=True)]
        design = np.hstack([np.equal.outer(axis, np.unique(axis)) for axis in axes])
        return len(self.arms) - int(np.linalg.matrix_rank(design))

    def corners(self, levels: Levels, index: int) -> Iterator[Corners]:
        """Yields where each square lies of this plane, which is the one with an index."""
        distances = {cell: levels.distance(arm) for cell, arm in self.arms.items()}
        columns: dict[int, set[int]] = {}
        for level, column in self.arms:
            columns.setdefault(column, set()).add(level)
        context = levels.context(next(iter(self.arms.values())), self.factor, self.across)
        factors = levels.factors.index(self.factor), levels.factors.index(self.across)
        for low, high in combinations(sorted(columns), 2):
            for control, treatment in combinations(sorted(columns[low] & columns[high]), 2):
                cells = ((control, low), (treatment, low), (control, high), (treatment, high))
                distance = sum(distances[cell] for cell in cells)
                yield Corners(distance, factors, context, control, treatment, low, high, index)

    def square(self, corners: Corners) -> Square:
        """The arms that stand there."""
        first, second = (
            Pair(self.arms[corners.treatment, column], self.arms[corners.control, column], (self.factor,))
            for column in (corners.low, corners.high)
        )
        return Square(first, second, self.across)


def _planes(levels: Levels, arms: Sequence[str]) -> Iterator[Plane]:
    """Yields arms that agree in all but two factors, for each two."""
    for factor, across in combinations(levels.factors, 2):
        for row in levels.rows(arms, factor, across).values():
            if len(row) >= CORNERS:
                yield Plane(
                    factor, across, {(levels.level(arm, factor), levels.level(arm, across)): arm for arm in row}
                )


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
