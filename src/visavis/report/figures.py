"""The figures of the page, each with a caption that says n, seeds and interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from visavis.charts import (
    BELOW,
    FONT,
    GAP,
    GRID,
    INK,
    LINE,
    MUTED,
    PAPER,
    Axis,
    Figure,
    Frame,
    band,
    bottom_axis,
    diamond,
    dot,
    label,
    left_axis,
    line,
    lines_of,
    plot_frame,
    rows_frame,
    span,
    svg,
    text_width,
    tick_texts,
    ticks,
)
from visavis.evidence import Comparison
from visavis.quantities import MINUS, Interval, Quantity, count
from visavis.results import Contrast, EpochRow
from visavis.stats import BINS

COLORS = 8
"""Colours of arms that the page has; more arms share them."""
FEWEST_IN_BIN = 10
"""Predictions from which a bin of a reliability curve is drawn."""
MATRIX_LABELS = 15
"""Number of classes up to which a confusion matrix is labelled."""
MOST_SQUARES = 4000
"""Entries of a confusion matrix that are drawn, the largest."""
SHADES = 50


def arm_color(comparison: Comparison, arm: str) -> str:
    """The same colour for the same arm everywhere."""
    return f"var(--arm-{comparison.arms.index(arm) % COLORS})"


def contrasts_figure(comparison: Comparison, contrasts: Sequence[Contrast]) -> Figure:
    """Differences of the headline with their intervals, every seed as a dot, the margin as a band."""
    metric = comparison.headline
    scale, unit = _scale(metric), "in percentage points" if metric.is_share else ""
    margin = scale * comparison.margin if metric.is_share else 0.0
    numbers = [-margin, margin]
    for contrast in contrasts:
        numbers += [scale * number for number in (*_bounds(contrast.interval), *contrast.by_seed.values())]
    labels = [_contrast_lines(contrast) for contrast in contrasts]
    frame = rows_frame(span(numbers), labels, width=446, row_height=50)
    top, bottom = frame.y.end, frame.y.start
    marks = [band((frame.x.at(-margin), top), (frame.x.at(margin), bottom), GRID)]
    marks += bottom_axis(frame, ticks(frame.x.low, frame.x.high), f"difference of {metric.title.lower()} {unit}")
    marks.append(line([(frame.x.at(0), top), (frame.x.at(0), bottom)], INK, 1))
    for row, contrast in enumerate(contrasts):
        color = arm_color(comparison, contrast.treatment)
        marks.append(label((frame.x.start - GAP, frame.y.at(row)), labels[row]))
        marks += _estimate(frame, row, contrast.interval, color, scale)
        # Above the bar, so that neither hides the other.
        marks += [dot(frame.at(scale * value, row - 0.28), color, 2.2) for value in contrast.by_seed.values()]
    title = metric.title.lower()
    alternative = f"Differences of {title} with their intervals; the numbers are in the table of contrasts"
    equivalent = f"; band: \N{PLUS-MINUS SIGN}{margin:g} pp, counted as equivalent" if metric.is_share else ""
    return Figure(
        svg(frame, marks, alternative),
        f"Diamond: mean difference; bar: 95 % interval; dots: each seed{equivalent}. {_basis(comparison)}",
    )


def _scale(metric: Quantity) -> float:
    """Shares are drawn in percent."""
    return 100.0 if metric.is_share else 1.0


def _bounds(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def _estimate(frame: Frame, row: float, interval: Interval, color: str, scale: float) -> Iterator[str]:
    """Yields a value with its interval."""
    yield line([frame.at(scale * bound, row) for bound in _bounds(interval)], color, 5, opacity=0.35)
    yield diamond(frame.at(scale * interval.value, row), color)


def _contrast_lines(contrast: Contrast) -> list[str]:
    whole = f"{contrast.treatment} {MINUS} {contrast.control}"
    if len(lines_of(whole, 24)) == 1:
        return lines_of(whole, 24)
    return lines_of(contrast.treatment, 24) + lines_of(f"{MINUS} {contrast.control}", 24)


def headline_figure(comparison: Comparison) -> Figure:
    """The headline of every cell as a dot, the pairs joined, each arm's mean with its interval."""
    metric, scale = comparison.headline, _scale(comparison.headline)
    estimates = {arm: comparison.measured[arm][metric.name] for arm in comparison.arms}
    numbers = [
        scale * number
        for estimate in estimates.values()
        for number in (*_bounds(estimate.interval), *estimate.by_seed.values())
    ]
    labels = [lines_of(arm, 14, 3) for arm in comparison.arms]
    frame = rows_frame(span(numbers), labels, width=374, row_height=max(28, 220 / len(labels)))
    marks = list(
        bottom_axis(
            frame,
            ticks(frame.x.low, frame.x.high),
            f"test {metric.title.lower()}{' in %' if metric.is_share else ''}",
            grid=True,
        )
    )
    for seed in comparison.seeds:
        path = [frame.at(scale * estimate.by_seed[seed], row - 0.14) for row, estimate in enumerate(estimates.values())]
        marks.append(line(path, GRID, 1))
    for row, (arm, estimate) in enumerate(estimates.items()):
        color = arm_color(comparison, arm)
        marks.append(label((frame.x.start - GAP, frame.y.at(row)), labels[row]))
        marks += [dot(frame.at(scale * value, row - 0.14), color, 3) for value in estimate.by_seed.values()]
        marks += _estimate(frame, row + 0.16, estimate.interval, color, scale)
    return Figure(
        svg(frame, marks, f"{metric.title} of each arm and seed; the numbers are in the table of arms"),
        "Dots: each seed, lines join the cells of one seed; diamond and bar: mean and 95 % interval. "
        f"{_basis(comparison)}",
    )


