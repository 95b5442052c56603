"""Curves: what a number does, dose by dose, and as a trend."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.describe import Plain
from visavis.design.levels import type_of
from visavis.evidence.curves import Curve
from visavis.findings.finding import CsvRow, Finding
from visavis.findings.numbers import estimate_rows, judgement_rows, plain_contrast, plain_estimate, plain_judgement
from visavis.findings.table import Table, difference_cell, value_cell
from visavis.findings.wording import adjusted_p_text, bounds_text, dose_text
from visavis.quantities import (
    MINUS,
    basis_text,
    difference_range_text,
    difference_text,
    list_text,
    name_text,
    p_text,
    value_text,
)


class Curves(Finding):
    """Arms that differ in one number only."""

    title = "Curves"

    def sentences(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return tuple(map(self._sentence, self._curves))

    def lines(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return tuple(map(self._line, self._curves))

    def tables(self) -> tuple[Table, ...]:
        """See ``Finding``."""
        return tuple(map(self._table, self._curves))

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {"curves": list(map(_plain_curve, self._curves))}

    def rows(self) -> Iterator[CsvRow]:
        """See ``Finding``."""
        for curve in self._curves:
            subject = {"factors": curve.path, "metric": curve.trend.metric.name}
            for arm, dose, estimate in zip(curve.arms, curve.doses, curve.estimates, strict=True):
                yield from estimate_rows(estimate, kind="dose", name=arm, dose=dose, **subject)
            ends = {"name": curve.arms[-1], "control": curve.arms[0]}
            yield from judgement_rows(curve.trend, kind="trend", factors=curve.path, **ends)

    @property
    def _curves(self) -> tuple[Curve, ...]:
        curves = self.comparison.curves if self.shows_headline else ()
        return tuple(curve for curve in curves if self.selection.shows_any(curve.arms))

    def _sentence(self, curve: Curve) -> str:
        metric, trend = curve.trend.metric, curve.trend
        lowest, highest = (value_text(curve.estimates[end].interval.value, metric) for end in (0, -1))
        scale = "; doses on a log scale" if curve.is_log else ""
        return (
            f"Over {curve.path}, from {_end_text(curve, 0)} to {_end_text(curve, -1)}, {name_text(metric)} goes "
            f"from {lowest} to {highest}. The straight line through the {len(curve.doses)} doses changes by "
            f"{difference_text(trend.interval.value, metric)} ({bounds_text(trend.interval, metric)}; "
            f"{adjusted_p_text(trend.significance, 'trend')}; {basis_text(trend.interval)}{scale}). "
            f"{self._change_sentence(curve)}{self._aside_sentence(curve)}"
        )

    def _change_sentence(self, curve: Curve) -> str:
        reference = f"{curve.reference} ({dose_text(curve.reference_dose)})"
        if not curve.changes:
            return (
                f"Against {reference}, the farthest dose is not decided: there is no dose at which the answer changes."
            )
        return f"The answer changes {changes_text(curve)}: there, every dose is decided against {reference}."

    def _line(self, curve: Curve) -> str:
        interval, metric = curve.trend.interval, curve.trend.metric
        doses = changes_text(curve) if curve.changes else "at no dose"
        trend = adjusted_p_text(curve.trend.significance, "trend")
        return (
            f"Trend of {name_text(metric)} over {curve.path}, {_end_text(curve, 0)} to {_end_text(curve, -1)}: "
            f"{difference_text(interval.value, metric)} ({difference_range_text(interval, metric)}; {trend}); decided "
            f"against {curve.reference} {doses}"
        )

    def _aside_sentence(self, curve: Curve) -> str:
        """Why the control isn't on a curve, to be read after another sentence."""
        if curve.aside is None:
            return ""
        arms = self.comparison.study.arms
        types = [type_of(arms[arm][curve.factor]) for arm in (curve.aside, curve.arms[0])]
        return f" {curve.aside} is not on this curve: its {curve.factor} is {types[0]}, not {types[1]}."

    def _table(self, curve: Curve) -> Table:
        metric = curve.trend.metric
        contrasts = {contrast.treatment: contrast for contrast in curve.contrasts}
        rows = []
        for arm, dose, estimate in zip(curve.arms, curve.doses, curve.estimates, strict=True):
            cells = ("", "", "")
            if arm in contrasts:
                contrast = contrasts[arm]
                cells = (
                    difference_cell(contrast.interval, metric),
                    p_text(contrast.significance.p_adjusted),
                    contrast.verdict,
                )
            rows.append((dose_text(dose), arm, value_cell(estimate.interval, metric), *cells))
        columns = (curve.path, "arm", name_text(metric), f"{MINUS} {curve.reference}", "p", "verdict")
        title = f"Curve over {curve.path}: {curve.arms[0]} to {curve.arms[-1]}"
        return Table(title, columns, tuple(rows), self._sentence(curve))


def changes_text(curve: Curve) -> str:
    """From which doses on the answer is another one, such as ``from 0.4 upwards``."""
    return list_text(
        f"from {dose_text(dose)} {'upwards' if dose > curve.reference_dose else 'downwards'}" for dose in curve.changes
    )


def _end_text(curve: Curve, end: int) -> str:
    """The lowest or the highest dose, with its arm."""
    return f"{dose_text(curve.doses[end])} ({curve.arms[end]})"


def _plain_curve(curve: Curve) -> dict[str, Plain]:
    doses = zip(curve.doses, curve.arms, curve.estimates, strict=True)
    return {
        "factor": curve.factor,
        "path": curve.path,
        "log_scale": curve.is_log,
        "doses": [{"dose": dose, "arm": arm, **plain_estimate(estimate)} for dose, arm, estimate in doses],
        "trend": plain_judgement(curve.trend),
        "reference": curve.reference,
        "contrasts": list(map(plain_contrast, curve.contrasts)),
        "changes": list(curve.changes),
        "aside": curve.aside,
    }
