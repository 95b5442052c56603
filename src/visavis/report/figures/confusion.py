"""What arms take classes for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from visavis.evidence import Comparison
from visavis.report.charts import (
    BELOW,
    FONT,
    GAP,
    INK,
    LINE,
    MUTED,
    PAPER,
    Axis,
    Figure,
    Frame,
    label,
    lines_of,
    svg,
    text_width,
)
from visavis.report.figures.figure import arm_color, basis

MATRIX_LABELS = 15
"""Number of classes up to which a confusion matrix is labelled."""
MOST_SQUARES = 4000
"""Entries of a confusion matrix that are drawn, the largest."""
SHADES = 50


def confusion_figure(comparison: Comparison, arm: str) -> Figure:
    """Confusion matrix of an arm, each row in percent of its class."""
    counts = comparison.outputs.confusion(arm)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    names = [lines_of(name, 12, 1)[0] for name in comparison.classes]
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
        f"{arm}: percent of each true class, all seeds together. {basis(comparison)}{remark}",
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
