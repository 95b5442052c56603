"""A metric over the doses of arms that differ in one number, and the difference of two such curves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from visavis.conclusions import Estimate
from visavis.evidence import Comparison
from visavis.evidence.curves import Curve, CurveGap
from visavis.findings.wording import dose_text
from visavis.quantities import MINUS, Interval, list_text
from visavis.report.charts import (
    BELOW,
    GRID,
    INK,
    Axis,
    Figure,
    Frame,
    Point,
    apart,
    band,
    before_axis,
    bottom_axis,
    left_axis,
    line,
    span,
    svg,
    tick_texts,
    ticks,
)
from visavis.report.figures.figure import WIDE, basis, bounds, extent, scale_of, value_title
from visavis.report.marks import Legend, Style, area, marker, seed_dots, style
from visavis.report.wording import line_texts

UPPER, LOWER, BETWEEN = 190.0, 84.0, 16.0
"""Heights of the panel of curves, of that of differences, and of what lies between."""
ASIDE = "2 2.5"
MOST_GAPS = 4
"""Differences that a caption names."""
MOST_BASES = 2
"""Arms that a caption names."""


@dataclass(frozen=True)
class Doses:
    """Where doses stand on their scale.

    Attributes:
        doses: all, ascending.
        is_log: whether their logarithms count.
    """

    doses: tuple[float, ...]
    is_log: bool

    @classmethod
    def of(cls, curves: Sequence[Curve]) -> Doses:
        """Those of some curves over the same number."""
        return cls(tuple(sorted({dose for curve in curves for dose in curve.doses})), all(c.is_log for c in curves))

    def at(self, dose: float) -> float:
        """Where one stands."""
        return math.log(dose) if self.is_log else dose


@dataclass(frozen=True)
class Panels:
    """What a figure of curves is drawn from.

    Attributes:
        comparison: whose.
        curves: over the same number.
        gaps: differences of two of them.
    """

    comparison: Comparison
    curves: tuple[Curve, ...]
    gaps: tuple[CurveGap, ...]

    @property
    def scale(self) -> float:
        """What values are multiplied by."""
        return scale_of(self.comparison.headline)

    @cached_property
    def doses(self) -> Doses:
        """All doses."""
        return Doses.of(self.curves)

    @cached_property
    def names(self) -> list[str]:
        """What the curves are called."""
        return curve_names(self.comparison, self.curves)

    def style(self, curve: Curve) -> Style:
        """The style of a curve."""
        return style(self.curves.index(curve))

    def gap_style(self, gap: CurveGap) -> Style:
        """The style of a difference: of several, each has one of its own."""
        return replace(self.style(gap.treatment), dashes=self.style(gap.control).dashes)

    def base(self, curve: Curve) -> str:
        """The arm that those of a curve are compared with: the study's control where it is beside the curve."""
        return curve.aside or curve.reference

    def decided_arms(self, curve: Curve) -> set[str]:
        """The arms of a curve that are told from its base, and the base itself."""
        base = self.base(curve)
        family = curve.contrasts if base == curve.reference else self.comparison.headlines
        pairs = [
            {row.treatment, row.control} for row in family if row.is_decided and base in (row.treatment, row.control)
        ]
        return {base}.union(*pairs)

    def asides(self) -> Iterator[tuple[str, Style, Estimate]]:
        """Yields the arms that have no dose, in the style of their first curve."""
        arms = {curve.aside: curve for curve in reversed(self.curves) if curve.aside is not None}
        for arm, curve in arms.items():
            mark = Style(INK if len(self.curves) == 1 else self.style(curve).color, ASIDE, None)
            yield arm, mark, self.comparison.measured[arm][self.comparison.headline.name]

    def legend(self, start: float) -> Legend:
        """What line is what."""
        entries = [(name, style(index)) for index, name in enumerate(self.names)]
        entries += [(f"{arm} (no dose)", mark) for arm, mark, _ in self.asides()]
        return Legend(entries, start, WIDE - 8)


