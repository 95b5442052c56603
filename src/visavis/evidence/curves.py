"""What is known of arms that lie on a line: a curve, its trend, where the answer changes, where two curves cross."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, takewhile

from visavis.conclusions import Contrast, Estimate, Judgement
from visavis.evidence.lines import Line


@dataclass(frozen=True)
class Curve(Line):
    """A metric over the doses of a line.

    Attributes:
        estimates: of each dose, with the value of each seed.
        trend: what the straight line through the doses rises by from the lowest to the highest, on their scale.
        reference: the arm that the others are compared with: the study's control, or the one with the lowest dose.
        contrasts: of each other arm with it, by dose.
    """

    estimates: tuple[Estimate, ...]
    trend: Judgement
    reference: str
    contrasts: tuple[Contrast, ...]

    @property
    def reference_dose(self) -> float:
        """That of the reference."""
        return self.doses[self.arms.index(self.reference)]

    @property
    def changes(self) -> tuple[float, ...]:
        """The doses at which the answer changes, below and above the reference: the nearest to it from which on, away
        from it, every contrast with it is decided, and the same way. None where not even the farthest is.

        They are no estimates: with more seeds, doses nearer to the reference are decided.
        """
        doses = [dose for arm, dose in zip(self.arms, self.doses, strict=True) if arm != self.reference]
        rows = list(zip(doses, self.contrasts, strict=True))
        below = [row for row in rows if row[0] < self.reference_dose]
        above = [row for row in rows if row[0] > self.reference_dose]
        return (*_nearest_decided(below), *_nearest_decided(above[::-1]))

    @property
    def change(self) -> float | None:
        """The dose at which the answer changes; above the reference, where it changes on both sides of it."""
        return self.changes[-1] if self.changes else None


def _nearest_decided(rows: Sequence[tuple[float, Contrast]]) -> list[float]:
    """Of doses from the farthest to the nearest, the last before the first that isn't decided like the farthest."""
    sign = rows[0][1].interval.value > 0 if rows else None
    alike = takewhile(lambda row: row[1].is_decided and (row[1].interval.value > 0) == sign, rows)
    return [dose for dose, _ in alike][-1:]


@dataclass(frozen=True)
class CurveGap:
    """Two curves over the same doses, and how far apart they are.

    Attributes:
        treatment, control: the curves.
        across: the factor in which their arms differ.
        doses: those of both, ascending.
        contrasts: of the two arms that have it, for each dose.
    """

    treatment: Curve
    control: Curve
    across: str
    doses: tuple[float, ...]
    contrasts: tuple[Contrast, ...]

    @property
    def crossings(self) -> tuple[tuple[float, float], ...]:
        """Neighbouring doses between which the difference changes its sign."""
        return tuple(self._crossings())

    @property
    def is_crossing_decided(self) -> bool:
        """Whether the difference is told from zero both ways: the curves cross, once at least."""
        return len({contrast.interval.value > 0 for contrast in self.contrasts if contrast.is_decided}) == 2

    @property
    def is_every_crossing_decided(self) -> bool:
        """Whether it is told from zero before and after each of them."""
        rows = [contrast for contrast in self.contrasts if contrast.interval.value != 0]
        parts = groupby(rows, key=lambda contrast: contrast.interval.value > 0)
        return self.is_crossing_decided and all(any(row.is_decided for row in part) for _, part in parts)

    def _crossings(self) -> Iterator[tuple[float, float]]:
        values = [(dose, row.interval.value) for dose, row in zip(self.doses, self.contrasts, strict=True)]
        nonzero = [(dose, value) for dose, value in values if value != 0]
        for (low, before), (high, after) in pairwise(nonzero):
            if (before > 0) != (after > 0):
                yield low, high
