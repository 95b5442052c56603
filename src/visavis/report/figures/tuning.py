"""Tuned arms: the headline of every candidate on the images held out, and the best to be expected of so many."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from visavis.evidence import Comparison
from visavis.evidence.tuning import TunedArm
from visavis.quantities import count, name_text, number_text
from visavis.report.charts import (
    BELOW,
    Axis,
    Figure,
    Frame,
    apart,
    before_axis,
    bottom_axis,
    left_axis,
    line,
    span,
    svg,
    tick_texts,
    ticks,
)
from visavis.report.figures.figure import WIDE, arm_style, scale_of, value_title
from visavis.report.marks import Legend, marker, seed_dots

HEIGHT = 190.0
LOG_FROM = 10.0
"""Ratio of the largest to the smallest number beyond which their logarithms are drawn."""


def tuning_figures(comparison: Comparison) -> Iterator[Figure]:
    """Yields the values of candidates, for arms that are tuned in the same number; and the expected best of all."""
    arms = comparison.tuned_arms
    paths = dict.fromkeys(arm.path for arm in arms if arm.path)
    for path in paths:
        yield _sweep(comparison, [arm for arm in arms if arm.path == path])
    if arms:
        yield _expected_best(comparison, arms)


def _sweep(comparison: Comparison, arms: Sequence[TunedArm]) -> Figure:
    """A dot for each candidate and seed, a line through the means, a large mark for what was chosen."""
    doses = sorted({dose for arm in arms for dose in arm.doses})
    is_log = doses[0] > 0 and doses[-1] / doses[0] >= LOG_FROM
    at = math.log if is_log else float
    metric, scale = comparison.headline, scale_of(comparison.headline)
    values = np.concatenate([arm.scores.ravel() for arm in arms])
    frame, legend = _frame(comparison, arms, [at(dose) for dose in doses], list(scale * values[~np.isnan(values)]))
    marks = [*legend.draw(2), *left_axis(frame, ticks(frame.y.low, frame.y.high), value_title(metric))]
    texts = [number_text(dose) for dose in doses]
    shown = apart(frame.x, [at(dose) for dose in doses], texts)
    title = f"{arms[0].path}{', logarithmic' if is_log else ''}"
    marks += bottom_axis(frame, [at(doses[i]) for i in shown], title, texts=[texts[i] for i in shown])
    for arm in arms:
        mark, order = arm_style(comparison, arm.name), np.argsort(arm.doses)
        means = {number: _mean(arm.scores[:, number]) for number in order.tolist()}
        points = [frame.at(at(arm.doses[n]), scale * mean) for n, mean in means.items() if mean is not None]
        marks.append(line(points, mark.color, 1.8, dashes=mark.dashes))
        for number in order.tolist():
            scores = arm.scores[:, number]
            dots = [frame.at(at(arm.doses[number]), scale * score) for score in scores[~np.isnan(scores)]]
            marks += seed_dots(dots, mark.color)
        for row, number in enumerate(arm.numbers.values()):
            marks.append(marker(frame.at(at(arm.doses[number]), scale * arm.scores[row, number]), mark))
    unit = comparison.replication.unit
    caption = (
        f"Lines: means over {unit}s; dots: each candidate in each {unit}; marks: what was chosen. "
        f"{count(len(arms[0].names), 'candidate')} of each arm, on the images held out of its training part."
    )
    alternative = f"{name_text(metric)} of candidates over {arms[0].path}; the numbers are in the tables of candidates"
    return Figure(svg(frame, marks, alternative), caption, f"Candidates over {arms[0].path}")


def _expected_best(comparison: Comparison, arms: Sequence[TunedArm]) -> Figure:
    """What so many candidates are worth."""
    scale, most = scale_of(comparison.headline), len(arms[0].names)
    values = [scale * value for arm in arms for value in arm.expected_best]
    frame, legend = _frame(comparison, arms, [1.0, float(most)], values)
    marks = [*legend.draw(2), *left_axis(frame, ticks(frame.y.low, frame.y.high), value_title(comparison.headline))]
    marks += bottom_axis(frame, [n for n in ticks(1, most, whole=True) if n >= 1], "candidates tried")
    for arm in arms:
        mark = arm_style(comparison, arm.name)
        points = [frame.at(n, scale * value) for n, value in enumerate(arm.expected_best, 1)]
        marks.append(line(points, mark.color, 1.8, dashes=mark.dashes))
        marks += [marker(point, mark, reach=3.2) for point in points]
    caption = (
        "The best value on the images held out that is to be expected of so many candidates, drawn at random from "
        "those that were tried. Where lines cross, the answer hangs on how hard one tunes."
    )
    alternative = f"Expected best {name_text(comparison.headline)} over the number of candidates"
    return Figure(svg(frame, marks, alternative), caption, "Expected best")


def _frame(
    comparison: Comparison, arms: Sequence[TunedArm], positions: Sequence[float], values: Sequence[float]
) -> tuple[Frame, Legend]:
    y = span(values)
    start = before_axis(tick_texts(ticks(*y)))
    legend = Legend([(arm.name, arm_style(comparison, arm.name)) for arm in arms], start, WIDE - 8)
    top = legend.height + 8
    x = Axis(*span(positions, 0.06), start, WIDE - 8)
    return Frame(x, Axis(*y, top + HEIGHT, top), WIDE, top + HEIGHT + BELOW), legend


def _mean(scores: np.ndarray) -> float | None:
    known = scores[~np.isnan(scores)]
    return float(known.mean()) if len(known) else None
