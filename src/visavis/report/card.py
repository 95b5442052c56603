"""The card at the head of the page: what answers the question, a line for each answer, the surest kind first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from visavis.evidence import Comparison
from visavis.evidence.curves import Curve
from visavis.evidence.effects import MainEffect
from visavis.evidence.squares import Interaction
from visavis.findings import Curves, Finding, Interactions, NoCurve
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
from visavis.results import Contrast, Judgement, Verdict

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
    on_curves = [set(curve.arms) for curve in screen.curves]
    interactions = [item for item in comparison.interactions if not _lies_on(item, on_curves)]
    interactions.sort(key=lambda item: item.significance.p)
    effects = [effect for effect in comparison.main_effects if not screen.curves]
    trends = list(_trend_rows(comparison, screen.curves))
    first = [*map(_interaction_row, interactions), *map(_effect_row, effects)]
    visible = [*first[: len(interactions)][:MOST_OF_A_KIND], *first[len(interactions) :][:MOST_OF_A_KIND]]
    contrasts = list(map(_contrast_row, screen.contrasts))
    rows = [*trends[:MOST_ROWS], *visible, *contrasts[:MOST_ROWS]]
    others = [
        *trends[MOST_ROWS:],
        *(row for row in first if row not in visible),
        *(_interaction_row(item) for item in comparison.interactions if item not in interactions),
        *(_effect_row(effect) for effect in comparison.main_effects if effect not in effects),
        *_trend_rows(comparison, screen.mapped),
        *contrasts[MOST_ROWS:],
        *(_contrast_row(contrast) for contrast in comparison.headlines if contrast not in screen.contrasts),
    ]
    return Card(tuple(rows), tuple(others), _kinds_text(others), tuple(interactions[:MOST_OF_A_KIND]))


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


def second_answers(card: Card, answers: Sequence[Finding]) -> Iterator[str]:
    """Yields what is said in full below the card: what a line of it doesn't tell.

    Args:
        card: with its rows.
        answers: to the study's question, but for that of contrasts.
    """
    for finding in answers:
        if isinstance(finding, Interactions):
            told = len(card.interactions)
            yield from finding.sentences()[:told] if told < MOST_OF_A_KIND / 2 else ()
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


def _interaction_row(item: Interaction) -> Row:
    first, second = (" against ".join(pair) for pair in (item.first, item.second))
    word = "interaction" if item.is_decided else {Verdict.equivalent: "none"}.get(item.verdict, "inconclusive")
    text = f"interaction of {item.factor} and {item.across}: {first} less {second}"
    return Row(word, "depends" if item.is_decided else item.verdict, item, text)


def _effect_row(effect: MainEffect) -> Row:
    over = f"mean over {count(effect.pairs, 'combination')} of {list_text(effect.over)}"
    return Row(effect.verdict, effect.verdict, effect, f"{effect.treatment} against {effect.control}, {over}")


def _contrast_row(contrast: Contrast) -> Row:
    return Row(contrast.verdict, contrast.verdict, contrast, contrast.arms_text)


def _kinds_text(rows: Sequence[Row]) -> str:
    """How many answers of which kind."""
    numbers = Counter(map(_noun, rows))
    return list_text(count(number, noun) for noun, number in numbers.items()) if numbers else ""


def _noun(row: Row) -> str:
    """What kind of answer a row is."""
    kinds = {Contrast: "contrast", Interaction: "interaction", MainEffect: "main effect"}
    return kinds.get(type(row.judgement), "trend")
