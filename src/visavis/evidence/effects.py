"""Main effects: what a factor does on average, where arms make a complete grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from visavis.conclusions import Judgement, Weights
from visavis.design.levels import Levels


@dataclass(frozen=True)
class Effect:
    """One level of a factor against the control's, over all levels of the other factors.

    Attributes:
        treatment, control: the arms that have the two levels, and are like the study's control else.
        factor: in which they differ.
        over: the other factors of the grid.
        pairs: (treatment, control) in each combination of the other factors' levels.
    """

    treatment: str
    control: str
    factor: str
    over: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]

    @property
    def weights(self) -> Weights:
        """The mean of the pairs."""
        share = 1 / len(self.pairs)
        treatments, controls = zip(*self.pairs, strict=True)
        return Weights({**dict.fromkeys(treatments, share), **dict.fromkeys(controls, -share)})


@dataclass(frozen=True, repr=False)
class MainEffect(Judgement):
    """What one level of a factor does on average.

    Attributes:
        treatment, control: the arms that have the level and the control's, and are like the study's control else.
        factor: in which they differ.
        over: the other factors of the grid.
        pairs: number of contrasts that it is the mean of.
    """

    treatment: str
    control: str
    factor: str
    over: tuple[str, ...]
    pairs: int

    @classmethod
    def of(cls, effect: Effect, judgement: Judgement) -> MainEffect:
        """What is known of an effect."""
        return cls(**vars(judgement), **{**vars(effect), "pairs": len(effect.pairs)})


def effects(levels: Levels, arms: Sequence[str]) -> Iterator[Effect]:
    """Yields the effects of a grid of two factors or more that has every combination of their levels; else none.

    Args:
        levels: of the arms.
        arms: names of those that are compared, the control first.
    """
    sizes = {factor: len({levels.level(arm, factor) for arm in arms}) for factor in levels.factors}
    factors = tuple(factor for factor, size in sizes.items() if size > 1)
    if len(factors) < 2 or len({levels.by_arm[arm] for arm in arms}) < prod(sizes.values()):
        return
    in_order = levels.in_order(arms)
    for factor in factors:
        rows = [{levels.level(arm, factor): arm for arm in row} for row in levels.rows(in_order, factor).values()]
        base = next(row for row in rows if arms[0] in row.values())
        for level in sorted(base.keys() - {0}):
            pairs = tuple((row[level], row[0]) for row in rows)
            yield Effect(base[level], base[0], factor, tuple(f for f in factors if f != factor), pairs)
