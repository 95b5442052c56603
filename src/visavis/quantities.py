"""What a number is a number of, how sure it is, and how it is written.

Shares are written in percent, differences of shares in percentage points; the two are never mixed up. A number that
isn't zero is never written as zero: it gets as many digits as its sign takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

MINUS = "\N{MINUS SIGN}"
MOST_DIGITS = 6
METRIC_NAMES = (
    "accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "log_loss", "calibration_error", "auc",
    "average_precision", "sensitivity_at_90", "top_3", "kappa", "linear_kappa", "quadratic_kappa", "brier",
    "debiased_calibration",
)  # fmt: skip
"""Of the metrics of all classes together, as JSON and CSV, ``--metric`` and a study's ``headline`` have them."""


class Quantity(Protocol):
    """What is measured: a metric of a table of logits."""

    @property
    def name(self) -> str:
        """What JSON and CSV call it."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def higher_is_better(self) -> bool:
        """Its direction."""

    @property
    def is_share(self) -> bool:
        """Whether it lies between 0 and 1 and is shown in percent."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its uncertainty.

    Attributes:
        value: the estimate, the mean over seeds.
        low, high: bounds at ``level``.
        level: nominal coverage; of all intervals of a family at once.
        degrees: degrees of freedom of Student's t.
        error: standard error of the value.
        p: two-sided, for the value being zero, by the same t; with several seeds, below .02 by one of fewer degrees.
        seeds, images: how many the value rests on.
        unit: what is counted as an image, in the singular: one, or a group of them.
        are_folds: whether each seed has tested some of the images.
    """

    value: float
    low: float
    high: float
    level: float
    degrees: float
    error: float
    p: float
    seeds: int
    images: int
    unit: str = "test image"
    are_folds: bool = False


def name_text(quantity: Quantity) -> str:
    """What a sentence calls it: ``balanced accuracy``, ``macro F1``, ``F1 of A``."""
    title = quantity.title
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def value_text(value: float, quantity: Quantity) -> str:
    """A value of an arm, such as ``89.6 %`` or ``0.541``."""
    return f"{100 * value:.1f} %" if quantity.is_share else f"{value:.3f}"


def difference_text(value: float, quantity: Quantity) -> str:
    """A difference with its sign, such as ``+1.2 pp`` or a minus sign and ``0.031``."""
    return f"{signed_number(value, quantity)} pp" if quantity.is_share else signed_number(value, quantity)


def size_text(size: float, quantity: Quantity) -> str:
    """The size of a difference, such as ``1 pp`` or ``0.05``."""
    return f"{100 * size:g} pp" if quantity.is_share else f"{size:g}"


def signed_number(value: float, quantity: Quantity) -> str:
    """A difference with its sign, without its unit."""
    number, digits = (100 * value, 1) if quantity.is_share else (value, 3)
    if abs(number) < 0.5 * 10.0**-MOST_DIGITS:
        return f"{0.0:+.{digits}f}"
    while round(number, digits) == 0:
        digits += 1
    return f"{number:+.{digits}f}".replace("-", MINUS)


def range_text(interval: Interval, quantity: Quantity) -> str:
    """The bounds of an arm's interval, such as ``88.9 to 90.3 %``; where nothing varies there is no telling."""
    if interval.error == 0:
        return "no spread seen"
    if quantity.is_share:
        return f"{100 * interval.low:.1f} to {100 * interval.high:.1f} %"
    return f"{interval.low:.3f} to {interval.high:.3f}".replace("-", MINUS)


def difference_range_text(interval: Interval, quantity: Quantity) -> str:
    """The bounds of a difference, such as ``+0.4 to +2.0 pp``."""
    text = f"{signed_number(interval.low, quantity)} to {signed_number(interval.high, quantity)}"
    return f"{text} pp" if quantity.is_share else text


def p_text(p: float) -> str:
    """``p = .012``, or ``p < .001``; with as many digits as it takes to see on which side of .05 it lies."""
    if p < 0.001:
        return "p < .001"
    digits = 3
    while digits < 9 and (round(p, digits) < 0.05) != (p < 0.05):
        digits += 1
    return f"p = {p:.{digits}f}".replace("0.", ".", 1)


def number_text(number: float) -> str:
    """A number as short as it can be told: ``0.001``, ``20``, ``1e-5``."""
    text = f"{number:.10g}"
    mantissa, exponent, power = text.partition("e")
    return f"{mantissa}e{int(power)}" if exponent else text


def count(number: int, noun: str) -> str:
    """``1 seed``, ``3 seeds``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def list_text(words: Iterable[object]) -> str:
    """``a``, ``a and b``, ``a, b and c``; empty for nothing."""
    texts = list(map(str, words))
    return " and ".join([", ".join(texts[:-1]), *texts[-1:]] if len(texts) > 1 else texts)


def some_text(words: Sequence[str], most: int, join: Callable[[Iterable[str]], str] = ", ".join) -> str:
    """``a, b``, joined as is said; of more than ``most`` words the first: ``a, b and 7 more``."""
    return join(words) if len(words) <= most else list_text([*words[:most], f"{len(words) - most:,} more"])


def basis_text(interval: Interval) -> str:
    """What an interval rests on, such as ``3 seeds x 2,000 test images``, ``3 seeds x 40 groups`` or ``2,000 test
    images in 5 folds``.
    """
    units = count(interval.images, interval.unit)
    if interval.are_folds:
        return f"{units} in {count(interval.seeds, 'fold')}"
    return f"{count(interval.seeds, 'seed')} \N{MULTIPLICATION SIGN} {units}"


def level_text(interval: Interval) -> str:
    """``95 %``."""
    return f"{interval.level:.0%}".replace("%", " %")
