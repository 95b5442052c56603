"""An arm at its best: of several candidates the one that does best on images held out of its training part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from visavis.checks import excerpt, is_number, is_whole, require
from visavis.describe import Plain, canonical
from visavis.design.arm import Arm, HeldOut, describe_factors
from visavis.design.slug import slugify
from visavis.errors import InvalidStudy

MOST_CANDIDATES = 1_000
HELD_OUT = 0.1
"""Share of the training images that is held out where nothing is said."""
ONCE = 0
"""The seed under which candidates are trained that are chosen from once; their streams are apart from all cells'."""
COMMON = ("epochs", "training")
"""Factors in which the candidates of an arm agree: they have the same budget, and are judged by the same images."""
ONE_OF = "OneOf"
"""The type of a factor's description that has the values of all candidates."""


@dataclass(frozen=True)
class Round:
    """Candidates that are compared with each other.

    Attributes:
        epochs: that each of them is trained for.
        candidates: how many they are.
    """

    epochs: int
    candidates: int


@dataclass(frozen=True)
class BestOf:
    """An arm that is the best of several candidates.

    In every seed each candidate is trained on the training images less a part that is held out, by class and by group
    where there are groups; the data set's own validation part is held out where there is one. The candidate that is
    best there, by the study's headline and of equals by the log-loss, is trained again on all training images and
    tested. No test image has a say. All tuned arms of a study have equal budgets.

    Attributes:
        name: what tables call it.
        candidates: two or more arms, of the same epochs and training set; their own names count for nothing.
        validation: share of the training images that is held out, in (0, .5]; to the nearest 1 / k.
        chosen_once: whether one choice, made under a seed of its own, holds for all seeds. The interval is then that of
            one tuned recipe; by default the noise of choosing is in it.
        halving: successive halving: a first round trains all candidates for few epochs, and one in so many goes on to
            a round of so many times as many epochs, until one is left. None trains all for all epochs.
        again: see ``Arm``.

    Raises:
        InvalidStudy: candidates that can't be compared, or numbers that can't be.
    """

    name: str
    candidates: Sequence[Arm]
    validation: float = HELD_OUT
    chosen_once: bool = False
    halving: int | None = None
    again: bool = False

    def __post_init__(self) -> None:
        path = f"arms.{self.name}"
        is_list = isinstance(self.candidates, Iterable) and not isinstance(self.candidates, str)
        require(is_list, f"{path}.candidates", excerpt(self.candidates), "a list of arms")
        object.__setattr__(self, "candidates", tuple(self.candidates))
        for candidate in self.candidates:
            require(isinstance(candidate, Arm), f"{path}.candidates", excerpt(candidate), "values of visavis.Arm")
        is_few = 2 <= len(self.candidates) <= MOST_CANDIDATES
        expected = f"2 to {MOST_CANDIDATES:,}: of one there is nothing to choose"
        require(is_few, f"{path}.candidates", f"{len(self.candidates):,}", expected)
        is_share = is_number(self.validation) and 0 < self.validation <= 0.5
        require(is_share, f"{path}.validation", excerpt(self.validation), "a share of the images, 0 < share <= .5")
        self._require_comparable(path)
        self._require_halving(path)

    def _require_comparable(self, path: str) -> None:
        descriptions = [describe_factors(candidate) for candidate in self.candidates]
        for factor in COMMON:
            is_same = all(row[factor] == descriptions[0][factor] for row in descriptions)
            require(is_same, f"{path}.candidates", f"candidates that differ in {factor}", f"the same {factor} in all")
        numbers: dict[str, int] = {}
        for number, row in enumerate(descriptions, 1):
            same = numbers.setdefault(canonical(row), number)
            require(same == number, f"{path}.candidates", f"{same} and {number} are the same", "each candidate once")

    def _require_halving(self, path: str) -> None:
        if self.halving is None:
            return
        most = len(self.candidates)
        require(is_whole(self.halving, 2, most), f"{path}.halving", excerpt(self.halving), f"2 to {most}, or None")
        epochs = [stage.epochs for stage in self.rounds]
        if len(set(epochs)) < len(epochs):
            raise InvalidStudy(
                f"{path}.halving leaves rounds of equally many epochs",
                got=f"{self.epochs} epochs, in rounds of {', '.join(map(str, epochs))}",
                expected=f"{self.halving ** len(epochs)} epochs or more",
                do="train for more epochs, or take fewer candidates",
            )
        self.trial(0)  # whose schedule may be longer than the epochs of a round

    @property
    def epochs(self) -> int:
        """Of the final training, and of a candidate's without halving."""
        return int(self.candidates[0].epochs)

    @property
    def slug(self) -> str:
        """The arm's name as a folder's name."""
        return slugify(self.name)

    @property
    def parts(self) -> int:
        """Into how many parts the training images are dealt, of which one is held out."""
        return round(1 / self.validation)

    @cached_property
    def rounds(self) -> tuple[Round, ...]:
        """One, or those of halving: the last one of fewer epochs than the final training, since one is left then."""
        if self.halving is None:
            return (Round(self.epochs, len(self.candidates)),)
        counts = [len(self.candidates)]
        while -(-counts[-1] // self.halving) > 1:
            counts.append(-(-counts[-1] // self.halving))
        shares = [self.halving ** (len(counts) - number) for number in range(len(counts))]
        return tuple(
            Round(max(1, round(self.epochs / share)), count) for share, count in zip(shares, counts, strict=True)
        )

    def trial(self, number: int, of_round: int = 0) -> Arm:
        """A candidate as it is trained in a round, less what is held out.

        Args:
            number: of the candidate, from 0 on.
            of_round: the same of the round.
        """
        return self._trials[of_round][number]

    @cached_property
    def _trials(self) -> tuple[tuple[Arm, ...], ...]:
        """Every candidate in every round, made once: each seed has them."""
        return tuple(
            tuple(self._trial(number, of_round) for number in range(len(self.candidates)))
            for of_round in range(len(self.rounds))
        )

    def _trial(self, number: int, of_round: int) -> Arm:
        return replace(
            self.candidates[number],
            name=trial_name(self.name, number, of_round),
            epochs=self.rounds[of_round].epochs,
            again=self.again,
            held_out=HeldOut(self.parts, self.chosen_once),
        )

    def final(self, number: int) -> Arm:
        """A candidate as it is trained in the end, on all training images."""
        return replace(self.candidates[number], name=self.name, again=self.again)

    def trial_seed(self, seed: int) -> int:
        """The seed under which the candidates of a seed are trained."""
        return ONCE if self.chosen_once else seed

    def trials(self) -> Iterator[Arm]:
        """Yields every candidate in every round in which it might be trained."""
        for trials in self._trials:
            yield from trials

    def cells(self, seeds: Sequence[int]) -> Iterator[tuple[Arm, int]]:
        """Yields as many cells as the arm takes; which candidates a later round has, only the earlier one tells."""
        for seed in dict.fromkeys(map(self.trial_seed, seeds)):
            for stage, trials in zip(self.rounds, self._trials, strict=True):
                yield from ((trial, seed) for trial in trials[: stage.candidates])
        final = self.final(0)
        yield from ((final, seed) for seed in seeds)

    def factors(self) -> dict[str, Plain]:
        """The factors: what all candidates have, or the values of all of them."""
        rows = [describe_factors(candidate) for candidate in self.candidates]
        return {factor: _values([row[factor] for row in rows]) for factor in rows[0]}

    def budget(self) -> dict[str, Plain]:
        """What is spent on choosing, described."""
        return {
            "type": type(self).__name__,
            "candidates": len(self.candidates),
            "validation": self.validation,
            "chosen_once": self.chosen_once,
            "halving": self.halving,
        }


NO_BUDGET: dict[str, Plain] = {"type": "Untuned"}
"""The budget of an arm of which nothing is chosen."""


def trial_name(arm: str, number: int, of_round: int = 0) -> str:
    """What the cells of a candidate are called, ``SGD, candidate 3``; from the second round on with its number."""
    return f"{arm}, candidate {number + 1}" + (f", round {of_round + 1}" if of_round else "")


def _values(values: Sequence[Plain]) -> Plain:
    """A value that all have, or all values, each once."""
    distinct = {canonical(value): value for value in values}
    return values[0] if len(distinct) == 1 else {"type": ONE_OF, "of": list(distinct.values())}


def is_one_of(value: Any) -> bool:
    """Whether a described factor has the values of several candidates."""
    return isinstance(value, dict) and value.get("type") == ONE_OF
