"""How much confidence is worth."""

from __future__ import annotations

from visavis.evidence import Comparison
from visavis.report.charts import MUTED, Figure, bottom_axis, left_axis, line, plot_frame, svg, tick_texts
from visavis.report.figures.figure import arm_style, basis
from visavis.report.marks import marker
from visavis.stats import BINS

FEWEST_IN_BIN = 10
"""Predictions from which a bin of a reliability curve is drawn."""


def calibration_figure(comparison: Comparison) -> Figure:
    """Reliability curve of each arm: how often it is right when it is so sure."""
    percents = [20.0 * step for step in range(6)]
    frame = plot_frame((0, 102), (-2, 102), tick_texts(percents))
    marks = [
        *left_axis(frame, percents, "share that is right, in %"),
        *bottom_axis(frame, percents, "probability that the arm gives its class, in %", grid=True),
        line([frame.at(0, 0), frame.at(100, 100)], MUTED, 1, dashes="4 3"),
    ]
    for arm in comparison.arms:
        curve, mark = comparison.outputs.reliability(arm), arm_style(comparison, arm)
        full_bins = curve.count >= FEWEST_IN_BIN
        pairs = zip(100 * curve.confidence[full_bins], 100 * curve.accuracy[full_bins], strict=True)
        points = [frame.at(float(confidence), float(accuracy)) for confidence, accuracy in pairs]
        marks.append(line(points, mark.color, dashes=mark.dashes))
        marks += [marker(point, mark, reach=2.4) for point in points]
    return Figure(
        svg(frame, marks, "Reliability of each arm; calibration errors are in the table of arms"),
        f"On the dashed line, confidence is worth what it says; below it, too sure. {BINS} bins of equal width, those "
        f"with fewer than {FEWEST_IN_BIN} predictions left out; all seeds together. {basis(comparison)}",
    )
