"""Which contrasts a study is about, and which are judged together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from visavis.conclusions import Contrast
from visavis.pairing import Pair

if TYPE_CHECKING:
    from visavis.evidence.comparison import Comparison


def primary_pairs(comparison: Comparison) -> tuple[Pair, ...]:
    """The pairs that the study is about: those that it names, else all."""
    named = set(map(frozenset, comparison.study.primary))
    return tuple(pair for pair in comparison.pairs if not named or {pair.treatment, pair.control} in named)


def headlines_of(comparison: Comparison) -> tuple[Contrast, ...]:
    """The headline of each pair. Those that the study is about are a family of their own, the rest another."""
    primary = primary_pairs(comparison)
    secondary = [pair for pair in comparison.pairs if pair not in primary]
    contrasts = dict(zip(secondary, comparison.contrast(comparison.headline, secondary), strict=True))
    for pair, contrast in zip(primary, comparison.contrast(comparison.headline, primary), strict=True):
        contrasts[pair] = replace(contrast, is_primary=True)
    return tuple(contrasts[pair] for pair in comparison.pairs)
