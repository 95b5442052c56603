"""What each look showed, where seeds are trained until the study is decided."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.conclusions import Contrast
from visavis.evidence import Comparison
from visavis.evidence.path import Look, path_of
from visavis.quantities import name_text
from visavis.report.charts import (
    BELOW,
    GRID,
    INK,
    Axis,
    Figure,
    Frame,
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
from visavis.report.figures.contrasts import contrast_label
from visavis.report.figures.figure import WIDE, arm_style, basis, bounds, scale_of
from visavis.report.marks import marker

TOP, HEIGHT = 8.0, 190.0
MOST_PATHS = 4
"""Contrasts that have a figure."""
CAPTION = (
    "Marks: estimates, full where they are told from zero; bars: 95 % intervals that hold at all looks at once; "
    "dashed: how far from zero an estimate has to be. Bars and boundaries that leave the figure are cut."
)


def path_figures(comparison: Comparison) -> Iterator[Figure]:
    """Yields a figure for each contrast that the study is about, as far as there are few; none without looks."""
    path = path_of(comparison)
    for number in range(min(len(path[-1].contrasts), MOST_PATHS) if path else 0):
        yield _figure(comparison, path, [look.contrasts[number] for look in path])


def _figure(comparison: Comparison, path: tuple[Look, ...], rows: list[Contrast]) -> Figure:
    """The estimates with their repeated intervals, and the boundary that an estimate has to pass."""
    metric, scale = comparison.headline, scale_of(comparison.headline)
    mark = arm_style(comparison, rows[0].treatment)
    seeds, frame = [look.seeds for look in path], _frame(comparison, rows)
    margin = scale * comparison.margin_of(metric).size
    ends = frame.x.start, frame.x.end
    marks = [band((ends[0], _height(frame, margin)), (ends[1], _height(frame, -margin)), GRID)] if margin else []
    marks += left_axis(frame, ticks(frame.y.low, frame.y.high), f"difference{', pp' if metric.is_share else ''}")
    most = len(comparison.study.seeds)
    marks += bottom_axis(frame, ticks(0, most, whole=True)[1:], f"seeds, of at most {most}")
    marks.append(line([(ends[0], _height(frame, 0)), (ends[1], _height(frame, 0))], INK, 1))
    for sign in (-1, 1):
        boundary = [
            (frame.x.at(n), _height(frame, sign * scale * _reach(row))) for n, row in zip(seeds, rows, strict=True)
        ]
        marks.append(line(boundary, INK, 1.2, dashes="4 3"))
    for size, row in zip(seeds, rows, strict=True):
        x = frame.x.at(size)
        marks.append(
            line([(x, _height(frame, scale * bound)) for bound in bounds(row.interval)], mark.color, 4, opacity=0.35)
        )
        marks.append(marker((x, _height(frame, scale * row.interval.value)), mark, hollow=not row.is_decided))
    alternative = f"Difference of {name_text(metric)} after each look; the numbers are in the table of looks"
    return Figure(svg(frame, marks, alternative), f"{CAPTION} {basis(comparison)}", " ".join(contrast_label(rows[0])))


def _frame(comparison: Comparison, rows: list[Contrast]) -> Frame:
    """As high as estimates and the last interval take: the first intervals may be as wide as the scale."""
    scale, margin = scale_of(comparison.headline), comparison.margin_of(comparison.headline).size
    numbers = [0.0, -margin, margin, *(row.interval.value for row in rows), *bounds(rows[-1].interval)]
    y = span([scale * number for number in numbers], 0.25)
    start = before_axis(tick_texts(ticks(*y)))
    horizontal = Axis(0, len(comparison.study.seeds) + 0.5, start, WIDE - 8)
    return Frame(horizontal, Axis(*y, TOP + HEIGHT, TOP), WIDE, TOP + HEIGHT + BELOW)


def _height(frame: Frame, number: float) -> float:
    """Where a number stands, or the end of the axis that it lies beyond."""
    return frame.y.at(min(max(number, frame.y.low), frame.y.high))


def _reach(row: Contrast) -> float:
    """How far from zero the estimate would have to be."""
    return max(row.interval.high - row.interval.value, row.interval.value - row.interval.low)
