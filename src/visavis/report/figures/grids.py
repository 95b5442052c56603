"""Arms that differ in two factors: lines over the levels of one of them, or a map of two numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from visavis.conclusions import Estimate
from visavis.evidence import Comparison
from visavis.quantities import value_text
from visavis.report.charts import (
    BELOW,
    FONT,
    GAP,
    GRID,
    INK,
    LINE,
    MUTED,
    Axis,
    Figure,
    Frame,
    before_axis,
    bottom_axis,
    label,
    left_axis,
    line,
    lines_of,
    span,
    svg,
    text_width,
    tick_texts,
    ticks,
)
from visavis.report.figures.figure import WIDE, basis, bounds, extent, scale_of, value_title
from visavis.report.marks import Legend, marker, seed_dots, style

PLOT = 200.0
"""Height of the panel of an interaction plot."""
DODGE = 0.09
"""Between the lines at one level, where levels are 1 apart, so that their intervals can be told apart."""
BESIDE = 0.035
"""Between an interval and the dots of its seeds."""
CELL = 34.0
"""Height of an entry of a map."""
DARKEST = 0.5
"""Of an entry: the number on it can be read in the light and in the dark."""


@dataclass(frozen=True)
class Grid:
    """Arms that have two or more levels of two factors and agree in the rest.

    Attributes:
        factor, across: what stands along the axis, and what makes lines or rows; a factor, or a number's path.
        levels, rows: what their levels are called, in order.
        arms: by (level, row); some may be missing.
        context: the levels of what else differs in the study; empty where nothing does.
    """

    factor: str
    across: str
    levels: tuple[str, ...]
    rows: tuple[str, ...]
    arms: Mapping[tuple[int, int], str]
    context: str


def value_range(comparison: Comparison, grids: Sequence[Grid]) -> tuple[float, float]:
    """One range for grids that stand beside each other."""
    estimates = [_estimate(comparison, arm) for grid in grids for arm in grid.arms.values()]
    numbers = extent([e.interval for e in estimates], [v for e in estimates for v in e.by_seed.values()])
    return span([scale_of(comparison.headline) * number for number in numbers])


def interaction_figure(comparison: Comparison, grid: Grid, y: tuple[float, float]) -> Figure:
    """A line over the levels of one factor for each level of the other one, with intervals and a dot for each seed.

    Args:
        comparison: whose arms.
        grid: of them.
        y: range of the values.
    """
    metric, scale = comparison.headline, scale_of(comparison.headline)
    frame, legend, texts = _interaction_frame(grid, y)
    marks = [*legend.draw(2), *left_axis(frame, ticks(*y), value_title(metric))]
    for level, text in enumerate(texts):
        marks.append(label((frame.x.at(level), frame.y.start + GAP + LINE * len(text) / 2), text, INK, anchor="middle"))
    middle = (frame.x.start + frame.x.end) / 2
    marks.append(line([(frame.x.start, frame.y.start), (frame.x.end, frame.y.start)], GRID, 1))
    marks.append(label((middle, frame.height - LINE / 2), [grid.factor], MUTED, anchor="middle"))
    for row in range(len(grid.rows)):
        mark, offset = style(row), DODGE * (row - (len(grid.rows) - 1) / 2)
        cells = [(level, grid.arms[level, row]) for level in range(len(texts)) if (level, row) in grid.arms]
        estimates = [(level + offset, _estimate(comparison, arm)) for level, arm in cells]
        points = [frame.at(position, scale * estimate.interval.value) for position, estimate in estimates]
        for position, estimate in estimates:
            marks.append(
                line([frame.at(position, scale * b) for b in bounds(estimate.interval)], mark.color, 5, opacity=0.3)
            )
            marks += seed_dots(
                [frame.at(position - BESIDE, scale * value) for value in estimate.by_seed.values()], mark.color
            )
        marks.append(line(points, mark.color, 1.8, dashes=mark.dashes))
        marks += [marker(point, mark) for point in points]
    alternative = f"{metric.title} by {grid.factor} and {grid.across}; the numbers are in the table of arms"
    return Figure(
        svg(frame, marks, alternative),
        f"A line for each {grid.across}: marks are means, bars 95 % intervals, dots each "
        f"{comparison.replication.unit}. Lines that aren't parallel are an interaction. {basis(comparison)}",
        grid.context,
    )


def _interaction_frame(grid: Grid, y: tuple[float, float]) -> tuple[Frame, Legend, list[list[str]]]:
    """The frame, what stands above it, and the levels' labels in lines."""
    start = before_axis(tick_texts(ticks(*y)))
    legend = Legend([(row, style(index)) for index, row in enumerate(grid.rows)], start, WIDE - 8)
    room = (WIDE - 8 - start) / len(grid.levels)
    texts = [lines_of(text, max(4, int(room * len(text) / text_width(text)) - 1), 3) for text in grid.levels]
    top = legend.height + 8
    height = top + PLOT + GAP + LINE * (max(map(len, texts)) + 1.2)
    x = Axis(-0.5, len(grid.levels) - 0.5, start, WIDE - 8)
    return Frame(x, Axis(*y, top + PLOT, top), WIDE, height), legend, texts


