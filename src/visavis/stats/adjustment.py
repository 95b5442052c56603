"""How the level of a test gives way where a study tests several sums, or looks several times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from visavis.stats.looks import levels_of_looks, repeated_p
from visavis.stats.verdicts import ALPHA


class Adjustment(Protocol):
    """Of the tests of one family, and of the intervals beside them, which leave out what the tests reject.

    Attributes:
        family: sums that are tested together.
        looks: times that they were tested, this one included.
    """

    @property
    def family(self) -> int:
        """Sums that are tested together."""

    @property
    def looks(self) -> int:
        """Times that they were tested, this one included."""

    @property
    def alpha(self) -> float:
        """Two-sided level of each test by itself, and of each interval."""

    def adjust(self, p: float) -> float:
        """The smallest level of the whole family at which a test with this p finds something."""


@dataclass(frozen=True)
class AtOnce:
    """One look at a family: Bonferroni's adjustment, whose intervals cover at once and agree with its tests.

    Holm's finds a little more, but no two-sided intervals that say more than its verdicts go with it.

    Attributes:
        family: sums that are tested together.
    """

    family: int

    @property
    def looks(self) -> int:
        """See ``Adjustment``."""
        return 1

    @property
    def alpha(self) -> float:
        """See ``Adjustment``."""
        return ALPHA / self.family

    def adjust(self, p: float) -> float:
        """See ``Adjustment``."""
        return min(self.family * p, 1.0)


@dataclass(frozen=True)
class OverLooks:
    """Looks after one seed and the other, until a family is decided: repeated intervals and p values.

    Attributes:
        family: sums that are tested together.
        seeds: how many there were at each look, growing, the last one now.
        most: seeds after which there is no look.
    """

    family: int
    seeds: tuple[int, ...]
    most: int

    @property
    def looks(self) -> int:
        """See ``Adjustment``."""
        return len(self.seeds)

    @property
    def alpha(self) -> float:
        """See ``Adjustment``."""
        return levels_of_looks(self.seeds, self.most, ALPHA / self.family)[-1]

    def adjust(self, p: float) -> float:
        """See ``Adjustment``."""
        return min(self.family * repeated_p(p, self.seeds, self.most, ALPHA / self.family), 1.0)
