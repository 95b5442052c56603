"""What is replicated, as types: seeds can't be passed where images belong.

A claim about a procedure is replicated over seeds, a claim about trained models over test images. Every function of
this wing takes the one or the other, or the crossed table of both, and says so in its signature.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

IMAGE, GROUP = "test image", "group"
"""What a column of a table stands for."""


@dataclass(frozen=True)
class BySeed:
    """One number for each seed: a metric of whole runs, or the paired difference of two arms' metrics.

    Attributes:
        values: float [seeds].
    """

    values: np.ndarray

    def __post_init__(self) -> None:
        _require_axes(self.values, "seeds")

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class ByImage:
    """One number for each test image, of two given models or of one.

    Attributes:
        values: float [images].
    """

    values: np.ndarray

    def __post_init__(self) -> None:
        _require_axes(self.values, "images")

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Crossed:
    """Every seed with every test image: the shares of a metric, or paired differences of shares.

    Attributes:
        values: float [seeds, images], or [seeds, groups].
        unit: what a column stands for, in the singular.
    """

    values: np.ndarray
    unit: str = IMAGE

    def __post_init__(self) -> None:
        _require_axes(self.values, "seeds", "images")

    def __sub__(self, subtrahend: Crossed) -> Crossed:
        return replace(self, values=self.values - subtrahend.values)

    def by_group(self, groups: np.ndarray) -> Crossed:
        """The same mean with groups of images for units: what each adds to it, as if all were of one size.

        A group of many images counts for more; how far the mean moves with it is its sum of deviations (a ratio
        estimator, linearised).

        Args:
            groups: int64 [images], from 0 on.
        """
        count, means = int(groups.max()) + 1, self.values.mean(axis=1, keepdims=True)
        sums = np.stack([np.bincount(groups, row, count) for row in self.values - means])
        return Crossed(means + sums * count / self.images, GROUP)

    @property
    def seeds(self) -> int:
        """Number of seeds."""
        return int(self.values.shape[0])

    @property
    def images(self) -> int:
        """Number of test images."""
        return int(self.values.shape[1])

    def of_seed(self, row: int) -> ByImage:
        """What one seed's models say of every image."""
        return ByImage(self.values[row])

    def over_images(self) -> BySeed:
        """The mean of each seed."""
        return BySeed(self.values.mean(axis=1))


def _require_axes(values: np.ndarray, *axes: str) -> None:
    if np.ndim(values) != len(axes) or 0 in np.shape(values):
        raise TypeError(f"numbers by {' and '.join(axes)} have {len(axes)} axes, none empty; got {np.shape(values)}")


def require_unit(numbers: object, unit: type) -> None:
    """Refuses numbers of another unit of replication, where no type checker has.

    Raises:
        TypeError: with both units' names.
    """
    if not isinstance(numbers, unit):
        raise TypeError(f"the unit of replication is {unit.__name__}; got {type(numbers).__name__}")
