"""Seeds and test images as two crossed random factors: one interval for both sources of noise.

The design is that of multi-reader multi-case studies in radiology, with seeds for readers and images for cases
(Dorfman, Berbaum and Metz 1992; Obuchowski and Rockette 1995; Hillis 2007): every seed's model judges every image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from scipy.special import chdtri, stdtr, stdtrit

from visavis.quantities import Interval
from visavis.stats.units import IMAGE, Crossed, require_unit

LEVEL = 0.95
TIE = 1e-9
"""Of the mean square of the rest: below it that of the seeds is zero, but for rounding."""
Numbers = float | np.ndarray
ROUNDING = 1e-12
"""Of the largest value: what is below it is zero, but for rounding."""
CAUTION = 0.7
"""Probability with which the seeds' part of the variance lies below what the degrees of freedom take it for."""
SMALL = 0.02
"""Level of a two-sided test below which it takes more caution."""
MORE_CAUTION = 0.85


@dataclass(frozen=True)
class MeanSquares:
    """Of a two-way table without replication, seeds x images.

    Attributes:
        seed, image, rest: mean squares of the rows, of the columns and of what is left; with one seed, only that of
            the columns.
        seeds, images: rows and columns.
        unit: what a column is.
    """

    seed: float
    image: float
    rest: float
    seeds: int
    images: int
    unit: str = IMAGE
    are_folds: ClassVar[bool] = False

    def components(self) -> Components | None:
        """The two parts of the mean's variance; None with one seed, which tells nothing of that of seeds."""
        return components(self) if self.seeds > 1 else None

    def test(self, value: float, alpha: float) -> Test:
        """The mean of this value held against zero, with degrees that serve at a two-sided level."""
        parts = self.components()
        if parts is None:
            error, degrees = (self.image / self.images) ** 0.5, self.images - 1.0
            return Test(error, degrees, two_sided_p(value, error, degrees))
        return Test(parts.error(self.seeds), parts.degrees(self.seeds, alpha), parts.p(value, self.seeds))


@dataclass(frozen=True)
class Resampled:
    """Values of two or more splits of the same images, as cross-validation gives them.

    The training parts overlap, and so the values are correlated: the variance of their mean is not s2 / J but
    (1 / J + images tested / images trained on) s2 (Nadeau and Bengio 2003).

    Attributes:
        variance: s2, of the values.
        ratio: images tested, in a split, per image trained on.
        seeds: J, the number of splits.
        images: that are tested, all splits together; each counts once.
        unit: what an image is called.
    """

    variance: float
    ratio: float
    seeds: int
    images: int
    unit: str = IMAGE
    are_folds: ClassVar[bool] = True

    @classmethod
    def of(cls, values: np.ndarray, ratio: float, images: int) -> Resampled:
        """Of the values themselves, float [J]."""
        is_constant = np.ptp(values) <= ROUNDING * np.abs(values).max()
        return cls(0.0 if is_constant else float(values.var(ddof=1)), ratio, len(values), images)

    def components(self) -> None:
        """None: what is of the folds and what of the images can't be told apart."""

    def test(self, value: float, alpha: float) -> Test:  # noqa: ARG002
        """The mean of this value held against zero; the degrees are the same at every level."""
        error, degrees = ((1 / self.seeds + self.ratio) * self.variance) ** 0.5, self.seeds - 1.0
        return Test(error, degrees, two_sided_p(value, error, degrees))


class Test(NamedTuple):
    """A mean held against zero.

    Attributes:
        error: its standard error.
        degrees: of freedom.
        p: two-sided.
    """

    error: float
    degrees: float
    p: float


@dataclass(frozen=True)
class Components:
    """What the variance of a mean over seeds and images is made of.

    Attributes:
        of_seed: variance of one seed's mean over these images; its part of the mean's variance falls with more seeds.
        of_images: the part that stays with these images, however many seeds there are.
        image_degrees: degrees of freedom of that part.
        seeds: from how many it was estimated.
    """

    of_seed: float
    of_images: float
    image_degrees: float
    seeds: int

    def error(self, seeds: int) -> float:
        """Standard error of the mean over so many seeds and these images."""
        return float((self.of_seed / seeds + self.of_images) ** 0.5)

    def degrees(self, seeds: int, alpha: float = 1 - LEVEL) -> float:
        """Satterthwaite's degrees of freedom of that error, with the part of the seeds at its upper bound.

        Where few seeds happen to lie close together, the images seem to make up the error, and Satterthwaite gives many
        degrees to an error that is too small as well: three seeds then cover 92 to 93 %. With the seeds' part at its
        upper 70 % bound (in the degrees only) simulations cover 95 %, and no more where the interval was right. Further
        out it takes the 85 % bound: of three seeds, .5 % would otherwise have a p below .001.

        Args:
            seeds: of the mean.
            alpha: two-sided level at which the degrees serve.
        """
        return float(degrees_of(self.of_seed, self, seeds, alpha))

    def p(self, value: float, seeds: int) -> float:
        """Two-sided, of a mean of this value over so many seeds being zero."""
        error = self.error(seeds)
        plain = two_sided_p(value, error, self.degrees(seeds))
        if plain >= SMALL:
            return plain
        # Whatever the level, p lies below it where the test at that level finds a difference.
        return min(two_sided_p(value, error, self.degrees(seeds, 0.0)), SMALL)


def degrees_of(of_seed: Numbers, parts: Components, seeds: int, alpha: float) -> Numbers:
    """``Components.degrees`` for other variances of one seed, one or an array of them."""
    plain = _degrees(of_seed, parts, seeds, CAUTION)
    # A larger part of the seeds needn't mean fewer degrees, where few images make up the rest.
    return np.minimum(plain, _degrees(of_seed, parts, seeds, MORE_CAUTION)) if alpha < SMALL else plain


