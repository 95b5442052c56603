"""The card at the head of the page: what answers the question, a line for each answer, the surest kind first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from visavis.evidence import Comparison
from visavis.evidence.squares import Interaction
from visavis.findings import CurveGaps, Curves, Finding, Interactions, NoCurve
from visavis.quantities import (
    basis_text,
    count,
    level_text,
    list_text,
)
from visavis.report.rows import Row, row_of, trend_rows
from visavis.report.screen import MOST_CURVES, MOST_ROWS, Screen
from visavis.results import Contrast, Judgement

MOST_GAPS = 2
"""Differences of curves that are told below the card."""
MOST_OF_A_KIND = 4
"""Interactions, and main effects, that stand in the card; the others have to be asked for."""


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
        families = {row.noun: row.judgement.significance.family for row in rows}
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
    surest = [item for item in interactions if item is interactions[0] or item.is_decided][:MOST_OF_A_KIND]
    effects = () if screen.curves else comparison.main_effects[:MOST_OF_A_KIND]
    judgements: list[Judgement] = [*surest, *effects, *screen.contrasts[:MOST_ROWS]]
    trends, map_trends = (list(trend_rows(comparison, curves)) for curves in (screen.curves, screen.map_curves))
    rest = [
        judgement
        for family in (comparison.interactions, comparison.main_effects, comparison.headlines)
        for judgement in family
        if not any(judgement is row for row in judgements)
    ]
    rows = (*trends[:MOST_CURVES], *(row_of(comparison, judgement) for judgement in judgements))
    more = (*trends[MOST_CURVES:], *map_trends, *(row_of(comparison, judgement) for judgement in rest))
    return Card(rows, more, _kinds_text(more), tuple(surest))


def single_answer(card: Card, answers: Sequence[Finding]) -> tuple[str, ...]:
    """The one answer in full; none where there are several.

    Args:
        card: with its rows.
        answers: to the study's question, that of contrasts first.
    """
    if not card.is_single:
        return ()
    contrasts, *designs = answers
    if isinstance(card.rows[0].judgement, Contrast):
        return contrasts.sentences()
    full = [sentence for finding in designs for sentence in finding.sentences()]
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
            yield from finding.sentences()[:MOST_GAPS] if not screen.map_curves else ()
        elif not isinstance(finding, Curves | NoCurve):  # a line of the card, a warning
            yield from finding.sentences()[:MOST_OF_A_KIND]


def full_answers(answers: Sequence[Finding], seen: Collection[str]) -> list[str]:
    """What else the answers say in full, for those who read on.

    Args:
        answers: to the study's question, but for that of contrasts.
        seen: what stands on the page already; notes of tables do, too.
    """
    notes = {table.note for finding in answers for table in finding.tables()}
    sentences = (sentence for finding in answers for sentence in finding.sentences())
    return [sentence for sentence in sentences if sentence not in notes and sentence not in seen]


def _lies_on(interaction: Interaction, lines: Sequence[set[str]]) -> bool:
    """Whether its arms are on two curves, whose difference says the same."""
    return all(any({*pair} <= line for line in lines) for pair in _columns(interaction)) or all(
        any({*pair} <= line for line in lines) for pair in (interaction.first, interaction.second)
    )


def _columns(interaction: Interaction) -> Iterator[tuple[str, str]]:
    """Yields the pairs of its arms that differ in the other factor."""
    yield from zip(interaction.first, interaction.second, strict=True)


def _kinds_text(rows: Sequence[Row]) -> str:
    """How many answers of which kind."""
    numbers = Counter(row.noun for row in rows)
    return list_text(count(number, noun) for noun, number in numbers.items()) if numbers else ""