def curves_figures(comparison: Comparison) -> Iterator[Figure]:
    """Learning curves of every cell: loss on the training images, then accuracy on the test images."""
    yield Figure(
        _curves(comparison, "training loss", lambda row: row.train_loss),
        f"One line per cell. {_basis(comparison)}",
    )
    yield Figure(
        _curves(comparison, "test accuracy in %", lambda row: 100 * row.test_accuracy),
        f"For display: the last epoch counts, nothing was chosen by these curves. {_basis(comparison)}",
    )


def _curves(comparison: Comparison, title: str, value: Callable[[EpochRow], float]) -> str:
    cells = [(arm, comparison.history(arm, seed)) for arm in comparison.arms for seed in comparison.seeds]
    numbers = [number for _, rows in cells for number in map(value, rows) if np.isfinite(number)]
    last = max((row.epoch for _, rows in cells for row in rows), default=1)
    y = span(numbers or [0.0, 1.0])
    y_ticks = ticks(*y)
    frame = plot_frame((1, last) if last > 1 else (0.5, 1.5), y, tick_texts(y_ticks))
    marks = list(left_axis(frame, y_ticks, title))
    marks += bottom_axis(frame, ticks(frame.x.low, frame.x.high, whole=True), "epoch", grid=True)
    for arm, rows in cells:
        points = [frame.at(row.epoch, value(row)) for row in rows if np.isfinite(value(row))]
        color = arm_color(comparison, arm)
        marks.append(
            line(points, color, opacity=0.85) if len(points) > 1 else "".join(dot(p, color, 3) for p in points)
        )
    return svg(frame, marks, f"{title} of every cell by epoch")


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
        curve, color = comparison.reliability(arm), arm_color(comparison, arm)
        full_bins = curve.count >= FEWEST_IN_BIN
        pairs = zip(100 * curve.confidence[full_bins], 100 * curve.accuracy[full_bins], strict=True)
        points = [frame.at(float(confidence), float(accuracy)) for confidence, accuracy in pairs]
        marks += [line(points, color), *(dot(point, color, 2.2, 1.0) for point in points)]
    return Figure(
        svg(frame, marks, "Reliability of each arm; calibration errors are in the table of arms"),
        f"On the dashed line, confidence is worth what it says; below it, too sure. {BINS} bins of equal width, those "
        f"with fewer than {FEWEST_IN_BIN} predictions left out; all seeds together. {_basis(comparison)}",
    )


