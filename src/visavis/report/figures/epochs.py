"""Learning curves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from visavis.describe import canonical
from visavis.evidence import Comparison
from visavis.report.charts import (
    Figure,
    Frame,
    bottom_axis,
    dot,
    left_axis,
    line,
    plot_frame,
    span,
    svg,
    tick_texts,
    ticks,
)
from visavis.report.figures.figure import arm_style, basis
from visavis.report.marks import Style
from visavis.results import EpochRow

Value = Callable[[EpochRow], float]


def learning_figures(comparison: Comparison) -> Iterator[Figure]:
    """Loss on the training images, then accuracy on the test images, by epoch: every cell, and each arm's mean."""
    arms = "Thin: each cell; thick: the mean of an arm, over as many epochs as it trains."
    losses = {canonical(comparison.study.arms[arm].get("loss")) for arm in comparison.arms}
    others = " Arms with other losses can't be compared in it." if len(losses) > 1 else ""
    yield Figure(
        _by_epoch(comparison, "training loss", lambda row: row.train_loss),
        f"{arms}{others} {basis(comparison)}",
    )
    yield Figure(
        _by_epoch(comparison, "test accuracy in %", lambda row: 100 * row.test_accuracy),
        f"{arms} For display: the last epoch counts, nothing was chosen by these curves. {basis(comparison)}",
    )


def _by_epoch(comparison: Comparison, title: str, value: Value) -> str:
    cells = {arm: [comparison.history(arm, seed) for seed in comparison.seeds] for arm in comparison.arms}
    rows = [row for histories in cells.values() for history in histories for row in history]
    last = max((row.epoch for row in rows), default=1)
    y = span([number for number in map(value, rows) if np.isfinite(number)] or [0.0, 1.0])
    y_ticks = ticks(*y)
    frame = plot_frame((1, last) if last > 1 else (0.5, 1.5), y, tick_texts(y_ticks))
    marks = list(left_axis(frame, y_ticks, title))
    marks += bottom_axis(frame, ticks(frame.x.low, frame.x.high, whole=True), "epoch", grid=True)
    for arm, histories in cells.items():
        color = arm_style(comparison, arm).color
        marks += [_path(frame, history, value, Style(color, "", None), 0.6, 0.35) for history in histories]
    for arm, histories in cells.items():  # above all thin lines
        marks.append(_mean(frame, histories, value, arm_style(comparison, arm)))
    return svg(frame, marks, f"{title} of every cell by epoch, and the mean of each arm")


def _path(frame: Frame, history: Sequence[EpochRow], value: Value, mark: Style, width: float, opacity: float) -> str:
    points = [frame.at(row.epoch, value(row)) for row in history if np.isfinite(value(row))]
    return _stroke(points, mark, width, opacity)


def _mean(frame: Frame, histories: Sequence[Sequence[EpochRow]], value: Value, mark: Style) -> str:
    """The mean over seeds, as far as all of them go."""
    epochs = zip(*histories, strict=False)
    means = [(rows[0].epoch, float(np.mean([value(row) for row in rows]))) for rows in epochs]
    points = [frame.at(epoch, mean) for epoch, mean in means if np.isfinite(mean)]
    return _stroke(points, mark, 1.7, 1.0)


def _stroke(points: Sequence[tuple[float, float]], mark: Style, width: float, opacity: float) -> str:
    """A line; a dot where there is one epoch only."""
    if len(points) > 1:
        return line(points, mark.color, width, opacity=opacity, dashes=mark.dashes)
    return "".join(dot(point, mark.color, 2 + width / 2, opacity) for point in points)