def map_figure(comparison: Comparison, grid: Grid, y: tuple[float, float]) -> Figure:
    """A map of two numbers with the values written in, the higher the darker.

    Args:
        comparison: whose arms.
        grid: of them.
        y: range of the values.
    """
    metric = comparison.headline
    start = before_axis(grid.rows)
    height = CELL * len(grid.rows)
    x, rows = Axis(-0.5, len(grid.levels) - 0.5, start, WIDE - 8), Axis(-0.5, len(grid.rows) - 0.5, height + 4, 4)
    frame = Frame(x, rows, WIDE, height + 4 + BELOW)
    marks = [_entry(comparison, frame, cell, arm, y) for cell, arm in grid.arms.items()]
    marks += [
        label(
            frame.at(*cell),
            [value_text(_estimate(comparison, arm).interval.value, metric).removesuffix(" %")],
            anchor="middle",
        )
        for cell, arm in grid.arms.items()
    ]
    marks += [label((start - GAP, rows.at(row)), [text], MUTED) for row, text in enumerate(grid.rows)]
    middle = (rows.start + rows.end) / 2
    marks.append(label((FONT / 2 + 1, middle), [grid.across], MUTED, anchor="middle", turn=-90))
    marks += bottom_axis(frame, range(len(grid.levels)), grid.factor, texts=grid.levels)
    alternative = f"{metric.title} by {grid.factor} and {grid.across}, the values written in"
    outline = f" Outlined: {comparison.control}." if comparison.control in grid.arms.values() else ""
    return Figure(
        svg(frame, marks, alternative),
        f"Mean {value_title(metric)}, the higher the darker. {_ends(comparison, grid)}{outline} Intervals are in the "
        f"table of arms. {basis(comparison)}",
        grid.context,
    )


def _entry(comparison: Comparison, frame: Frame, cell: tuple[int, int], arm: str, y: tuple[float, float]) -> str:
    """A rectangle of a map."""
    value = scale_of(comparison.headline) * _estimate(comparison, arm).interval.value
    shade = DARKEST * (value - y[0]) / (y[1] - y[0])
    left_edge, top = frame.at(cell[0] - 0.5, cell[1] + 0.5)
    right_edge, bottom = frame.at(cell[0] + 0.5, cell[1] - 0.5)
    color, width = (INK, 2) if arm == comparison.control else (GRID, 0.5)
    return (
        f'<rect x="{left_edge + 1.5:.1f}" y="{top + 1.5:.1f}" width="{right_edge - left_edge - 3:.1f}" '
        f'height="{bottom - top - 3:.1f}" rx="3" fill="{style(0).color}" fill-opacity="{shade:.2f}" '
        f'stroke="{color}" stroke-width="{width}"/>'
    )


def _ends(comparison: Comparison, grid: Grid) -> str:
    """The arms with the highest and the lowest value."""
    values = {arm: _estimate(comparison, arm).interval.value for arm in grid.arms.values()}
    highest, lowest = max(values, key=values.__getitem__), min(values, key=values.__getitem__)
    metric = comparison.headline
    ends = (("Highest", highest), ("lowest", lowest))
    return "; ".join(f"{word}: {arm} ({value_text(values[arm], metric)})" for word, arm in ends) + "."


def _estimate(comparison: Comparison, arm: str) -> Estimate:
    return comparison.measured[arm][comparison.headline.name]
