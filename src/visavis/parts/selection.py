"""Which epoch's network counts; never chosen by test images."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.checks import excerpt, is_number, require


@dataclass(frozen=True)
class LastEpoch:
    """The network after the last epoch: nothing is chosen."""

    def parts(self) -> int:
        """See ``Selection.parts``."""
        return 0


@dataclass(frozen=True)
class BestEpoch:
    """The network of the epoch that is most accurate on a validation part; of equals the one with the smaller loss.

    Where the data set has a validation part of its own, that is used; else one is cut from the training images in each
    seed, by group where every image has one, stratified by class. Arms that are cut learn from fewer images than arms
    that aren't.

    Attributes:
        validation: share of the training images that is cut, in (0, .5]; to the nearest 1 / k.
    """

    validation: float = 0.1

    def __post_init__(self) -> None:
        is_share = is_number(self.validation) and 0 < self.validation <= 0.5
        require(is_share, "selection.validation", excerpt(self.validation), "a share of the images, 0 < share <= .5")

    def parts(self) -> int:
        """See ``Selection.parts``."""
        return round(1 / self.validation)
