"""How tuned arms were chosen: what every candidate was worth on the images held out, seed by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from visavis.design.levels import is_number, unequal_leaves
from visavis.stats import Metric
from visavis.store import ChoiceDocument, TunedDocument

if TYPE_CHECKING:
    from visavis.evidence.comparison import Comparison


TIE = 1e-9
"""Of expected best values, what is rounding."""


@dataclass(frozen=True)
class TunedArm:
    """How a tuned arm was chosen.

    Attributes:
        name: of the arm.
        document: its candidates and their rounds.
        choices: what was chosen, by seed; where one choice holds for all seeds, by one of them.
        metric: the headline, by which candidates are compared.
        path: of the number that candidates differ in, such as ``optimizer.lr``; empty where they differ in more.
        doses: that number of each candidate; empty as above.
        epochs: of the final training.
    """

    name: str
    document: TunedDocument
    choices: Mapping[int, ChoiceDocument]
    metric: Metric
    path: str
    doses: tuple[float, ...]
    epochs: int

    @property
    def names(self) -> tuple[str, ...]:
        """Of the candidates."""
        return tuple(candidate.name for candidate in self.document.candidates)

    @cached_property
    def scores(self) -> np.ndarray:
        """float64 [choices, candidates]: the headline on the images held out, in the last round that a candidate was
        in; NaN where it failed.
        """
        rows = []
        for choice in self.choices.values():
            row = np.full(len(self.names), np.nan)
            for scores in choice.scores:
                places = [number for number, score in enumerate(scores) if score is not None]
                row[places] = [scores[number] for number in places]
            rows.append(row)
        return np.array(rows)

    @property
    def numbers(self) -> dict[int, int]:
        """The number of the candidate that was chosen, from 0 on, by seed."""
        return {seed: choice.candidate for seed, choice in self.choices.items()}

    @property
    def failures(self) -> dict[str, int]:
        """Candidates that failed, by name, with the number of choices in which they did."""
        counts = np.isnan(self.scores).sum(0)
        return {name: int(count) for name, count in zip(self.names, counts, strict=True) if count}

    @property
    def on_border(self) -> int:
        """In how many choices the lowest or the highest of the numbers was chosen."""
        ends = {min(self.doses), max(self.doses)} if self.doses else set()
        return sum(self.doses[candidate] in ends for candidate in self.numbers.values() if self.doses)

    @property
    def epochs_spent(self) -> int:
        """Epochs that one choice takes, those of all candidates together."""
        return sum(stage.epochs * stage.candidates for stage in self.document.rounds)

    @property
    def parts(self) -> int:
        """Into how many parts the training images are dealt, of which candidates are judged by one."""
        return round(1 / self.document.validation)

    @cached_property
    def expected_best(self) -> tuple[float, ...]:
        """The best value on the images held out that is to be expected of 1, 2, ... candidates drawn at random, the
        mean over choices: of values v_1 <= ... <= v_N, P(best of n <= v_i) = (i / N)^n (Dodge et al. 2019,
        https://arxiv.org/abs/1909.03004). A candidate that failed is the worst.
        """
        sign = 1.0 if self.metric.higher_is_better else -1.0
        count = len(self.names)
        worst = np.nanmin(sign * self.scores, axis=1, keepdims=True)
        values = np.sort(np.where(np.isnan(self.scores), worst, sign * self.scores), axis=1)
        shares = np.arange(count + 1) / count
        best = [float((np.diff(shares**draws) * values).sum(1).mean()) for draws in range(1, count + 1)]
        return tuple(sign * value for value in best)


@dataclass(frozen=True)
class CrossingPoint:
    """Two tuned arms of which each is ahead with some number of candidates.

    Attributes:
        first, second: names; the first is ahead with few candidates.
        draws: from so many candidates on the second one is.
    """

    first: str
    second: str
    draws: int


def tuned_arms(comparison: Comparison) -> tuple[TunedArm, ...]:
    """How each tuned arm was chosen, in the seeds that are compared."""
    return tuple(_tuned_arm(comparison, arm) for arm in comparison.compared_arms if arm in comparison.study.tuned)


def crossings(arms: Sequence[TunedArm]) -> tuple[CrossingPoint, ...]:
    """Where the arms' expected best values cross: the answer then hangs on how many candidates are tried."""
    rows = []
    for number, first in enumerate(arms):
        for second in arms[number + 1 :]:
            sign = 1.0 if first.metric.higher_is_better else -1.0
            gaps = sign * (np.array(first.expected_best) - np.array(second.expected_best))
            apart = np.flatnonzero(np.abs(gaps) > TIE)  # with other numbers of candidates they are equal
            ahead = gaps[apart] > 0
            changes = np.flatnonzero(ahead[1:] != ahead[:-1])
            if len(changes):
                pair = (first, second) if ahead[changes[-1]] else (second, first)
                rows.append(CrossingPoint(pair[0].name, pair[1].name, int(apart[changes[-1] + 1]) + 1))
    return tuple(rows)


def _tuned_arm(comparison: Comparison, arm: str) -> TunedArm:
    document = comparison.study.tuned[arm]
    seeds = comparison.seeds[:1] if document.chosen_once else comparison.seeds
    choices = {seed: comparison.folder.cell(arm, seed).read_choice() for seed in seeds}
    path, doses = _number_of(document)
    return TunedArm(arm, document, choices, comparison.headline, path, doses, comparison.study.epochs(arm))


def _number_of(document: TunedDocument) -> tuple[str, tuple[float, ...]]:
    """The path of the one number that candidates differ in, and what it is in each; nothing where there isn't one."""
    columns: dict[tuple[str, ...], list[Any]] = {**unequal_leaves(entry.factors for entry in document.candidates)}
    if len(columns) != 1:
        return "", ()
    [(path, numbers)] = columns.items()
    return (".".join(path), tuple(map(float, numbers))) if all(map(is_number, numbers)) else ("", ())
