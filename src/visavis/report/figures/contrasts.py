"""Contrasts with their intervals, one in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.conclusions import Contrast
from visavis.evidence import Comparison
from visavis.quantities import MINUS, name_text, size_text
from visavis.report.charts import (
    GAP,
    GRID,
    INK,
    Figure,
    band,
    bottom_axis,
    dot,
    label,
    line,
    lines_of,
    rows_frame,
    span,
    svg,
    ticks,
)
from visavis.report.figures.figure import WIDE, arm_color, basis, difference_title, extent, interval_mark, scale_of

LABEL = 22
"""Letters of a line of a row's name."""


def marks_text(comparison: Comparison) -> str:
    """What a row consists of."""
    return f"Diamond: mean difference; bar: 95 % interval; dots: each {comparison.replication.unit}"


@dataclass(frozen=True)
class Bar:
    """A row of a figure of differences.

    Attributes:
        label: lines of text.
        color: of the marks.
        contrast: of the headline.
    """

    label: Sequence[str]
    color: str
    contrast: Contrast


def contrasts_figure(comparison: Comparison, contrasts: Sequence[Contrast]) -> Figure:
    """Differences of the headline with their intervals, every seed as a dot, the margin as a band."""
    metric = comparison.headline
    bars = [
        Bar(lines, arm_color(comparison, contrast.treatment), contrast)
        for lines, contrast in zip(_labels(contrasts), contrasts, strict=True)
    ]
    alternative = f"Differences of {name_text(metric)} with their intervals; the numbers are in the table of contrasts"
    control = _control(contrasts)
    against = f"Each arm less {control}. " if control and len(contrasts) > 1 else ""
    margin = comparison.margin_of(metric).size
    too_little = f"; band: \N{PLUS-MINUS SIGN}{size_text(margin, metric)}, too little to count" if margin else ""
    return Figure(
        bars_svg(comparison, bars, 50 if len(bars) < 5 else 34, alternative),
        f"{against}{marks_text(comparison)}{too_little}. {basis(comparison)}",
    )


def bars_svg(comparison: Comparison, bars: Sequence[Bar], row_height: float, alternative: str) -> str:
    """Differences of the headline below each other, the margin as a band where there is one.

    Args:
        comparison: has headline and margin.
        bars: at least one, the first on top.
        row_height: where its label takes no more.
        alternative: what the figure shows, in words.
    """
    metric, scale = comparison.headline, scale_of(comparison.headline)
    margin = scale * comparison.margin_of(metric).size
    contrasts = [bar.contrast for bar in bars]
    numbers = [scale * number for row in contrasts for number in extent([row.interval], row.by_seed.values())]
    x = span([-margin, margin, *numbers])
    frame = rows_frame(x, [bar.label for bar in bars], WIDE, row_height)
    top, bottom = frame.y.end, frame.y.start
    marks = [band((frame.x.at(-margin), top), (frame.x.at(margin), bottom), GRID)]
    marks += bottom_axis(frame, ticks(*x), difference_title(metric))
    marks.append(line([(frame.x.at(0), top), (frame.x.at(0), bottom)], INK, 1))
    for row, bar in enumerate(bars):
        marks.append(label((frame.x.start - GAP, frame.y.at(row)), bar.label))
        marks += interval_mark(frame, row, bar.contrast.interval, bar.color, scale)
        # Above the bar, so that neither hides the other.
        values = bar.contrast.by_seed.values()
        marks += [dot(frame.at(scale * value, row - 0.28), bar.color, 2.2) for value in values]
    return svg(frame, marks, alternative)


def _labels(contrasts: Sequence[Contrast]) -> list[list[str]]:
    """A label for each row, in lines; the control is left out where all rows have the same."""
    if len(contrasts) > 1 and _control(contrasts):
        return [lines_of(contrast.treatment, LABEL) for contrast in contrasts]
    return list(map(contrast_label, contrasts))


def contrast_label(contrast: Contrast) -> list[str]:
    """Both arms, in lines."""
    whole = contrast.minus_text
    is_short = len(lines_of(whole, LABEL)) == 1
    parts = [whole] if is_short else [contrast.treatment, f"{MINUS} {contrast.control}"]
    return [text for part in parts for text in lines_of(part, LABEL)]


def _control(contrasts: Sequence[Contrast]) -> str | None:
    """The control of all contrasts; None where they have several."""
    controls = {contrast.control for contrast in contrasts}
    return controls.pop() if len(controls) == 1 else None