def curve_names(comparison: Comparison, curves: Sequence[Curve]) -> list[str]:
    """What curves over the same number are called: by what their arms differ in."""
    arms = [comparison.study.arms[curve.arms[0]] for curve in curves]
    return line_texts(arms, curves[0].factor, curves[0].path)


def curves_figure(comparison: Comparison, curves: Sequence[Curve], gaps: Sequence[CurveGap]) -> Figure:
    """The headline over the doses, a dot for each seed, bands of intervals; below it the differences of curves."""
    panels = Panels(comparison, tuple(curves), tuple(gaps))
    upper, lower, legend = _frames(panels)
    bottom = lower or upper
    marks = [*legend.draw(2), *_crossings(panels, upper, bottom)]
    marks += _value_marks(panels, upper)
    if lower:
        marks += _gap_marks(panels, lower)
    doses = panels.doses
    positions = [doses.at(dose) for dose in doses.doses]
    texts = [dose_text(dose) for dose in doses.doses]
    indices = apart(upper.x, positions, texts)
    title = f"{panels.curves[0].path}{', logarithmic' if doses.is_log else ''}"
    marks += bottom_axis(bottom, [positions[i] for i in indices], title, texts=[texts[i] for i in indices])
    metric = comparison.headline
    alternative = (
        f"{metric.title} over {panels.curves[0].path}: {list_text(panels.names)}; numbers in the table of arms"
    )
    return Figure(svg(bottom, marks, alternative), _caption(panels))


def _frames(panels: Panels) -> tuple[Frame, Frame | None, Legend]:
    """The panel of values, that of differences where there are any, and what stands above."""
    doses, scale = panels.doses, panels.scale
    x = span([doses.at(dose) for dose in doses.doses], 0.06)
    estimates = [estimate for curve in panels.curves for estimate in curve.estimates]
    estimates += [estimate for *_, estimate in panels.asides()]
    values = extent([e.interval for e in estimates], [v for e in estimates for v in e.by_seed.values()])
    y = span([scale * value for value in values])
    rows = [contrast.interval for gap in panels.gaps for contrast in gap.contrasts]
    gap_range = span([0.0, *(scale * value for value in extent(rows, []))], 0.12)
    labels = tick_texts(ticks(*y)) + (tick_texts(ticks(*gap_range, most=4)) if rows else [])
    start = before_axis(labels)
    legend = panels.legend(start)
    top = legend.height + 8
    end = top + UPPER
    whole = end + (BETWEEN + LOWER if rows else 0)
    horizontal, height = Axis(*x, start, WIDE - 8), whole + BELOW
    upper = Frame(horizontal, Axis(*y, end, top), WIDE, height)
    lower = Frame(horizontal, Axis(*gap_range, whole, end + BETWEEN), WIDE, height) if rows else None
    return upper, lower, legend


def _value_marks(panels: Panels, frame: Frame) -> Iterator[str]:
    """Yields the curves with their grid."""
    scale, doses = panels.scale, panels.doses
    yield from left_axis(frame, ticks(frame.y.low, frame.y.high), value_title(panels.comparison.headline))
    for dose in doses.doses:
        yield line([frame.at(doses.at(dose), frame.y.low), frame.at(doses.at(dose), frame.y.high)], GRID, 0.8)
    for _, mark, estimate in panels.asides():
        y = frame.y.at(scale * estimate.interval.value)
        yield line([(frame.x.start, y), (frame.x.end, y)], mark.color, 1.4, dashes=mark.dashes)
    for curve in panels.curves:
        color, pairs = panels.style(curve).color, list(zip(curve.doses, curve.estimates, strict=True))
        yield _band_mark(panels, frame, [(dose, estimate.interval) for dose, estimate in pairs], color)
        for dose, estimate in pairs:
            yield from seed_dots([frame.at(doses.at(dose), scale * v) for v in estimate.by_seed.values()], color)
    for curve in panels.curves:  # above all bands and dots
        decided_arms = panels.decided_arms(curve)
        points = [
            (frame.at(doses.at(dose), scale * estimate.interval.value), arm not in decided_arms)
            for arm, dose, estimate in zip(curve.arms, curve.doses, curve.estimates, strict=True)
        ]
        yield from _line_marks(points, panels.style(curve))