def confusion_figure(comparison: Comparison, arm: str) -> Figure:
    """Confusion matrix of an arm, each row in percent of its class."""
    counts = comparison.confusion(arm)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    names = [_short_class(name) for name in comparison.classes]
    label_indices = range(0, len(names), -(-len(names) // MATRIX_LABELS))
    frame, turn = _matrix_frame(len(names), [names[index] for index in label_indices])
    entries = np.argwhere(shares >= 0.0005)  # a thousand classes have a million entries, nearly all empty
    largest = entries[np.argsort(-shares[tuple(entries.T)], kind="stable")[:MOST_SQUARES]]
    marks = [_squares(frame, shares, largest, arm_color(comparison, arm))]
    if len(names) <= MATRIX_LABELS:
        marks += _percents(frame, shares, entries)
    for index in label_indices:
        x, y = frame.at(index + 0.5, index + 0.5)
        below = (x, frame.y.start + GAP + LINE / 2) if not turn else (x, frame.y.start + GAP)
        marks.append(label(below, [names[index]], MUTED, anchor="end" if turn else "middle", turn=turn))
        marks.append(label((frame.x.start - GAP, y), [names[index]], MUTED))
    middle = (frame.x.start + frame.x.end) / 2
    marks.append(label((middle, frame.height - LINE / 2), ["predicted"], MUTED, anchor="middle"))
    marks.append(label((FONT / 2 + 1, (frame.y.start + frame.y.end) / 2), ["true"], MUTED, anchor="middle", turn=-90))
    left_out = len(entries) - len(largest)
    remark = f" The {MOST_SQUARES:,} largest entries; {left_out:,} smaller ones left out." if left_out else ""
    return Figure(
        svg(frame, marks, f"Confusion matrix of {arm}, rows in percent of the true class"),
        f"{arm}: percent of each true class, all seeds together. {_basis(comparison)}{remark}",
    )


def _matrix_frame(classes: int, labels: Sequence[str]) -> tuple[Frame, float]:
    """A square with room for labels on the left and below, and how far those below are turned."""
    width, widest = 317.0, max(map(text_width, labels))
    start = 1.5 * LINE + GAP + widest
    side = width - start - 2
    turn = -60.0 if widest > side / len(labels) else 0.0
    below = BELOW if not turn else 0.87 * widest + 2 * LINE
    return Frame(Axis(0, classes, start, start + side), Axis(classes, 0, side + 2, 2), width, side + 2 + below), turn


def _squares(frame: Frame, shares: np.ndarray, entries: np.ndarray, color: str) -> str:
    """Entries of the matrix as squares, the larger the darker, in one path for each shade."""
    # With an exponent of 1, a few per cent beside the diagonal would be too pale to see.
    levels = np.ceil(SHADES * shares[tuple(entries.T)] ** 0.6).astype(int)
    paths = [
        f'<path fill-opacity="{level / SHADES:g}" d="'
        + "".join(f"M{column} {row}h1v1h-1z" for row, column in entries[levels == level])
        + '"/>'
        for level in np.unique(levels)
    ]
    scale = (frame.x.end - frame.x.start) / (frame.x.high - frame.x.low)
    transform = f"translate({frame.x.start:.1f} {frame.y.end:.1f}) scale({scale:.4f})"
    return f'<g transform="{transform}" fill="{color}">{"".join(paths)}</g>'


def _percents(frame: Frame, shares: np.ndarray, entries: np.ndarray) -> Iterator[str]:
    """Yields the entries of the matrix as numbers."""
    for row, column in entries:
        share = shares[row, column]
        if share >= 0.005:  # less is written as 0
            centre = frame.at(column + 0.5, row + 0.5)
            yield label(centre, [f"{100 * share:.0f}"], PAPER if share > 0.5 else INK, anchor="middle", size=9)


def _short_class(name: str) -> str:
    return lines_of(name, 12, 1)[0]


def _basis(comparison: Comparison) -> str:
    return f"{count(len(comparison.seeds), 'seed')}, {comparison.images:,} test images."
