"""Seeds until decided: a round of training, a look at what came of it, and another round."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from visavis.conclusions import Standing
from visavis.design.seeds import UntilDecided
from visavis.design.study import Study
from visavis.events.runs import Looked
from visavis.runs.journal import Log
from visavis.store import RunFolder

Look = Callable[[RunFolder], Standing]
"""Judges what is finished in a run folder, and writes down that it has."""


def seeds_of_a_round(study: Study, seeds: UntilDecided, at_once: int) -> int:
    """How many seeds are trained between two looks: as many as are trained at the same time, within reason."""
    return max(1, min(at_once // len(study.all_arms), seeds.first))


def train_until_decided(
    seeds: UntilDecided,
    step: int,
    begun: int,
    train: Callable[[Sequence[int]], None],
    look: Callable[[], Standing],
    log: Log,
) -> Sequence[int]:
    """Trains round by round until the study is decided, or there are no more seeds; returns those that were trained.

    A run that was interrupted, wherever it was, goes on here: what is finished is looked at before more is trained.

    Args:
        seeds: all that there may be.
        step: how many are trained between two looks.
        begun: how many are settled in every arm.
        train: trains what is missing of some seeds.
        look: judges what is finished.
        log: is told of each look.
    """
    while True:
        if begun >= seeds.first:
            standing = look()
            is_over = standing.is_decided or begun == seeds.most
            following = None if is_over else min(begun + step, seeds.most)
            log(Looked(standing.seeds, seeds.most, standing.is_decided, following))
            if is_over:
                return seeds[:begun]
        begun = seeds.first if begun < seeds.first else min(begun + step, seeds.most)
        train(seeds[:begun])
