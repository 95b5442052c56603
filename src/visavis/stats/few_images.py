"""What few test images, or few on which arms part ways, can show at most.

An analysis of variance takes what doesn't vary in the table for certain. Images that weren't seen may be unlike those
that were: the fewer were seen, the more of them.
"""

from __future__ import annotations

from dataclasses import replace
from math import floor, log, log1p, log2

import numpy as np

from visavis.quantities import Interval
from visavis.stats.intervals import LEVEL, interval_of, mean_squares
from visavis.stats.score import Support
from visavis.stats.units import Crossed

FEWEST_IMAGES = 10
"""Test images of a class below which nothing is judged of it, and on which arms have to part to be told apart."""


def smallest_image_p(images: int) -> float:
    """The smallest two-sided p that a sign test over so many images can give.

    Args:
        images: those on which a sum isn't zero.
    """
    return min(1.0, 2 * 0.5**images)


def images_to_part(alpha: float) -> int:
    """The fewest images on which arms must part for a sign test to find a difference."""
    return floor(log2(2 / alpha)) + 1


def images_to_equate(margin: float, reach: float, alpha: float) -> int:
    """The fewest images on which arms must never part to be equivalent within the margin, see ``equivalence_p``."""
    share = margin / reach
    return 1 if share >= 1 else floor(log(alpha) / log1p(-share)) + 1


def widen(interval: Interval, support: Support, alpha: float) -> Interval:
    """The interval of a sum that is the same in all seeds and images: what other images may add, which are fewer than
    1 - (alpha / 2)^(1 / images) of all of them with a confidence of 1 - alpha / 2.

    Args:
        interval: without error.
        support: the images that it rests on, and the largest size of the sum on one of them.
        alpha: two-sided level of the interval.
    """
    unlike = 1 - (alpha / 2) ** (1 / support.images) if support.images else 1.0
    centre = (1 - unlike) * interval.value
    return replace(interval, low=centre - unlike * support.reach, high=centre + unlike * support.reach)


def two_images(support: Support, images: int) -> tuple[float, float]:
    """What two images more would have in a table, on which the sum is as large as it can be, one way and the other.

    Args:
        support: the images that the sum rests on, and its size on one of them.
        images: columns of the table, of which each has its share of the sum.
    """
    share = support.reach * images / max(support.images, 1)
    return share, -share


def with_two_images(table: Crossed, support: Support) -> Crossed:
    """The table with ``two_images`` more, the same in all seeds.

    Equivalence is tested with its error: on few images, hardly any of which differ, the plain error is too small, and
    two procedures at the margin are called equivalent in up to a third of studies instead of 5 % (Agresti and Min 2005;
    Bonett and Price 2012).
    """
    return _append(table, two_images(support, table.images))


def share_interval(table: Crossed, level: float = LEVEL) -> Interval:
    """The interval of a mean of rights and wrongs: that of the table with two images more that are right, and two that
    are wrong, in all seeds (Agresti and Coull 1998).

    Near 0 and 1 few images are wrong, or right, and by them alone the interval is too narrow: of 50 images of which
    99 % are right it covers 64 to 76 %. The value stays the mean; the interval isn't centred on it.

    Args:
        table: 1 where a seed is right, and 0.
        level: nominal coverage.
    """
    value = float(table.values.mean())
    more = _append(table, (1.0, 1.0, 0.0, 0.0))
    interval = interval_of(mean_squares(more), float(more.values.mean()), level)
    low, high = max(min(interval.low, value), 0.0), min(max(interval.high, value), 1.0)
    return replace(interval, value=value, low=low, high=high, images=table.images)


def _append(table: Crossed, images: tuple[float, ...]) -> Crossed:
    values = np.hstack([table.values, np.broadcast_to(images, (table.seeds, len(images)))])
    return replace(table, values=values)
