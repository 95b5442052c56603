"""Two curves over the same doses: how far apart they are, and where they cross."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.describe import Plain
from visavis.design.levels import type_of
from visavis.evidence.curves import CurveGap
from visavis.findings.finding import CsvRow, Finding
from visavis.findings.numbers import contrast_rows, plain_contrast
from visavis.findings.table import JUDGEMENT, Table, judgement_cells
from visavis.findings.wording import dose_text, family_note
from visavis.quantities import basis_text, difference_range_text, difference_text, list_text, name_text


class CurveGaps(Finding):
    """Curves that differ in one factor more."""

    title = "Curves against each other"

    def sentences(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return tuple(map(self._sentence, self._gaps))

    def tables(self) -> tuple[Table, ...]:
        """See ``Finding``."""
        return tuple(map(self._table, self._gaps))

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {
            "curve_differences": [
                {
                    "path": gap.control.path,
                    "across": gap.across,
                    "doses": [
                        {"dose": dose, **plain_contrast(contrast)}
                        for dose, contrast in zip(gap.doses, gap.contrasts, strict=True)
                    ],
                    "crossings": list(map(list, gap.crossings)),
                    "crossing_decided": gap.is_crossing_decided,
                }
                for gap in self._gaps
            ]
        }

    def rows(self) -> Iterator[CsvRow]:
        """See ``Finding``."""
        for gap in self._gaps:
            for dose, contrast in zip(gap.doses, gap.contrasts, strict=True):
                yield from contrast_rows("curve difference", contrast, dose=dose)

    @property
    def _gaps(self) -> tuple[CurveGap, ...]:
        gaps = self.comparison.curve_gaps if self.shows_headline else ()
        return tuple(gap for gap in gaps if self.selection.shows_any((*gap.treatment.arms, *gap.control.arms)))

    def _names(self, gap: CurveGap) -> str:
        """The two levels that are compared, by the types of their parts, or by arms where these are of one type."""
        first, second = gap.contrasts[0].treatment, gap.contrasts[0].control
        types = [type_of(self.comparison.study.arms[arm][gap.across]) for arm in (first, second)]
        return " against ".join(types if types[0] != types[1] else (f"the curve of {first}", f"that of {second}"))

    def _sentence(self, gap: CurveGap) -> str:
        metric = gap.contrasts[0].metric
        ends = " and ".join(
            f"{difference_text(gap.contrasts[end].interval.value, metric)} "
            f"({difference_range_text(gap.contrasts[end].interval, metric)}; {gap.contrasts[end].verdict}) "
            f"at {dose_text(gap.doses[end])}"
            for end in (0, -1)
        )
        return (
            f"Over {gap.control.path}, {self._names(gap)} ({gap.across}) is {ends} of {name_text(metric)}. "
            f"{_crossing_sentence(gap)}"
        )

    def _table(self, gap: CurveGap) -> Table:
        metric = gap.contrasts[0].metric
        rows = tuple(
            (dose_text(dose), contrast.minus_text, *judgement_cells(contrast))
            for dose, contrast in zip(gap.doses, gap.contrasts, strict=True)
        )
        first = max(gap.contrasts, key=lambda row: row.significance.family)
        note = (
            f"{metric.title}; {basis_text(first.interval)}.{family_note([first], 'contrasts')} "
            f"{_crossing_sentence(gap)}"
        )
        columns = (gap.control.path, "contrast", *JUDGEMENT)
        return Table(f"Curves over {gap.control.path}: {self._names(gap)}", columns, rows, note)


def _crossing_sentence(gap: CurveGap) -> str:
    """Where the curves cross, and whether the data decide that they do."""
    if not gap.crossings:
        return "They don't cross."
    doses = list_text(f"{dose_text(low)} and {dose_text(high)}" for low, high in gap.crossings)
    if gap.is_every_crossing_decided:
        decision = "the difference is decided on both sides"
    elif gap.is_crossing_decided:
        decision = "that they cross is decided, but not that they do so more than once"
    else:
        decision = "these data don't decide whether they really do"
    return f"They cross between {doses}; {decision}."
