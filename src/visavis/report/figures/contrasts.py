"""Contrasts with their intervals, one in a row."""

from __future__ import annotations

from collections.abc import Sequence

from visavis.charts import (
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
from visavis.evidence import Comparison
from visavis.quantities import MINUS, name_text
from visavis.report.figures.figure import (
    WIDE,
    arm_color,
    basis,
    difference_title,
    extent,
    interval_mark,
    scale,
)
from visavis.results import Contrast

LABEL = 22
"""Letters of a line of a row's name."""


def contrasts_figure(comparison: Comparison, contrasts: Sequence[Contrast]) -> Figure:
    """Differences of the headline with their intervals, every seed as a dot, the margin as a band."""
    metric, factor = comparison.headline, scale(comparison.headline)
    margin = factor * comparison.margin
    numbers = [
        factor * number for contrast in contrasts for number in extent([contrast.interval], contrast.by_seed.values())
    ]
    labels = _labels(contrasts)
    x = span([-margin, margin, *numbers])
    frame = rows_frame(x, labels, width=WIDE, row_height=50 if len(contrasts) < 5 else 34)
    top, bottom = frame.y.end, frame.y.start
    marks = [band((frame.x.at(-margin), top), (frame.x.at(margin), bottom), GRID)]
    marks += bottom_axis(frame, ticks(*x), difference_title(metric))
    marks.append(line([(frame.x.at(0), top), (frame.x.at(0), bottom)], INK, 1))
    for row, contrast in enumerate(contrasts):
        color = arm_color(comparison, contrast.treatment)
        marks.append(label((frame.x.start - GAP, frame.y.at(row)), labels[row]))
        marks += interval_mark(frame, row, contrast.interval, color, factor)
        # Above the bar, so that neither hides the other.
        marks += [dot(frame.at(factor * value, row - 0.28), color, 2.2) for value in contrast.by_seed.values()]
    title = f"Differences of {name_text(metric)} with their intervals"
    control = _control(contrasts)
    against = f"Each arm less {control}. " if control and len(contrasts) > 1 else ""
    unit = " pp" if metric.is_share else ""
    return Figure(
        svg(frame, marks, f"{title}; the numbers are in the table of contrasts"),
        f"{against}Diamond: mean difference; bar: 95 % interval; dots: each seed; band: "
        f"\N{PLUS-MINUS SIGN}{margin:g}{unit}, counted as equivalent. {basis(comparison)}",
    )


def _labels(contrasts: Sequence[Contrast]) -> list[list[str]]:
    """A label for each row, in lines; the control is left out where all rows have the same."""
    if len(contrasts) > 1 and _control(contrasts):
        return [lines_of(contrast.treatment, LABEL) for contrast in contrasts]
    labels = []
    for contrast in contrasts:
        whole = f"{contrast.treatment} {MINUS} {contrast.control}"
        is_short = len(lines_of(whole, LABEL)) == 1
        parts = [whole] if is_short else [contrast.treatment, f"{MINUS} {contrast.control}"]
        labels.append([text for part in parts for text in lines_of(part, LABEL)])
    return labels


def _control(contrasts: Sequence[Contrast]) -> str | None:
    """The control of all contrasts; None where they have several."""
    controls = {contrast.control for contrast in contrasts}
    return controls.pop() if len(controls) == 1 else None
