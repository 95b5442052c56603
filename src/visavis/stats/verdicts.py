"""What an interval and its tests come to, in one word."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.conclusions import Verdict

ALPHA = 0.05
"""Level of the test, and of each of the two one-sided tests of equivalence."""


@dataclass(frozen=True)
class Evidence:
    """What the tests of one value say, each after the adjustment of its family.

    Attributes:
        is_gain: whether the value is on the good side of zero.
        difference: p of the value being zero, two-sided.
        equivalence: p of it lying beyond the margin, on either side.
        not_worse: p of it lying beyond the margin on the bad side, to be read at the level of a two-sided test; None
            where the study doesn't ask for that.
    """

    is_gain: bool
    difference: float
    equivalence: float
    not_worse: float | None = None


def verdict(evidence: Evidence) -> Verdict:
    """Better or worse where the test says so, with a word on the margin where the value lies within; else what the
    study asks beside a difference: that the treatment is not worse, or that the two are equivalent.
    """
    is_different, is_within = evidence.difference < ALPHA, evidence.equivalence < ALPHA
    is_not_worse = evidence.not_worse is not None and evidence.not_worse < ALPHA
    if is_different and evidence.is_gain:
        return Verdict.better_within if is_within else Verdict.better
    if is_different:
        return Verdict.worse_within if is_within or is_not_worse else Verdict.worse
    if is_not_worse:
        return Verdict.not_worse
    return Verdict.equivalent if is_within else Verdict.inconclusive
