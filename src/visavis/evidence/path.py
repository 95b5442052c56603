"""Seeds until decided: what each look showed, and whether it is enough."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from visavis.conclusions import Contrast, Standing, Verdict
from visavis.evidence.families import is_primary
from visavis.evidence.seeds import look_sizes
from visavis.pairing import pairs

if TYPE_CHECKING:
    from visavis.evidence.comparison import Comparison


@dataclass(frozen=True)
class Look:
    """What was seen at one number of seeds.

    Attributes:
        seeds: how many.
        alpha: two-sided level of each test at this look.
        contrasts: of the headline, those that the study is about, with repeated intervals.
        missing: how many more there are, of arms that have no finished cell yet.
    """

    seeds: int
    alpha: float
    contrasts: tuple[Contrast, ...]
    missing: int

    @property
    def is_decided(self) -> bool:
        """Whether each of them has a verdict."""
        return not self.missing and all(row.verdict is not Verdict.inconclusive for row in self.contrasts)


def path_of(comparison: Comparison) -> tuple[Look, ...]:
    """The looks so far, the last one now; none where the number of seeds is fixed."""
    if comparison.study.first_look is None:
        return ()
    sizes = look_sizes(comparison.folder.read_looks(), comparison.seeds)
    return tuple(_look(replace(comparison, seeds=comparison.seeds[:size])) for size in sizes)


def standing_of(comparison: Comparison) -> Standing:
    """How a study stands whose seeds are until decided."""
    look = _look(comparison)
    return Standing(look.seeds, look.is_decided)


def _look(comparison: Comparison) -> Look:
    contrasts = tuple(contrast for contrast in comparison.headlines if contrast.is_primary)
    asked = sum(is_primary(comparison.study, pair) for pair in pairs(comparison.study))
    alpha = comparison.adjustment(max(len(contrasts), 1)).alpha
    return Look(len(comparison.seeds), alpha, contrasts, asked - len(contrasts))
