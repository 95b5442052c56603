"""The headline of every arm, cell by cell."""

from __future__ import annotations

from visavis.evidence import Comparison
from visavis.report.charts import (
    GAP,
    GRID,
    Figure,
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
from visavis.report.figures.figure import arm_color, basis, extent, interval_mark, scale_of, value_title


def arms_figure(comparison: Comparison) -> Figure:
    """The headline of every cell as a dot, the pairs joined, each arm's mean with its interval."""
    metric, scale = comparison.headline, scale_of(comparison.headline)
    estimates = {arm: comparison.measured[arm][metric.name] for arm in comparison.arms}
    numbers = [
        scale * number
        for estimate in estimates.values()
        for number in extent([estimate.interval], estimate.by_seed.values())
    ]
    labels = [lines_of(arm, 14, 3 if len(estimates) < 8 else 2) for arm in comparison.arms]
    frame = rows_frame(span(numbers), labels, width=374, row_height=max(28, 220 / len(labels)))
    title = f"test {value_title(metric)}"
    marks = list(bottom_axis(frame, ticks(frame.x.low, frame.x.high), title, grid=True))
    for seed in estimates[comparison.control].by_seed:
        path = [frame.at(scale * item.by_seed[seed], row - 0.14) for row, item in enumerate(estimates.values())]
        marks.append(line(path, GRID, 1))
    for row, (arm, estimate) in enumerate(estimates.items()):
        color = arm_color(comparison, arm)
        marks.append(label((frame.x.start - GAP, frame.y.at(row)), labels[row]))
        marks += [dot(frame.at(scale * value, row - 0.14), color, 3) for value in estimate.by_seed.values()]
        marks += interval_mark(frame, row + 0.16, estimate.interval, color, scale)
    unit = comparison.replication.unit
    return Figure(
        svg(frame, marks, f"{metric.title} of each arm and seed; the numbers are in the table of arms"),
        f"Dots: each {unit}, lines join the cells of one {unit}; diamond and bar: mean and 95 % interval. "
        f"{basis(comparison)}",
    )
