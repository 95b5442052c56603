"""How many seeds a study has: a number, or as many as it takes to decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast, overload

from visavis.bounds import MOST_SEEDS
from visavis.checks import excerpt, is_whole, require
from visavis.design.folds import CrossValidation

MOST_UNTIL_DECIDED = 200
"""Seeds that a study may be given to be decided: with more, whatever is left to find is too small to matter."""


@dataclass(frozen=True)
class UntilDecided(Sequence[int]):
    """Seeds one after the other, until the study's contrasts are decided; as a sequence, all that there may be.

    After the first few seeds, and after each one more, the headline is tested at levels that make up for all the looks:
    they spend .05 (n / N) ** 2 by seed n of N.

    Attributes:
        first: seeds before the first look; with fewer the test has no power at the level of a first look.
        most: seeds after which the study ends, decided or not. It can't be changed later.

    Raises:
        InvalidStudy: numbers that can't be.
    """

    first: int = 3
    most: int = 20

    def __post_init__(self) -> None:
        is_first = is_whole(self.first) and self.first >= 2
        require(is_first, "seeds.first", excerpt(self.first), "2 or more: one seed tells nothing of the spread")
        is_most = is_whole(self.most) and self.first <= self.most <= MOST_UNTIL_DECIDED
        expected = f"a whole number from {self.first}, the seeds before the first look, to {MOST_UNTIL_DECIDED:,}"
        require(is_most, "seeds.most", excerpt(self.most), expected)

    def __len__(self) -> int:
        return self.most

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        return range(self.most)[index]


def numbered(seeds: object) -> Sequence[int]:
    """The seeds, whether they were given, or only how many they are.

    Raises:
        InvalidStudy: they can't be seeds.
    """
    if isinstance(seeds, UntilDecided | CrossValidation):
        return seeds
    content = range(int(seeds)) if is_whole(seeds) else seeds
    expected = "how many seeds, a list of whole numbers, visavis.UntilDecided() or visavis.Folds()"
    require(isinstance(content, Iterable) and not isinstance(content, str), "seeds", excerpt(content), expected)
    # One more than a study may have, so that too many are noticed without being counted.
    numbers = tuple(islice(cast("Iterable[Any]", content), MOST_SEEDS + 1))
    require(len(numbers) <= MOST_SEEDS, "seeds", "more", f"at most {MOST_SEEDS:,}")
    count = content.stop if isinstance(content, range) and content.start == 0 else "none"  # how many were asked for
    require(len(numbers) >= 1, "seeds", count, "1 or more")
    require(all(is_whole(seed) for seed in numbers), "seeds", excerpt(numbers), "whole numbers")
    require(len(set(numbers)) == len(numbers), "seeds", excerpt(numbers), "each seed once")
    require(min(numbers) >= 0, "seeds", excerpt(numbers), "0 or more")
    return tuple(map(int, numbers))
