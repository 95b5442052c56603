"""The contrasts as tables and data, whether one answers the study's question or several do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from visavis.conclusions import Contrast
from visavis.describe import Plain
from visavis.evidence import Comparison
from visavis.findings.finding import CsvRow, Finding
from visavis.findings.numbers import contrast_rows, plain_contrast
from visavis.findings.selection import FULL_SELECTION, Selection
from visavis.findings.table import JUDGEMENT, Table, judgement_cells
from visavis.findings.wording import families_note, family_note, noun_of
from visavis.quantities import basis_text, list_text, name_text
from visavis.stats import F1


class Contrasts(Finding):
    """Each metric of each pair of arms."""

    def tables(self) -> tuple[Table, ...]:
        """See ``Finding``."""
        return (contrasts_table(self.comparison, self.selection),) if self.selection.metrics else ()

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {
            "contrasts": [
                plain_contrast(contrast) | self._plain_grounds(contrast)
                for contrast in self.selection.contrasts_of(self.comparison)
            ],
            "contrasts_by_class": list(map(plain_contrast, self._of_classes())),
        }

    def rows(self) -> Iterator[CsvRow]:
        """See ``Finding``."""
        for contrast in (*self.selection.contrasts_of(self.comparison), *self._of_classes()):
            yield from contrast_rows("contrast", contrast)

    @property
    def _headlines(self) -> tuple[Contrast, ...]:
        """What the study is about comes first; the rest keeps its order."""
        headlines = self.selection.headlines_of(self.comparison) if self.shows_headline else ()
        return tuple(sorted(headlines, key=lambda contrast: not contrast.is_primary))

    def _of_classes(self) -> Iterator[Contrast]:
        families = self.comparison.class_contrasts.values() if F1 in self.selection.class_measures else ()
        for family in families:
            yield from filter(self.selection.has_arm_of, family)

    def _plain_grounds(self, contrast: Contrast) -> dict[str, Plain]:
        """What would decide a contrast, and what its arms were made from."""
        agreement = self.comparison.agreement(contrast.treatment, contrast.control)
        further = self.comparison.further(contrast)
        return {"further": asdict(further) if further else None, "fingerprints": asdict(agreement)}


def contrasts_table(comparison: Comparison, selection: Selection = FULL_SELECTION) -> Table:
    """Each metric of each contrast, with its interval and its verdict."""
    # What the study is about comes first; the rest keeps its order.
    shown = sorted(selection.contrasts_of(comparison), key=lambda contrast: not contrast.is_primary)
    rows = tuple(
        (
            _name(contrast, comparison),
            " and ".join(contrast.factors),
            contrast.metric.title,
            *judgement_cells(contrast),
        )
        for contrast in shown
    )
    first = comparison.contrasts[0] if comparison.contrasts else None
    none = "No two arms differ in one factor, and no others are asked for."
    if len(comparison.compared_arms) == 1:
        none = "There is no arm beside the control."
    note = none
    if first:
        adjustment = _adjustment_note(comparison)
        unit = comparison.replication.unit
        note = f"Paired by {unit} and test image; {basis_text(first.interval)}.{adjustment}{_primary_text(comparison)}"
    if first and not rows:
        note = "No other arm differs from these in one factor only."
    columns = ("contrast", "factors", "metric", *JUDGEMENT)
    return Table("Contrasts", columns, rows, note)


def _name(contrast: Contrast, comparison: Comparison) -> str:
    """Of a row: the arms, and whether it is what the study is about, where it says so."""
    is_named = contrast.is_primary and comparison.study.primary
    return f"{contrast.minus_text} (primary)" if is_named else contrast.minus_text


def _adjustment_note(comparison: Comparison) -> str:
    """Over which families the rows are adjusted."""
    if not comparison.study.primary:
        return family_note(comparison.contrasts[:1], "contrasts of a metric")
    families = [(row.significance, f"{noun_of(row, comparison)}s") for row in comparison.headlines]
    others = [row.significance for row in comparison.contrasts if row.metric != comparison.headline]
    return families_note([*families, *((test, "contrasts of another metric") for test in others[:1])])


def _primary_text(comparison: Comparison) -> str:
    """What the study is about, after another sentence; and that the rest is something to look at."""
    headlines = [contrast for contrast in comparison.headlines if contrast.is_primary]
    pairs = f" of {list_text(contrast.minus_text for contrast in headlines)}" if comparison.study.primary else ""
    return f" Primary is the {name_text(comparison.headline)}{pairs}; all else is secondary."
