"""Contrasts that make a 2 x 2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from visavis.design.arm import differing_factors
from visavis.pairing import Pair


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


def squares(arms: Mapping[str, Mapping[str, Any]], pairs: Sequence[Pair]) -> Iterator[Square]:
    """Yields two contrasts of the same one factor whose arms differ in one other factor, each set of four arms once."""
    corner_sets: set[frozenset[str]] = set()  # a square has two pairs of sides, of which the first is taken
    for first, second in combinations(pairs, 2):
        corners = frozenset((first.treatment, first.control, second.treatment, second.control))
        if len(first.factors) != 1 or first.factors != second.factors or len(corners) < 4 or corners in corner_sets:
            continue
        across = differing_factors(arms[first.control], arms[second.control])
        same = across == differing_factors(arms[first.treatment], arms[second.treatment])
        if len(across) == 1 and same and across != first.factors:
            corner_sets.add(corners)
            yield Square(first, second, across[0])
