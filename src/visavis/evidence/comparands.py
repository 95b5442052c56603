"""Contrasts that make a 2 x 2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from visavis.design.arm import differing_slots
from visavis.pairing import Pair


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


def squares(described: Mapping[str, Mapping[str, Any]], contrasted: Sequence[Pair]) -> Iterator[Square]:
    """Yields two contrasts of the same one slot whose arms differ in one other slot, each set of four arms once."""
    seen: set[frozenset[str]] = set()
    for one, two in combinations(contrasted, 2):
        corners = frozenset((one.treatment, one.control, two.treatment, two.control))
        if len(one.slots) != 1 or one.slots != two.slots or len(corners) < 4 or corners in seen:
            continue
        across = differing_slots(described[one.control], described[two.control])
        same = across == differing_slots(described[one.treatment], described[two.treatment])
        if len(across) == 1 and same and across != one.slots:
            seen.add(corners)
            yield Square(one, two, across[0])