def _degrees(of_seed: Numbers, parts: Components, seeds: int, caution: float) -> Numbers:
    by_seed = np.asarray(of_seed) / seeds * (seeds - 1) / float(chdtri(seeds - 1, caution))
    total = by_seed + parts.of_images
    share = np.divide(by_seed, total, out=np.ones_like(by_seed), where=total > 0)
    return np.maximum(1 / (share**2 / (seeds - 1) + (1 - share) ** 2 / parts.image_degrees), seeds - 1.0)


def mean_squares(table: Crossed) -> MeanSquares:
    """Two-way analysis of variance of two images at least."""
    values, seeds, images = table.values, table.seeds, table.images
    # The mean of equal numbers need not be that number: 0.1, three times, leaves a variance of 1e-34.
    if np.ptp(values) <= ROUNDING * np.abs(values).max():
        return MeanSquares(0.0, 0.0, 0.0, seeds, images, table.unit)
    if seeds == 1:
        return MeanSquares(0.0, float(values[0].var(ddof=1)), 0.0, seeds, images, table.unit)
    grand, rows, columns = values.mean(), values.mean(1), values.mean(0)
    by_row = images * float(((rows - grand) ** 2).sum())
    by_column = seeds * float(((columns - grand) ** 2).sum())
    rest = float(((values - rows[:, None] - columns[None] + grand) ** 2).sum())
    degrees = seeds - 1, images - 1
    return MeanSquares(
        by_row / degrees[0], by_column / degrees[1], rest / (degrees[0] * degrees[1]), seeds, images, table.unit
    )


def components(squares: MeanSquares) -> Components:
    """The two parts of the mean's variance, of two seeds at least.

    Together they are (MS seed + MS image - MS rest) / (seeds images), never below MS seed / (seeds images). Where the
    seeds' means are the same to the last image, MS rest, which MS seed is never expected below, stands for it: chance
    alone makes two seeds tie, and an interval without width would be drawn from it.
    """
    seeds, images = squares.seeds, squares.images
    by_seed = squares.seed if squares.seed > TIE * squares.rest else squares.rest
    image = max(squares.image - squares.rest, 0.0)
    degrees = images - 1.0
    if image > 0:
        rest = squares.rest / squares.image
        degrees = (1 - rest) ** 2 * (images - 1) / (1 + rest**2 / (seeds - 1))
    return Components(by_seed / images, image / (seeds * images), degrees, seeds)


def crossed_interval(table: Crossed, value: float | None = None, level: float = LEVEL) -> Interval:
    """The mean over seeds and images with the uncertainty of both.

    Args:
        table: the shares of one metric, or the paired differences of two arms' shares.
        value: the estimate; by default the table's mean. (The mean of pseudovalues is the jackknife's estimate, which
            differs from the metric by a term of order 1 / images.)
        level: nominal coverage.

    With one seed the interval is that of the images alone: it describes the models at hand, not the procedure.
    """
    require_unit(table, Crossed)
    return interval_of(mean_squares(table), float(table.values.mean()) if value is None else value, level)


def interval_of(
    squares: MeanSquares | Resampled, value: float, level: float = LEVEL, alpha: float | None = None
) -> Interval:
    """As ``crossed_interval``, where the table has been summed up already.

    Args:
        squares: of the table; or what splits of the same images vary by.
        value: the estimate.
        level: nominal coverage.
        alpha: two-sided level of this interval by itself, where it is one of several that cover at once with ``level``.
    """
    alpha = 1 - level if alpha is None else alpha
    error, degrees, p = squares.test(value, alpha)
    reach = float(-stdtrit(degrees, alpha / 2)) * error
    return Interval(
        value=value,
        low=value - reach,
        high=value + reach,
        level=level,
        degrees=degrees,
        error=error,
        p=p,
        seeds=squares.seeds,
        images=squares.images,
        unit=squares.unit,
        are_folds=squares.are_folds,
    )


def two_sided_p(value: float, error: float, degrees: float) -> float:
    """Student's t for the value being zero; without any spread, 1 for a value of zero and 0 for another."""
    if error == 0:
        return 1.0 if value == 0 else 0.0
    return float(2 * stdtr(degrees, -abs(value) / error))


def equivalence_p(interval: Interval, margin: float, reach: float = 1.0) -> float:
    """The larger p of two one-sided tests that the value lies within the margin, on both sides of zero.

    (Schuirmann 1987.)

    Args:
        interval: of the value.
        margin: largest size of a value that counts as none.
        reach: the largest size of the value on one image.
    """
    return _p_beyond(interval, margin - abs(interval.value), reach)


def non_inferiority_p(interval: Interval, margin: float, gain: int, reach: float = 1.0) -> float:
    """The p of a test that the value isn't worse than zero by the margin or more, to be read at a two-sided level.

    The interval ends before the margin where the test finds that.

    Args:
        interval: of the value.
        margin: smallest size of a loss that counts.
        gain: +1 where a larger value is better, else -1.
        reach: the largest size of the value on one image.
    """
    return min(2 * _p_beyond(interval, margin + gain * interval.value, reach), 1.0)


def _p_beyond(interval: Interval, room: float, reach: float) -> float:
    """One-sided, that the true value lies further off than a bound that the estimate has so much room to.

    Where nothing varies, as between arms that never part ways, there is no error to go by; then it is the probability
    that so many images show nothing of a difference as large as that room.
    """
    if interval.error == 0:
        return (1 - min(room / reach, 1.0)) ** interval.images if room > 0 else 1.0
    return float(stdtr(interval.degrees, -room / interval.error))