def _gap_marks(panels: Panels, frame: Frame) -> Iterator[str]:
    """Yields the differences of curves."""
    scale, doses = panels.scale, panels.doses
    unit = ", pp" if panels.comparison.headline.is_share else ""
    yield from left_axis(frame, ticks(frame.y.low, frame.y.high, most=4), f"gap{unit}")
    yield line([frame.at(frame.x.low, 0), frame.at(frame.x.high, 0)], INK, 1)
    for gap in panels.gaps:
        mark, pairs = panels.gap_style(gap), list(zip(gap.doses, gap.contrasts, strict=True))
        yield _band_mark(panels, frame, [(dose, contrast.interval) for dose, contrast in pairs], mark.color)
        points = [(frame.at(doses.at(dose), scale * c.interval.value), not c.is_decided) for dose, c in pairs]
        yield from _line_marks(points, mark)


def _band_mark(panels: Panels, frame: Frame, intervals: Sequence[tuple[float, Interval]], color: str) -> str:
    """What lies between the bounds of intervals at some doses."""
    low, high = (
        [frame.at(panels.doses.at(dose), panels.scale * bounds(interval)[side]) for dose, interval in intervals]
        for side in (0, 1)
    )
    return area(low, high, color)


def _line_marks(points: Sequence[tuple[Point, bool]], mark: Style) -> Iterator[str]:
    """Yields a line and its marks, each with whether it is hollow."""
    yield line([point for point, _ in points], mark.color, 1.8, dashes=mark.dashes)
    yield from (marker(point, mark, hollow=hollow) for point, hollow in points)


def _crossings(panels: Panels, upper: Frame, bottom: Frame) -> Iterator[str]:
    """Yields a band through all panels for each two doses between which curves cross."""
    for low, high in dict.fromkeys(doses for gap in panels.gaps for doses in gap.crossings):
        low_x, high_x = (upper.x.at(panels.doses.at(dose)) for dose in (low, high))
        yield band((low_x, upper.y.end), (high_x, bottom.y.start), GRID, 0.45)


def _caption(panels: Panels) -> str:
    """What the marks mean."""
    parts = [f"Marks: means, with a band for the 95 % interval; dots: each {panels.comparison.replication.unit}."]
    bases = list(dict.fromkeys(map(panels.base, panels.curves)))
    is_lowest = all(panels.base(curve) == curve.arms[0] for curve in panels.curves)
    if len(bases) <= MOST_BASES:
        parts.append(f"Hollow: not told from {' or '.join(bases)}{', on the same curve' if len(bases) > 1 else ''}.")
    else:
        parts.append(f"Hollow: not told from {'' if is_lowest else 'the control or '}the lowest dose of its curve.")
    if panels.gaps:
        parts.append(f"{_gaps_text(panels)} Hollow gaps: not told from zero.")
    if any(gap.crossings for gap in panels.gaps):
        parts.append("Grey: doses between which curves cross.")
    return f"{' '.join(parts)} {basis(panels.comparison)}"


def _gaps_text(panels: Panels) -> str:
    """What is subtracted from what, and how it is drawn."""
    names = dict(zip((curve.arms for curve in panels.curves), panels.names, strict=True))
    pairs = [(names[gap.treatment.arms], names[gap.control.arms]) for gap in panels.gaps]
    controls = {control for _, control in pairs}
    if len(pairs) == 1:
        return f"Gap: {f' {MINUS} '.join(pairs[0])}."
    if len(controls) == 1:
        return f"Gaps: each less {controls.pop()}, in the colour of the curve."
    more = f" and {len(pairs) - MOST_GAPS} more" if len(pairs) > MOST_GAPS else ""
    texts = "; ".join(f" {MINUS} ".join(pair) for pair in pairs[:MOST_GAPS])
    return f"Gaps: {texts}{more}, with the colour of the first and the dashes of the second."
