"""How numbers are written: shares in percent, differences of shares in percentage points, and never mixed up."""

from __future__ import annotations

from visavis.results import Interval
from visavis.stats.metrics import METRICS

SHARES = frozenset(metric.name for metric in METRICS if metric.is_share)
MINUS = "\N{MINUS SIGN}"


def is_share(metric: str) -> bool:
    """Whether values of the metric are shown in percent."""
    return metric in SHARES or metric.endswith("]")  # a class's precision, recall or F1


def title(metric: str) -> str:
    """What people call a metric."""
    return next((known.title for known in METRICS if known.name == metric), metric)


def value_text(value: float, metric: str) -> str:
    """A value of an arm, such as ``89.6 %`` or ``0.541``."""
    return f"{100 * value:.1f} %" if is_share(metric) else f"{value:.3f}"


def difference_text(value: float, metric: str) -> str:
    """A difference with its sign, such as ``+1.2 pp`` or a minus sign and ``0.031``."""
    return f"{signed(value, metric)} pp" if is_share(metric) else signed(value, metric)


def signed(value: float, metric: str) -> str:
    """A difference with its sign, without its unit."""
    scaled, digits = (100 * value, 1) if is_share(metric) else (value, 3)
    text = f"{round(scaled, digits) + 0.0:+.{digits}f}"  # adding zero turns a negative zero into zero
    return text.replace("-", MINUS)


def range_text(interval: Interval, metric: str) -> str:
    """The bounds of an arm's interval, such as ``88.9 to 90.3 %``."""
    if is_share(metric):
        return f"{100 * interval.low:.1f} to {100 * interval.high:.1f} %"
    return f"{interval.low:.3f} to {interval.high:.3f}"


def difference_range_text(interval: Interval, metric: str) -> str:
    """The bounds of a difference, such as ``+0.4 to +2.0 pp``."""
    text = f"{signed(interval.low, metric)} to {signed(interval.high, metric)}"
    return f"{text} pp" if is_share(metric) else text


def p_text(p: float) -> str:
    """``p = .012``, or ``p < .001``; with as many digits as it takes to see on which side of .05 it lies."""
    if p < 0.001:
        return "p < .001"
    digits = 3
    while digits < 9 and (round(p, digits) < 0.05) != (p < 0.05):
        digits += 1
    return f"p = {p:.{digits}f}".replace("0.", ".", 1)


def count(number: int, noun: str) -> str:
    """``1 seed``, ``3 seeds``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def basis_text(interval: Interval) -> str:
    """What an interval rests on, such as ``3 seeds x 2,000 test images``."""
    return f"{count(interval.seeds, 'seed')} \N{MULTIPLICATION SIGN} {count(interval.images, 'test image')}"


def level_text(interval: Interval) -> str:
    """``95 %``."""
    return f"{interval.level:.0%}".replace("%", " %")
