"""What comparison makes of results: estimates, contrasts and what is concluded from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from visavis.quantities import (
    MINUS,
    Interval,
    Quantity,
    basis_text,
    difference_range_text,
    difference_text,
    level_text,
    list_text,
    name_text,
)


@dataclass(frozen=True)
class Estimate:
    """One metric of one arm.

    Attributes:
        interval: the mean over seeds with its uncertainty.
        by_seed: the value of each seed.
    """

    interval: Interval
    by_seed: Mapping[int, float]


@dataclass(frozen=True)
class Significance:
    """A test of no difference.

    Attributes:
        name: of the test.
        reason: why this one, as the end of a sentence.
        p: two-sided.
        p_adjusted: over the family, and over the looks where the seeds are until decided.
        family: number of contrasts in the family.
        looks: at how many numbers of seeds the study was to be judged so far.
    """

    name: str
    reason: str
    p: float
    p_adjusted: float
    family: int
    looks: int = 1


@dataclass(frozen=True)
class SeedCount:
    """How many seeds something takes.

    Attributes:
        seeds: all in all; None where no number of seeds is enough with these images.
        low, high: the same for the smallest and the largest spread between seeds that the spread seen leaves likely
            (80 %); None as above.
    """

    seeds: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Further:
    """What is likely to decide an inconclusive contrast.

    Attributes:
        seeds: all in all; None where no number of seeds is likely to.
        probability: that these decide, or the best that any number has.
        difference: share of the decisions that tell a difference, the others equivalence; None without seeds.
        images: test images that would decide where no number of seeds does; None where seeds do, or it isn't known.
    """

    seeds: int | None
    probability: float
    difference: float | None = None
    images: int | None = None


class Verdict(StrEnum):
    """What an interval and its tests come to, in a word or two.

    An interaction is neither better nor worse: what one factor does depends on the other, or it doesn't. What a study
    that asks for no loss finds is ``not worse``: by less than its margin, if at all.
    """

    better = "better"
    worse = "worse"
    better_within = "better, within the margin"
    worse_within = "worse, within the margin"
    depends = "depends"
    not_worse = "not worse"
    equivalent = "equivalent"
    inconclusive = "inconclusive"


DIFFERENT = frozenset({Verdict.better, Verdict.worse, Verdict.better_within, Verdict.worse_within, Verdict.depends})
"""Verdicts that tell a value from zero."""


@dataclass(frozen=True)
class Margin:
    """What is too small to count.

    Attributes:
        size: of a difference; 0 where every difference counts.
        asks_no_loss: whether the study asks only that the treatment isn't worse by more (non-inferiority).
    """

    size: float = 0.0
    asks_no_loss: bool = False


WEIGHT_DIGITS = 9
"""Digits to which weights are told apart, and from zero."""


@dataclass(frozen=True)
class Weights:
    """What is contrasted: how much each arm counts for in a sum.

    Attributes:
        by_arm: name -> weight; together they are zero. A pair is (+1, -1), an interaction (+1, -1, -1, +1).
    """

    by_arm: Mapping[str, float]

    @property
    def reach(self) -> float:
        """The largest sum of values between 0 and 1."""
        return sum(weight for weight in self.by_arm.values() if weight > 0)

    @property
    def is_pair(self) -> bool:
        """Whether one arm is subtracted from another, and nothing else."""
        return sorted(round(weight, WEIGHT_DIGITS) for weight in self.by_arm.values()) == [-1, 1]


@dataclass(frozen=True, repr=False)
class Judgement:
    """One metric of a weighted sum of arms, paired by seed and by image.

    Attributes:
        weights: of the arms.
        metric: what is compared.
        interval: of the sum; at once with the others of its family, and with those of earlier looks where the seeds are
            until decided.
        significance: the test behind the verdict.
        verdict: what interval and test come to; a sum above zero is better where higher values are.
        by_seed: the sum of each seed.
    """

    weights: Weights
    metric: Quantity
    interval: Interval
    significance: Significance
    verdict: Verdict
    by_seed: Mapping[int, float]

    @property
    def is_decided(self) -> bool:
        """Whether the sum is told from zero."""
        return self.verdict in DIFFERENT


@dataclass(frozen=True, repr=False)
class Contrast(Judgement):
    """One metric of a treatment minus that of its control.

    Attributes:
        treatment, control: names of arms.
        factors: in which they differ: one, or more where the study asks for it; none for A/A.
        is_primary: whether it is what the study is about; else it is secondary, one of many things to look at.
    """

    treatment: str
    control: str
    factors: tuple[str, ...]
    is_primary: bool = False

    @property
    def minus_text(self) -> str:
        """Treatment minus control, by their names."""
        return f"{self.treatment} {MINUS} {self.control}"

    @property
    def turned(self) -> Contrast:
        """The same two arms, the other way round."""
        interval = self.interval
        pairs = {Verdict.better: Verdict.worse, Verdict.better_within: Verdict.worse_within}
        turned_verdicts = pairs | {worse: better for better, worse in pairs.items()}
        turned_verdicts[Verdict.not_worse] = Verdict.inconclusive  # whether it is better, nobody has asked
        return replace(
            self,
            treatment=self.control,
            control=self.treatment,
            weights=Weights({arm: -weight for arm, weight in self.weights.by_arm.items()}),
            interval=replace(interval, value=-interval.value, low=-interval.high, high=-interval.low),
            verdict=turned_verdicts.get(self.verdict, self.verdict),
            by_seed={seed: -value for seed, value in self.by_seed.items()},
        )

    @property
    def arms_text(self) -> str:
        """Which arms are compared, and in what they differ where that is more than one factor."""
        factors = f" (they differ in {list_text(self.factors)})" if len(self.factors) > 1 else ""
        return f"{self.treatment} against {self.control}{factors}"

    def __repr__(self) -> str:
        """One readable line."""
        return (
            f"{self.arms_text}: {difference_text(self.interval.value, self.metric)} of "
            f"{name_text(self.metric)} ({level_text(self.interval)} interval "
            f"{difference_range_text(self.interval, self.metric)}; {basis_text(self.interval)}): {self.verdict}"
        )


@dataclass(frozen=True)
class Alone:
    """An arm that no contrast is made with.

    Attributes:
        arm: its name.
        nearest: the arm that differs from it in the fewest factors.
        factors: in which.
    """

    arm: str
    nearest: str
    factors: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.arm} stands in no contrast: it differs from {self.nearest}, the nearest arm, in "
            f"{list_text(self.factors or ['no factor'])}. Give the two in `asks`, or change one factor only."
        )


@dataclass(frozen=True)
class Pairing:
    """What pairing by seed did to the noise between seeds.

    Attributes:
        correlation: Pearson's, of the two arms' values over seeds.
        variance_ratio: variance of the paired differences over that of unpaired ones; below 1 pairing gained.
        treatment_deviation, control_deviation: standard deviation of each arm's values.
        seeds: how many it rests on.
    """

    correlation: float
    variance_ratio: float
    treatment_deviation: float
    control_deviation: float
    seeds: int


@dataclass(frozen=True)
class SeedTests:
    """Tests of a contrast over seeds alone: claims about the procedures on these very test images.

    Attributes:
        paired_t: p of Student's paired t; None where the difference is the same in all seeds.
        signed_rank: p of Wilcoxon's signed-rank test; None where it can't reach .05.
        smallest_rank_p: the smallest p that rank and sign tests over so many seeds can give.
        seeds: how many they rest on.
    """

    paired_t: float | None
    signed_rank: float | None
    smallest_rank_p: float
    seeds: int


@dataclass(frozen=True)
class FalseAlarms:
    """How often tests find a difference where there is none: the control against itself.

    Attributes:
        contrast: of the headline, the control once more minus the control.
        comparisons: ways in which the control's runs were dealt into two arms of as many seeds as the study's.
        alarms: of them, with a p below .05 by the study's own test.
        pairs: pairs of single runs.
        single_alarms: of them, with a p below .05 by McNemar's test.
    """

    contrast: Contrast
    comparisons: int
    alarms: int
    pairs: int
    single_alarms: int


@dataclass(frozen=True)
class Standing:
    """How a study stands whose seeds are until decided.

    Attributes:
        seeds: that are compared.
        is_decided: whether every contrast that it is about has a verdict.
    """

    seeds: int
    is_decided: bool


@dataclass(frozen=True)
class Looks:
    """Readings of the results at several numbers of seeds.

    Attributes:
        seeds: how many there were at each look, the last one now.
        error_rate: probability of finding a difference at one look at least where there is none.
    """

    seeds: tuple[int, ...]
    error_rate: float
