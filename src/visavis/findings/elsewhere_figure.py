"""The contrasts on the own test images and on others, below each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from visavis.charts import (
    GAP,
    GRID,
    INK,
    MUTED,
    Figure,
    Frame,
    band,
    bottom_axis,
    diamond,
    dot,
    label,
    line,
    lines_of,
    rows_frame,
    span,
    svg,
    ticks,
)
from visavis.design.study import OWN_TEST
from visavis.evidence import Comparison
from visavis.quantities import MINUS, count, name_text
from visavis.results import Contrast

MOST_ROWS = 24
"""Contrasts that are drawn, on all test images together; the table has all."""
COLORS = 8
"""Colours that the page has; more arms share them."""
LETTERS = 24
"""Of a line of a row's label."""


def elsewhere_figure(comparison: Comparison) -> Figure | None:
    """The contrasts of the headline, each on the own test images and then on others; None where there are none.

    Args:
        comparison: on the own test images.
    """
    tests = {OWN_TEST: comparison, **comparison.elsewhere}
    shown = comparison.headlines[: max(1, MOST_ROWS // len(tests))]
    rows = [(name, evidence.headlines[number]) for number in range(len(shown)) for name, evidence in tests.items()]
    if not rows:
        return None
    metric = comparison.headline
    scale, unit = (100.0, " in percentage points") if metric.is_share else (1.0, "")
    margin = scale * comparison.margin if metric.is_share else 0.0
    bounds = chain.from_iterable(_numbers(contrast) for _, contrast in rows)
    labels = [_label(name, contrast) for name, contrast in rows]
    frame = rows_frame(span([-margin, margin, *(scale * bound for bound in bounds)]), labels, width=446, row_height=34)
    marks = [band((frame.x.at(-margin), frame.y.end), (frame.x.at(margin), frame.y.start), GRID)]
    marks += bottom_axis(frame, ticks(frame.x.low, frame.x.high), f"difference of {name_text(metric)}{unit}")
    marks.append(line([(frame.x.at(0), frame.y.end), (frame.x.at(0), frame.y.start)], INK, 1))
    for row, (name, contrast) in enumerate(rows):
        color = MUTED if name == OWN_TEST else f"var(--arm-{comparison.arms.index(contrast.treatment) % COLORS})"
        marks.append(label((frame.x.start - GAP, frame.y.at(row)), labels[row]))
        marks += _estimate(frame, row, contrast, scale, color)
    rest = len(comparison.headlines) - len(shown)
    left_out = f" The tables have {count(rest, 'more contrast')}." if rest else ""
    caption = (
        f"Each contrast on the {comparison.images:,} own test images, then on others. Diamond: mean difference; "
        f"bar: 95 % interval; dots: each of {count(len(comparison.seeds), 'seed')}.{left_out}"
    )
    alternative = "Differences on the own and on other test images with their intervals; the numbers are in the tables"
    return Figure(svg(frame, marks, alternative), caption)


def _numbers(contrast: Contrast) -> tuple[float, ...]:
    return contrast.interval.low, contrast.interval.high, *contrast.by_seed.values()


def _label(name: str, contrast: Contrast) -> list[str]:
    """The contrast where it stands for the first time, then only where it is measured."""
    if name == OWN_TEST:
        return lines_of(f"{contrast.treatment} {MINUS} {contrast.control}", LETTERS)
    return lines_of(f"on {name}", LETTERS, 1)


def _estimate(frame: Frame, row: int, contrast: Contrast, scale: float, color: str) -> Iterator[str]:
    """Yields a difference with its interval, and a dot for each seed above it."""
    interval = contrast.interval
    yield line([frame.at(scale * bound, row) for bound in (interval.low, interval.high)], color, 5, opacity=0.35)
    yield diamond(frame.at(scale * interval.value, row), color)
    yield from (dot(frame.at(scale * value, row - 0.3), color, 2.2) for value in contrast.by_seed.values())
