"""Which differences are too small to count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from visavis.checks import excerpt, is_between, require
from visavis.quantities import METRIC_NAMES

SHARE = "a fraction between 0 and 1"


@dataclass(frozen=True)
class NonInferior:
    """The study asks whether a treatment is no worse than its control by this much or more: a cheaper network that may
    lose a little, say. A treatment that is better is told to be.

    Attributes:
        margin: the smallest loss that counts, a fraction for shares such as accuracy.

    Raises:
        InvalidStudy: it isn't between 0 and 1.
    """

    margin: float

    def __post_init__(self) -> None:
        require(is_between(self.margin, 0, 1), "margin", excerpt(self.margin), SHARE)


def require_margin(margin: object) -> None:
    """Refuses what can't be a study's margin."""
    is_margin = isinstance(margin, NonInferior) or is_between(margin, 0, 1)
    require(is_margin, "margin", excerpt(margin), f"{SHARE}, or visavis.NonInferior(0.01)")


def require_margins(margins: object) -> None:
    """Refuses what can't be margins of metrics."""
    require(isinstance(margins, Mapping), "margins", excerpt(margins), "numbers by metric: {'log_loss': 0.05}")
    for name, size in dict(margins if isinstance(margins, Mapping) else {}).items():
        require_metric(name, "margins")
        is_size = is_between(size, 0, float("inf"))
        require(is_size, f"margins.{name}", excerpt(size), "a number above 0, in the metric's own unit")


def require_metric(name: object, path: str) -> None:
    """Refuses what is the name of no metric."""
    near = get_close_matches(str(name), METRIC_NAMES, n=1)
    expected = f"one of {', '.join(METRIC_NAMES)}{f'; perhaps {near[0]}' if near else ''}"
    require(name in METRIC_NAMES, path, excerpt(name), expected)
