"""The card at the head of the page: what answers the question, a line for each answer, the surest kind first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from visavis.evidence import Comparison
from visavis.evidence.curves import Curve
from visavis.evidence.effects import MainEffect
from visavis.evidence.squares import Interaction
from visavis.findings import CurveGaps, Curves, Finding, Interactions, NoCurve
from visavis.findings.wording import dose_text
from visavis.quantities import (
    basis_text,
    count,
    difference_range_text,
    difference_text,
    level_text,
    list_text,
    signed_number,
)
from visavis.report.figures.curves import curve_names
from visavis.report.screen import MOST_ROWS, Screen
from visavis.report.wording import factor_text, level_texts
from visavis.results import Contrast, Judgement, Verdict

TIMES = "\N{MULTIPLICATION SIGN}"
MOST_OF_A_KIND = 4
"""Interactions, and main effects, that stand in the card; the others have to be asked for."""


@dataclass(frozen=True)
class Row:
    """An answer in a line.

    Attributes:
        word: the verdict in a word.
        kind: its style.
        judgement: with its numbers.
        text: of what.
    """

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


@dataclass(frozen=True)
class Card:
    """What stands in the card.

    Attributes:
        rows: answers.
        more: answers that have to be asked for.
        more_text: what these are.
        interactions: those among the rows.
    """

    rows: tuple[Row, ...]
    more: tuple[Row, ...]
    more_text: str
    interactions: tuple[Interaction, ...]

    @property
    def note(self) -> str:
        """What the numbers rest on, and over which families the verdicts are adjusted."""
        rows = (*self.rows, *self.more)
        families = {_noun(row): row.judgement.significance.family for row in rows}
        texts = [f"the {number} {noun}s" for noun, number in families.items() if number > 1]
        first = rows[0].judgement.interval
        adjustment = f"; verdicts, not intervals, adjusted by Holm over {list_text(texts)}" if texts else ""
        apart = ", each kind by itself" if len(texts) > 1 else ""
        return f"With {level_text(first)} intervals; {basis_text(first)}{adjustment}{apart}."

    @property
    def is_single(self) -> bool:
        """Whether there is one answer, which is told in full."""
        return len(self.rows) == 1


def card_of(comparison: Comparison, screen: Screen) -> Card:
    """Trends, interactions and main effects of what is drawn, and the contrasts that nothing else shows."""
    lines = [set(curve.arms) for curve in screen.curves]
    interactions = sorted(
        (item for item in comparison.interactions if not _lies_on(item, lines)), key=lambda item: item.significance.p
    )
    # Of many interactions most say nothing: the surest one, and those that are decided.
    told = [item for item in interactions if item is interactions[0] or item.is_decided][:MOST_OF_A_KIND]
    effects = () if screen.curves else comparison.main_effects[:MOST_OF_A_KIND]
    judgements: list[Judgement] = [*told, *effects, *screen.contrasts[:MOST_ROWS]]
    trends, mapped = (list(_trend_rows(comparison, curves)) for curves in (screen.curves, screen.mapped))
    rest = [
        judgement
        for family in (comparison.interactions, comparison.main_effects, comparison.headlines)
        for judgement in family
        if not any(judgement is row for row in judgements)
    ]
    rows = (*trends[:MOST_ROWS], *(_row(comparison, judgement) for judgement in judgements))
    others = (*trends[MOST_ROWS:], *mapped, *(_row(comparison, judgement) for judgement in rest))
    return Card(rows, others, _kinds_text(others), tuple(told))


def _row(comparison: Comparison, judgement: Judgement) -> Row:
    """A line for what is no trend."""
    if isinstance(judgement, Interaction):
        return _interaction_row(comparison, judgement)
    if isinstance(judgement, MainEffect):
        return _effect_row(comparison, judgement)
    assert isinstance(judgement, Contrast)
    return Row(judgement.verdict, judgement.verdict, judgement, judgement.arms_text)


def single_answer(card: Card, answers: Sequence[Finding]) -> tuple[str, ...]:
    """The one answer in full; none where there are several.

    Args:
        card: with its rows.
        answers: to the study's question, that of contrasts first.
    """
    if not card.is_single:
        return ()
    contrasts, *others = answers
    if isinstance(card.rows[0].judgement, Contrast):
        return contrasts.sentences()
    full = [sentence for finding in others for sentence in finding.sentences()]
    return (full[0],) if full else (card.rows[0].text,)


def second_answers(card: Card, screen: Screen, answers: Sequence[Finding]) -> Iterator[str]:
    """Yields what is said in full below the card: what a line of it doesn't tell.

    Args:
        card: with its rows.
        screen: what is drawn.
        answers: to the study's question, but for that of contrasts.
    """
    for finding in answers:
        if isinstance(finding, Interactions):
            is_all = len(card.interactions) == len(finding.comparison.interactions) == 1
            yield from finding.sentences()[:1] if is_all else ()
        elif isinstance(finding, CurveGaps):
            yield from finding.sentences()[:MOST_OF_A_KIND] if not screen.mapped else ()
        elif not isinstance(finding, Curves | NoCurve):  # a line of the card, a warning
            yield from finding.sentences()[:MOST_OF_A_KIND]


def _lies_on(interaction: Interaction, lines: Sequence[set[str]]) -> bool:
    """Whether its arms are on two curves, whose difference says the same."""
    return all(any({*pair} <= line for line in lines) for pair in _columns(interaction)) or all(
        any({*pair} <= line for line in lines) for pair in (interaction.first, interaction.second)
    )


def _columns(interaction: Interaction) -> Iterator[tuple[str, str]]:
    """Yields the pairs of its arms that differ in the other factor."""
    yield from zip(interaction.first, interaction.second, strict=True)


def _trend_rows(comparison: Comparison, curves: Sequence[Curve]) -> Iterator[Row]:
    families: dict[str, list[Curve]] = {}
    for curve in curves:
        families.setdefault(curve.path, []).append(curve)
    for path, family in families.items():
        names = curve_names(comparison, family) if len(family) > 1 else [""]
        for curve, name in zip(family, names, strict=True):
            ends = " to ".join(dose_text(curve.doses[end]) for end in (0, -1))
            text = f"{f'{name}: ' if name else ''}trend over {path}, {ends}"
            yield Row(_trend_word(curve.trend), curve.trend.verdict, curve.trend, f"{text}; {change_text(curve)}")


def _trend_word(trend: Judgement) -> str:
    words = {Verdict.equivalent: "flat", Verdict.inconclusive: "inconclusive"}
    return words.get(trend.verdict, "rises" if trend.interval.value > 0 else "falls")


def change_text(curve: Curve) -> str:
    """From which dose on the arms are told from the reference."""
    if not curve.changes:
        return f"no dose is told from {curve.reference}"
    return f"against {curve.reference} the answer changes at {list_text(map(dose_text, curve.changes))}"


def _interaction_row(comparison: Comparison, item: Interaction) -> Row:
    word = "interaction" if item.is_decided else {Verdict.equivalent: "none"}.get(item.verdict, "inconclusive")
    treatment, control = _levels(comparison, item.factor, *item.first)
    first, second = _levels(comparison, item.across, item.first[1], item.second[1])
    factors = f" {TIMES} ".join(map(factor_text, (item.factor, item.across)))
    text = f"{factors}: {treatment} against {control}, with {first} less with {second}{_context(comparison, item)}"
    return Row(word, "depends" if item.is_decided else item.verdict, item, text)


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


def _effect_row(comparison: Comparison, effect: MainEffect) -> Row:
    treatment, control = _levels(comparison, effect.factor, effect.treatment, effect.control)
    over = f"mean over {count(effect.pairs, 'combination')} of {list_text(map(factor_text, effect.over))}"
    text = f"{factor_text(effect.factor)}: {treatment} against {control}, {over}"
    return Row(effect.verdict, effect.verdict, effect, text)


def _kinds_text(rows: Sequence[Row]) -> str:
    """How many answers of which kind."""
    numbers = Counter(map(_noun, rows))
    return list_text(count(number, noun) for noun, number in numbers.items()) if numbers else ""


def _noun(row: Row) -> str:
    """What kind of answer a row is."""
    kinds = {Contrast: "contrast", Interaction: "interaction", MainEffect: "main effect"}
    return kinds.get(type(row.judgement), "trend")
