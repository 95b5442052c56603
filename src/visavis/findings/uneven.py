"""Seeds that spread unevenly, or fail now and then: what an interval doesn't keep then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from visavis.conclusions import Contrast
from visavis.describe import Plain
from visavis.findings.finding import Finding
from visavis.quantities import count
from visavis.stats.spread import falls_short, is_uneven

MOST_SEEDS = 20
"""Beyond which the mean of a skewed arm is nearly normal."""
COVERAGE = {2: 0.92, 3: 0.88, 5: 0.86, 10: 0.89, 20: 0.91}
"""Of the 95 % interval for accuracy, by seeds, where those of one arm hardly vary, those of the other fail now and then
(exponential, towards the worse), and images hardly count: ``benchmarks/coverage_by_difficulty.py``, 7,000 images at
70 %."""


@dataclass(frozen=True)
class Uneven:
    """An arm whose seeds endanger an interval.

    Attributes:
        arm: its name.
        reason: as the end of a sentence.
        seeds: how many there are.
    """

    arm: str
    reason: str
    seeds: int

    def __str__(self) -> str:
        nearest = min(COVERAGE, key=lambda seeds: abs(seeds - self.seeds))
        return (
            f"The seeds of {self.arm} {self.reason}. If such runs now and then fail badly, an interval from "
            f"{count(self.seeds, 'seed')} covers about {100 * COVERAGE[nearest]:.0f} %, not 95 %, and errors are more "
            "frequent than is said, until decided too."
        )


class UnevenSeeds(Finding):
    """Arms of the headline's contrasts whose seeds spread unevenly."""

    title = "Seeds that spread unevenly"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return tuple(dict.fromkeys(map(str, self._arms)))

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {"uneven_seeds": [{"arm": item.arm, "reason": item.reason} for item in self._arms]}

    @property
    def _arms(self) -> list[Uneven]:
        return [item for contrast in self.comparison.headlines for item in self._of(contrast)]

    def _of(self, contrast: Contrast) -> Iterator[Uneven]:
        seeds, family = len(self.comparison.seeds), len(self.comparison.headlines)
        # What is covered was simulated for independent seeds.
        if not 2 <= seeds <= MOST_SEEDS or not self.comparison.replication.are_independent:
            return
        treatment, control = contrast.treatment, contrast.control
        values = {arm: self._values(arm) for arm in (treatment, control)}
        # Less than half an image of spread is none: with few images seeds tie by chance.
        least = 0.5 / self.comparison.images if contrast.metric.is_share else 1e-6
        deviations = {arm: max(float(numbers.std(ddof=1)), least) for arm, numbers in values.items()}
        narrow, wide = sorted(values, key=deviations.__getitem__)
        if is_uneven(deviations[wide], deviations[narrow], seeds, family):
            ratio = deviations[wide] / deviations[narrow]
            yield Uneven(wide, f"spread {ratio:.0f} times as widely as those of {narrow}", seeds)
        for arm, numbers in values.items():
            if falls_short(numbers, family):
                worst = self.comparison.seeds[int(numbers.argmin())]
                yield Uneven(arm, f"lie close together but for seed {worst}, which is far worse", seeds)

    def _values(self, arm: str) -> np.ndarray:
        """The headline of each seed, so that more is better."""
        metric = self.comparison.headline
        values = np.array(list(self.comparison.measured[arm][metric.name].by_seed.values()))
        return values if metric.higher_is_better else -values
