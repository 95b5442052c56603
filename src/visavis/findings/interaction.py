"""Two factors or more: how far what one does depends on another, and what each does on average."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.describe import Plain
from visavis.evidence.effects import MainEffect
from visavis.evidence.interactions import Interaction
from visavis.findings.finding import CsvRow, Finding
from visavis.findings.numbers import judgement_rows, plain_judgement
from visavis.findings.table import JUDGEMENT, Table, judgement_cells
from visavis.findings.wording import adjusted_p_text, bounds_text, family_note
from visavis.quantities import MINUS, basis_text, count, difference_range_text, difference_text, list_text, name_text

MOST_SENTENCES = 6
"""Interactions, and main effects, that are told in full; the table has all."""


class Interactions(Finding):
    """What arms that make a 2 x 2 or a grid say beside their contrasts."""

    title = "Interactions and main effects"

    def sentences(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return (
            *map(self._interaction_sentence, self._interactions[:MOST_SENTENCES]),
            *self._effect_lines(),
            *self._left_out(),
        )

    def lines(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return (
            *map(self._interaction_line, self._interactions[:MOST_SENTENCES]),
            *self._effect_lines(),
            *self._left_out(),
        )

    def tables(self) -> tuple[Table, ...]:
        """See ``Finding``."""
        tables = (self._interactions_table(), self._effects_table())
        return tuple(table for table in tables if table.rows)

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {
            "interactions": [_plain_interaction(interaction) for interaction in self._interactions],
            "main_effects": [_plain_effect(effect) for effect in self._effects],
        }

    def rows(self) -> Iterator[CsvRow]:
        """See ``Finding``."""
        for interaction in self._interactions:
            first, second = (f" {MINUS} ".join(pair) for pair in (interaction.first, interaction.second))
            factors = f"{interaction.factor} and {interaction.across}"
            yield from judgement_rows(interaction, kind="interaction", name=first, control=second, factors=factors)
        for effect in self._effects:
            names = {"name": effect.treatment, "control": effect.control, "factors": effect.factor}
            yield from judgement_rows(effect, kind="main effect", **names)

    @property
    def _interactions(self) -> tuple[Interaction, ...]:
        interactions = self.comparison.interactions if self.shows_headline else ()
        return tuple(row for row in interactions if self.selection.shows_any(row.weights.by_arm))

    @property
    def _effects(self) -> tuple[MainEffect, ...]:
        effects = self.comparison.main_effects if self.shows_headline else ()
        return tuple(row for row in effects if self.selection.shows_any(row.weights.by_arm))

    def _difference(self, pair: tuple[str, str]) -> str:
        """What two arms differ by; no interval, since such a pair need be no contrast of the study."""
        metric = self.comparison.headline
        first, second = (self.comparison.measured[arm][metric.name].interval.value for arm in pair)
        return difference_text(first - second, metric)

    def _interaction_sentence(self, interaction: Interaction) -> str:
        """How far one factor's effect depends on another factor."""
        first, second = (
            f"{' against '.join(pair)} is {self._difference(pair)}" for pair in (interaction.first, interaction.second)
        )
        interval, metric = interaction.interval, interaction.metric
        return (
            f"{first}; {second}. "
            f"The difference between the two, the interaction of {interaction.factor} and {interaction.across}, is "
            f"{difference_text(interval.value, metric)} of {name_text(metric)} ({bounds_text(interval, metric)}; "
            f"{adjusted_p_text(interaction.significance, 'interaction')}; {basis_text(interval)})."
        )

    def _interaction_line(self, interaction: Interaction) -> str:
        interval, metric = interaction.interval, interaction.metric
        first, second = (" against ".join(pair) for pair in (interaction.first, interaction.second))
        return (
            f"Interaction of {interaction.factor} and {interaction.across}: {first} less {second} is "
            f"{difference_text(interval.value, metric)} ({difference_range_text(interval, metric)}; "
            f"{adjusted_p_text(interaction.significance, 'interaction')})"
        )

    def _effect_lines(self) -> Iterator[str]:
        for effect in self._effects[:MOST_SENTENCES]:
            interval, metric = effect.interval, effect.metric
            yield (
                f"Main effect of {effect.factor}: {effect.treatment} against {effect.control}, the mean over "
                f"{count(effect.pairs, 'combination')} of {list_text(effect.over)}, is "
                f"{difference_text(interval.value, metric)} ({difference_range_text(interval, metric)}; "
                f"{adjusted_p_text(effect.significance, 'main effect')})"
            )

    def _left_out(self) -> Iterator[str]:
        for rows, noun in ((self._interactions, "interaction"), (self._effects, "main effect")):
            more = len(rows) - MOST_SENTENCES
            if more > 0:
                yield f"{count(more, f'more {noun}')} in the table of {noun}s."

    def _interactions_table(self) -> Table:
        rows = tuple(
            (
                f" {MINUS} ".join(f"({f' {MINUS} '.join(pair)})" for pair in (interaction.first, interaction.second)),
                f"{interaction.factor} and {interaction.across}",
                *judgement_cells(interaction)[:-1],  # it is neither better nor worse
            )
            for interaction in self._interactions
        )
        note = (
            f"{self.comparison.headline.title}: the difference of two differences; those that follow from others are "
            f"left out.{family_note(self._interactions, 'interactions')}"
        )
        return Table("Interactions", ("interaction", "factors", *JUDGEMENT[:-1]), rows, note)

    def _effects_table(self) -> Table:
        rows = tuple(
            (
                f"{effect.treatment} {MINUS} {effect.control}",
                effect.factor,
                f"{count(effect.pairs, 'combination')} of {list_text(effect.over)}",
                *judgement_cells(effect),
            )
            for effect in self._effects
        )
        note = (
            f"{self.comparison.headline.title}: the mean of the contrasts in all combinations of the other factors."
            f"{family_note(self._effects, 'main effects')}"
        )
        columns = ("level", "factor", "mean over", *JUDGEMENT)
        return Table("Main effects", columns, rows, note)


def _plain_interaction(interaction: Interaction) -> dict[str, Plain]:
    return {
        "first": list(interaction.first),
        "second": list(interaction.second),
        "factor": interaction.factor,
        "across": interaction.across,
        **plain_judgement(interaction),
    }


def _plain_effect(effect: MainEffect) -> dict[str, Plain]:
    return {
        "treatment": effect.treatment,
        "control": effect.control,
        "factor": effect.factor,
        "over": list(effect.over),
        "pairs": effect.pairs,
        **plain_judgement(effect),
    }
