"""The card at the head of the page: what answers the question, a line for each answer, the surest kind first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from visavis.evidence import Comparison
from visavis.evidence.interactions import Interaction
from visavis.findings import CurveGaps, Finding, Interactions, answers_of
from visavis.findings.wording import adjusted_text
from visavis.quantities import basis_text, count, level_text, list_text
from visavis.report.rows import Row, contrast_rows, effect_rows, interaction_rows, trend_rows
from visavis.report.screen import MOST_CURVES, MOST_ROWS, Screen

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
    """

    rows: tuple[Row, ...]
    more: tuple[Row, ...]

    @property
    def more_text(self) -> str:
        """How many answers of which kind have to be asked for."""
        numbers = Counter(row.noun for row in self.more)
        return list_text(count(number, noun) for noun, number in numbers.items())

    @property
    def note(self) -> str:
        """What the numbers rest on, and over which families the verdicts are adjusted."""
        rows = (*self.rows, *self.more)
        first = rows[0].judgement.interval
        adjustment = adjusted_text([(row.judgement.significance, f"{row.noun}s") for row in rows], "; ")
        return f"With {level_text(first)} intervals; {basis_text(first)}{adjustment}."

    @property
    def is_single(self) -> bool:
        """Whether there is one answer, which is told in full."""
        return len(self.rows) == 1


def card_of(comparison: Comparison, screen: Screen) -> Card:
    """Trends, interactions and main effects of what is drawn, and the contrasts that nothing else shows."""
    effects = () if screen.curves else comparison.main_effects[:MOST_OF_A_KIND]
    rows = (
        *interaction_rows(comparison, _surest(comparison, screen)),
        *effect_rows(comparison, effects),
        *contrast_rows(comparison, screen.contrasts[:MOST_ROWS]),
    )
    every_row = (
        *interaction_rows(comparison, comparison.interactions),
        *effect_rows(comparison, comparison.main_effects),
        *contrast_rows(comparison, comparison.headlines),
    )
    trends, map_trends = (list(trend_rows(comparison, curves)) for curves in (screen.curves, screen.map_curves))
    rest = (row for row in every_row if row not in rows)
    return Card((*trends[:MOST_CURVES], *rows), (*trends[MOST_CURVES:], *map_trends, *rest))


def single_answer(comparison: Comparison, card: Card) -> tuple[str, ...]:
    """The one answer in full; none where there are several."""
    if not card.is_single:
        return ()
    (row,) = card.rows
    contrasts, *designs = answers_of(comparison)
    if any(row.judgement is contrast for contrast in comparison.headlines):
        return contrasts.sentences()
    full = [sentence for finding in designs for sentence in finding.sentences()]
    return (full[0],) if full else (row.text,)


def second_answers(comparison: Comparison, card: Card, screen: Screen) -> tuple[str, ...]:
    """What is said in full below the card: what a line of it doesn't tell."""
    gaps = () if screen.map_curves else CurveGaps(comparison).sentences()[:MOST_GAPS]
    interactions = comparison.interactions
    is_only = len(interactions) == 1 and any(row.judgement is interactions[0] for row in card.rows)
    return (*gaps, *(Interactions(comparison).sentences()[:1] if is_only else ()))


def full_answers(answers: Sequence[Finding], seen: Collection[str]) -> list[str]:
    """What else the answers say in full, for those who read on.

    Args:
        answers: to the study's question, but for that of contrasts.
        seen: what stands on the page already; notes of tables do, too.
    """
    notes = {table.note for finding in answers for table in finding.tables()}
    sentences = (sentence for finding in answers for sentence in finding.sentences())
    return [sentence for sentence in sentences if sentence not in notes and sentence not in seen]


def _surest(comparison: Comparison, screen: Screen) -> list[Interaction]:
    """Of many interactions most say nothing: the surest one, and those that are decided."""
    lines = [set(curve.arms) for curve in screen.curves]
    apart = [interaction for interaction in comparison.interactions if not _lies_on(interaction, lines)]
    interactions = sorted(apart, key=lambda interaction: interaction.significance.p)
    return [*interactions[:1], *(item for item in interactions[1:] if item.is_decided)][:MOST_OF_A_KIND]


def _lies_on(interaction: Interaction, lines: Sequence[set[str]]) -> bool:
    """Whether its arms are on two curves, whose difference says the same."""
    rows = (interaction.first, interaction.second)
    columns = tuple(zip(*rows, strict=True))
    return any(all(any(line.issuperset(pair) for line in lines) for pair in pairs) for pairs in (rows, columns))
