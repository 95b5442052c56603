"""Which contrasts a study is about, and which are judged together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from visavis.conclusions import Contrast
from visavis.pairing import Pair
from visavis.stats import Metric
from visavis.store import StudyDocument

if TYPE_CHECKING:
    from visavis.evidence.comparison import Comparison


def primary_pairs(comparison: Comparison) -> tuple[Pair, ...]:
    """The pairs that the study is about, as far as both arms have a finished cell."""
    return tuple(pair for pair in comparison.pairs if is_primary(comparison.study, pair))


def is_primary(study: StudyDocument, pair: Pair) -> bool:
    """Whether a study is about a pair: it names it, or none."""
    return not study.primary or {pair.treatment, pair.control} in map(set, study.primary)


@dataclass(frozen=True)
class Families:
    """The contrasts of each metric, judged when they are asked for.

    The pairs of one metric are a family: metrics are views of one question, pairs are several questions.

    Attributes:
        comparison: whose.
    """

    comparison: Comparison
    _contrasts: dict[str, tuple[Contrast, ...]] = field(default_factory=dict)

    def of(self, metric: Metric) -> tuple[Contrast, ...]:
        """A metric of each pair."""
        if metric.name not in self._contrasts:
            is_headline = metric == self.comparison.headline
            contrasts = self._headlines() if is_headline else self.comparison.contrast(metric, self.comparison.pairs)
            self._contrasts[metric.name] = tuple(contrasts)
        return self._contrasts[metric.name]

    def _headlines(self) -> list[Contrast]:
        """Those that the study is about are a family of their own, the rest another."""
        comparison, primary = self.comparison, primary_pairs(self.comparison)
        secondary = [pair for pair in comparison.pairs if pair not in primary]
        contrasts = dict(zip(secondary, comparison.contrast(comparison.headline, secondary), strict=True))
        for pair, contrast in zip(primary, comparison.contrast(comparison.headline, primary), strict=True):
            contrasts[pair] = replace(contrast, is_primary=True)
        return [contrasts[pair] for pair in comparison.pairs]
