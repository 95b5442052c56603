"""What few test images, or few on which arms part ways, can show at most.

An analysis of variance takes what doesn't vary in the table for certain. Images that weren't seen may be unlike those
that were: the fewer were seen, the more of them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from visavis.quantities import Interval
from visavis.stats.units import Crossed


def smallest_image_p(images: int) -> float:
    """The smallest two-sided p that a sign test over so many images can give.

    Args:
        images: those on which a sum isn't zero.
    """
    return min(1.0, 2 * 0.5**images)


def widen(interval: Interval, reach: float) -> Interval:
    """The interval of a sum that is the same in all seeds and images: what other images may add, which are fewer than
    1 - .025^(1 / images) of all of them with 97.5 % confidence.

    Args:
        interval: without error.
        reach: the largest size of the sum on one image.
    """
    unlike = 1 - ((1 - interval.level) / 2) ** (1 / interval.images)
    centre = (1 - unlike) * interval.value
    return replace(interval, low=centre - unlike * reach, high=centre + unlike * reach)


def with_two_images(table: Crossed, reach: float) -> Crossed:
    """The table with two images more, on which the sum is as large as it can be, one way and the other, in all seeds.

    Equivalence is tested with its error: on few images, hardly any of which differ, the plain error is too small, and
    two procedures at the margin are called equivalent in up to a third of studies instead of 5 % (Agresti and Min 2005;
    Bonett and Price 2012).
    """
    images = np.broadcast_to([reach, -reach], (table.seeds, 2))
    return Crossed(np.hstack([table.values, images]))
