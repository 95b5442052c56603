"""Values for candidates: spaced evenly, or drawn, alike in every arm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from visavis.checks import excerpt, is_number, require, require_whole
from visavis.streams import Stream

Value = TypeVar("Value")


def log_spaced(low: float, high: float, count: int) -> list[float]:
    """So many values from ``low`` to ``high``, each as many times the one before, to three digits.

    Raises:
        InvalidStudy: bounds that aren't positive and in order, or fewer than 2 values.
    """
    _require_bounds("log_spaced", low, high, above=0.0)
    require_whole(count, "log_spaced.count", 2)
    return [_short(value) for value in np.geomspace(low, high, int(count))]


def evenly_spaced(low: float, high: float, count: int) -> list[float]:
    """As ``log_spaced``, of values at equal distances, of either sign."""
    _require_bounds("evenly_spaced", low, high)
    require_whole(count, "evenly_spaced.count", 2)
    return [_short(value) for value in np.linspace(low, high, int(count))]


def log_uniform(low: float, high: float, count: int, of: str = "") -> list[float]:
    """So many values between ``low`` and ``high``, whose logarithm is uniform, to three digits. The k-th one stands at
    the same share of the range whatever the bounds are: arms that draw alike are tuned alike.

    Args:
        low, high: bounds, above 0.
        count: how many.
        of: name of what is drawn; other names draw other shares, such as of a learning rate and a weight decay.

    Raises:
        InvalidStudy: bounds that aren't positive and in order, or no values.
    """
    _require_bounds("log_uniform", low, high, above=0.0)
    return [_short(low * (high / low) ** share) for share in _shares(count, of)]


def uniform(low: float, high: float, count: int, of: str = "") -> list[float]:
    """As ``log_uniform``, of values that are uniform themselves."""
    _require_bounds("uniform", low, high)
    return [_short(low + (high - low) * share) for share in _shares(count, of)]


def choice(values: Sequence[Value], count: int, of: str = "") -> list[Value]:
    """So many of some values, each as likely, drawn alike in every arm; see ``log_uniform``."""
    require(len(values) > 0, "choice.values", "no values", "one or more")
    return [values[int(share * len(values))] for share in _shares(count, of)]


def _shares(count: int, of: str) -> list[float]:
    """Uniform in [0, 1); the first ones are the same however many there are."""
    require_whole(count, "count", 1)
    shares: list[float] = Stream(("candidates", of)).numpy().random(int(count)).tolist()
    return shares


def _short(value: float) -> float:
    """To three digits, so that tables and names stay short."""
    return float(f"{value:.3g}")


def _require_bounds(name: str, low: object, high: object, above: float = -np.inf) -> None:
    require(
        is_number(low) and low > above, f"{name}.low", excerpt(low), "a number above 0" if above == 0 else "a number"
    )
    require(is_number(high) and high > low, f"{name}.high", excerpt(high), f"a number above {low}")  # type: ignore[operator]
