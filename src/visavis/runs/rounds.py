"""Seeds until decided: a round of training, a look at what came of it, and another round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from visavis.conclusions import Standing
from visavis.design.study import Study
from visavis.events.runs import Looked
from visavis.results import HeldOutScore, Predictions
from visavis.runs.journal import Log
from visavis.store import RunFolder

Look = Callable[[RunFolder], Standing]
"""Judges what is finished in a run folder, and writes down that it has."""
Judge = Callable[[str, Predictions], HeldOutScore]
"""(name of a metric, what a candidate says of the images held out) -> how good that is."""


@dataclass(frozen=True)
class Rounds:
    """When a study is looked at whose seeds are until decided.

    Attributes:
        first: seeds before the first look.
        most: seeds that there may be.
        step: seeds between two looks.
    """

    first: int
    most: int
    step: int

    @classmethod
    def of(cls, study: Study, first: int, at_once: int) -> Rounds:
        """As many seeds between two looks as are trained at the same time, within reason."""
        return cls(first, len(study.seeds), max(1, min(at_once // len(study.all_arms), first)))

    def following(self, seeds: int) -> int:
        """The number of seeds at the next look."""
        return self.first if seeds < self.first else min(seeds + self.step, self.most)

    def train(self, count: int, train: Callable[[Sequence[int]], None], look: Callable[[], Standing], log: Log) -> int:
        """Trains until the study is decided, or there are no more seeds; returns how many there are then.

        A run that was interrupted, wherever it was, goes on here: what is finished is looked at before more is trained.

        Args:
            count: seeds that are settled in every arm.
            train: trains what is missing of some seeds.
            look: judges what is finished.
            log: is told of each look.
        """
        while True:
            if count >= self.first:
                standing = look()
                is_over = standing.is_decided or count == self.most
                next_look = None if is_over else self.following(count)
                log(Looked(standing.seeds, self.most, standing.is_decided, next_look))
                if is_over:
                    return count
            count = self.following(count)
            train(range(count))
