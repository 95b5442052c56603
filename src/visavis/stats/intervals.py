"""Seeds and test images as two crossed random factors: one interval for both sources of noise.

The design is that of multi-reader multi-case studies in radiology, with seeds for readers and images for cases
(Dorfman, Berbaum and Metz 1992; Obuchowski and Rockette 1995; Hillis 2007): every seed's model judges every image.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from visavis.results import Interval

LEVEL = 0.95


@dataclass(frozen=True)
class MeanSquares:
    """Of a two-way table without replication, seeds x images.

    Attributes:
        seed, image, error: mean squares of the rows, of the columns and of what is left.
    """

    seed: float
    image: float
    error: float


def mean_squares(table: np.ndarray) -> MeanSquares:
    """Two-way analysis of variance of a table [seeds, images], two of each at least."""
    seeds, images = table.shape
    grand, rows, columns = table.mean(), table.mean(1), table.mean(0)
    by_row = images * float(((rows - grand) ** 2).sum())
    by_column = seeds * float(((columns - grand) ** 2).sum())
    rest = float(((table - rows[:, None] - columns[None] + grand) ** 2).sum())
    return MeanSquares(by_row / (seeds - 1), by_column / (images - 1), rest / ((seeds - 1) * (images - 1)))


def crossed_interval(table: np.ndarray, value: float | None = None, level: float = LEVEL) -> Interval:
    """The mean over seeds and images with the uncertainty of both.

    Args:
        table: float [seeds, images]; the shares of one metric, or the paired differences of two arms' shares.
        value: the estimate; by default the table's mean. (The mean of pseudovalues is the jackknife's estimate, which
            differs from the metric by a term of order 1 / images.)
        level: nominal coverage.

    With one seed the interval is that of the images alone: it describes the models at hand, not the procedure.
    """
    seeds, images = table.shape
    estimate = float(table.mean()) if value is None else value
    error, degrees = _one_seed(table) if seeds == 1 else _crossed(table)
    reach = float(stdtrit(degrees, 0.5 + level / 2)) * error
    return Interval(
        value=estimate,
        low=estimate - reach,
        high=estimate + reach,
        level=level,
        degrees=degrees,
        error=error,
        p=two_sided_p(estimate, error, degrees),
        seeds=seeds,
        images=images,
    )


def _one_seed(table: np.ndarray) -> tuple[float, float]:
    images = table.shape[1]
    return float(table.std(ddof=1)) / images**0.5, images - 1.0


def _crossed(table: np.ndarray) -> tuple[float, float]:
    """Standard error and Satterthwaite's degrees of freedom.

    The variance of the mean is (MS seed + MS image - MS error) / (seeds images), never below MS seed / (seeds images).
    """
    seeds, images = table.shape
    squares = mean_squares(table)
    excess = max(squares.image - squares.error, 0.0)
    total = squares.seed + excess
    error = (total / (seeds * images)) ** 0.5
    spread = squares.seed**2 / (seeds - 1)
    if excess > 0:
        spread += squares.image**2 / (images - 1) + squares.error**2 / ((seeds - 1) * (images - 1))
    degrees = max(total**2 / spread, seeds - 1.0) if spread > 0 else seeds - 1.0
    return error, degrees


def two_sided_p(value: float, error: float, degrees: float) -> float:
    """Student's t for the value being zero; without any spread, 1 for a value of zero and 0 for another."""
    if error == 0:
        return 1.0 if value == 0 else 0.0
    return float(2 * stdtr(degrees, -abs(value) / error))


def equivalence_p(interval: Interval, margin: float) -> float:
    """The larger p of two one-sided tests that the value lies within the margin on both sides of zero."""
    room = margin - abs(interval.value)
    if interval.error == 0:
        return 0.0 if room > 0 else 1.0
    return float(stdtr(interval.degrees, -room / interval.error))


def holm(p_values: list[float]) -> list[float]:
    """Holm's step-down adjustment over a family of tests (Holm 1979)."""
    order = np.argsort(p_values)
    factors = len(p_values) - np.arange(len(p_values))
    climbing = np.maximum.accumulate(np.asarray(p_values)[order] * factors)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(climbing, 1.0)
    return adjusted.tolist()
