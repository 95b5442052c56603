"""Answers in a line: trends, interactions, main effects, contrasts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from visavis.conclusions import Contrast, Judgement, Verdict
from visavis.evidence import Comparison
from visavis.evidence.curves import Curve
from visavis.evidence.effects import MainEffect
from visavis.evidence.interactions import Interaction
from visavis.findings.wording import dose_text, noun_of
from visavis.quantities import count, difference_range_text, difference_text, list_text, signed_number
from visavis.report.figures.curves import curve_names
from visavis.report.wording import factor_text, level_texts

TIMES = "\N{MULTIPLICATION SIGN}"
STYLES: Mapping[str, str] = {
    Verdict.better: "better",
    Verdict.better_within: "better",
    Verdict.worse: "worse",
    Verdict.worse_within: "worse",
    Verdict.depends: "depends",
    Verdict.not_worse: "equivalent",
    Verdict.equivalent: "equivalent",
    Verdict.inconclusive: "inconclusive",
}
"""How the page writes a verdict."""


@dataclass(frozen=True)
class Row:
    """An answer in a line.

    Attributes:
        noun: what kind of answer it is.
        word: the verdict in a word.
        kind: its style.
        judgement: with its numbers.
        text: of what.
    """

    noun: str
    word: str
    kind: str
    judgement: Judgement
    text: str

    @property
    def value(self) -> str:
        """With its unit."""
        return difference_text(self.judgement.interval.value, self.judgement.metric)

    @property
    def number(self) -> str:
        """Without its unit."""
        return signed_number(self.judgement.interval.value, self.judgement.metric)

    @property
    def unit(self) -> str:
        """Of the number."""
        return "pp" if self.judgement.metric.is_share else ""

    @property
    def bounds(self) -> str:
        """Of the interval."""
        return difference_range_text(self.judgement.interval, self.judgement.metric)


def trend_rows(comparison: Comparison, curves: Sequence[Curve]) -> Iterator[Row]:
    """Yields a line for the trend of each curve."""
    families: dict[str, list[Curve]] = {}
    for curve in curves:
        families.setdefault(curve.path, []).append(curve)
    for path, family in families.items():
        names = curve_names(comparison, family) if len(family) > 1 else [""]
        for curve, name in zip(family, names, strict=True):
            ends = " to ".join(dose_text(curve.doses[end]) for end in (0, -1))
            text = f"{f'{name}: ' if name else ''}trend over {path}, {ends}"
            text += f"; {_change_text(curve)}"
            yield Row("trend", _trend_word(curve.trend), STYLES[curve.trend.verdict], curve.trend, text)


def _trend_word(trend: Judgement) -> str:
    if not trend.is_decided:
        return trend.verdict
    return "rises" if trend.interval.value > 0 else "falls"


def _change_text(curve: Curve) -> str:
    """From which dose on the arms are told from the reference."""
    if not curve.changes:
        return f"no dose is told from {curve.reference}"
    return f"against {curve.reference} the answer changes at {list_text(map(dose_text, curve.changes))}"


def interaction_rows(comparison: Comparison, interactions: Iterable[Interaction]) -> Iterator[Row]:
    """Yields a line for each interaction."""
    for item in interactions:
        word = "interaction" if item.is_decided else {Verdict.equivalent: "none"}.get(item.verdict, "inconclusive")
        treatment, control = _levels(comparison, item.factor, *item.first)
        first, second = _levels(comparison, item.across, item.first[1], item.second[1])
        factors = f" {TIMES} ".join(map(factor_text, (item.factor, item.across)))
        text = f"{factors}: {treatment} against {control}, with {first} less with {second}{_context(comparison, item)}"
        yield Row("interaction", word, STYLES[item.verdict], item, text)


def effect_rows(comparison: Comparison, effects: Iterable[MainEffect]) -> Iterator[Row]:
    """Yields a line for each main effect."""
    for effect in effects:
        treatment, control = _levels(comparison, effect.factor, effect.treatment, effect.control)
        over = f"mean over {count(effect.pairs, 'combination')} of {list_text(map(factor_text, effect.over))}"
        text = f"{factor_text(effect.factor)}: {treatment} against {control}, {over}"
        yield Row("main effect", effect.verdict, STYLES[effect.verdict], effect, text)


def contrast_rows(comparison: Comparison, contrasts: Iterable[Contrast]) -> Iterator[Row]:
    """Yields a line for each contrast, those first that the study is about."""
    for contrast in sorted(contrasts, key=lambda contrast: not contrast.is_primary):
        text = contrast.arms_text if contrast.is_primary else f"{contrast.arms_text} (secondary)"
        yield Row(
            noun_of(contrast, comparison),
            contrast.verdict,
            STYLES[contrast.verdict],
            contrast,
            text,
        )


def _levels(comparison: Comparison, factor: str, *arms: str) -> list[str]:
    """What arms have of a factor, in short texts."""
    return level_texts([comparison.study.arms[arm][factor] for arm in arms])


def _context(comparison: Comparison, item: Interaction) -> str:
    """What else the arms of an interaction have in common that the control doesn't have."""
    arm = item.first[1]
    factors = [
        name for name in comparison.levels.between(arm, comparison.control) if name not in (item.factor, item.across)
    ]
    levels = [_levels(comparison, name, arm, comparison.control)[0] for name in factors]
    return f" (all with {list_text(levels)})" if levels else ""
