"""Which arms of a study are compared: those that differ in exactly one slot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from visavis.comparison.judging import Pair
from visavis.study import differing_slots


@dataclass(frozen=True)
class Square:
    """Four arms that make a 2 x 2.

    Attributes:
        first, second: two contrasts of one slot.
        across: the other slot, in which the two contrasts differ.
    """

    first: Pair
    second: Pair
    across: str


def pairs(described: Mapping[str, Mapping[str, Any]], arms: Sequence[str]) -> Iterator[Pair]:
    """Yields all pairs; in each, the arm that has the study's control's value in the slot is the control.

    Args:
        described: each arm's factors, described.
        arms: those that are compared, the study's control first.
    """
    base = described[arms[0]]
    for first, second in combinations(arms, 2):
        slots = differing_slots(described[first], described[second])
        if len(slots) == 1:
            turned = described[second][slots[0]] == base[slots[0]]
            yield Pair(first, second, slots[0]) if turned else Pair(second, first, slots[0])


def squares(described: Mapping[str, Mapping[str, Any]], found: Sequence[Pair]) -> Iterator[Square]:
    """Yields two contrasts of one slot whose arms differ in one other slot, each set of four arms once."""
    seen: set[frozenset[str]] = set()
    for one, two in combinations(found, 2):
        corners = frozenset((one.treatment, one.control, two.treatment, two.control))
        if one.slot != two.slot or len(corners) < 4 or corners in seen:
            continue
        across = differing_slots(described[one.control], described[two.control])
        same = across == differing_slots(described[one.treatment], described[two.treatment])
        if len(across) == 1 and same and across[0] != one.slot:
            seen.add(corners)
            yield Square(one, two, across[0])
