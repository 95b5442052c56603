"""What a figure is, and what figures share: units, colours, what they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from visavis.evidence import Comparison
from visavis.quantities import Interval, Quantity, name_text
from visavis.report.charts import Frame, diamond, line
from visavis.report.marks import Style, style

WIDE = 400.0
"""Width of a figure that has the page to itself."""


def arm_style(comparison: Comparison, arm: str) -> Style:
    """The same style for the same arm everywhere."""
    return style(comparison.arms.index(arm))


def arm_color(comparison: Comparison, arm: str) -> str:
    """The same colour for the same arm everywhere."""
    return arm_style(comparison, arm).color


def scale_of(metric: Quantity) -> float:
    """What a metric's values are multiplied by to be shown."""
    return 100.0 if metric.is_share else 1.0


def value_title(metric: Quantity) -> str:
    """Title of an axis of values."""
    return f"{name_text(metric)} in %" if metric.is_share else name_text(metric)


def difference_title(metric: Quantity) -> str:
    """Title of an axis of differences."""
    title = f"difference of {name_text(metric)}"
    return f"{title} in percentage points" if metric.is_share else title


def bounds(interval: Interval) -> tuple[float, float]:
    """Low and high."""
    return interval.low, interval.high


def interval_mark(frame: Frame, row: float, interval: Interval, color: str, scale: float) -> Iterator[str]:
    """Yields a value with its interval, in a row."""
    yield line([frame.at(scale * bound, row) for bound in bounds(interval)], color, 5, opacity=0.35)
    yield diamond(frame.at(scale * interval.value, row), color)


def extent(intervals: Iterable[Interval], values: Iterable[float]) -> list[float]:
    """All numbers that a figure has to show."""
    return [*(bound for interval in intervals for bound in bounds(interval)), *values]


def basis(comparison: Comparison) -> str:
    """What a figure rests on."""
    return f"{comparison.replication.text}, {comparison.images:,} test images."
