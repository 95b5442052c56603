"""What is said of seeds beside the contrasts: tests over them alone, what pairing by them did, runs against runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

from visavis.conclusions import Contrast, FalseAlarms, Looks, Pairing, SeedTests
from visavis.pairing import Pair
from visavis.stats import (
    ALPHA,
    BySeed,
    Crossed,
    deal,
    error_rate_of_looks,
    paired_t,
    signed_rank,
    single_runs,
    smallest_rank_p,
)

if TYPE_CHECKING:
    from visavis.evidence.comparison import Comparison

FEWEST_FOR_PAIRING = 3
"""Seeds below which a correlation over them says nothing: through two points there is always a line."""


def seed_tests(differences: Sequence[float]) -> SeedTests | None:
    """Tests over seeds alone; None with one seed.

    Args:
        differences: between two arms, of each seed.
    """
    seeds = len(differences)
    if seeds == 1:
        return None
    table, smallest = BySeed(np.array(differences)), smallest_rank_p(seeds)
    return SeedTests(paired_t(table), signed_rank(table) if smallest < ALPHA else None, smallest, seeds)


def pairing_of(treatment: Sequence[float], control: Sequence[float]) -> Pairing | None:
    """What pairing by seed did; None for fewer than three seeds or where an arm has no spread.

    Args:
        treatment, control: an arm's value of each seed.
    """
    values = np.array(treatment), np.array(control)
    seeds = len(values[0])
    if seeds < FEWEST_FOR_PAIRING or min(np.ptp(arm_values) for arm_values in values) == 0:
        return None
    deviations = [float(arm_values.std(ddof=1)) for arm_values in values]
    ratio = float(np.var(values[0] - values[1], ddof=1) / (deviations[0] ** 2 + deviations[1] ** 2))
    return Pairing(float(np.corrcoef(values)[0, 1]), ratio, deviations[0], deviations[1], seeds)


def false_alarms_of(comparison: Comparison) -> FalseAlarms | None:
    """What tests make of the control against itself; None without an A/A arm."""
    if comparison.again is None:
        return None
    metric, arms = comparison.headline, (comparison.control, comparison.again)
    (contrast,) = comparison.contrast(metric, [Pair(comparison.again, comparison.control, ())])
    tables = [comparison.outputs.table(arm, metric) for arm in arms]
    return count_false_alarms(contrast, tables, list(map(comparison.outputs.hits, arms)))


def count_false_alarms(contrast: Contrast, tables: Sequence[Crossed], hits: Sequence[np.ndarray]) -> FalseAlarms:
    """What tests make of an arm against itself.

    Args:
        contrast: of the headline, between the two.
        tables: what each image of each seed adds to the headline, of either.
        hits: bool [seeds, images]: where each is right.
    """
    # Runs of one procedure: which of them the study called A/A plays no part in how they are dealt.
    comparisons = deal(Crossed(np.concatenate([table.values for table in tables])))
    pairs = single_runs(Crossed(np.concatenate(hits)))
    return FalseAlarms(
        contrast,
        len(comparisons.values),
        int((comparisons.values < ALPHA).sum()),
        len(pairs.values),
        int((pairs.values < ALPHA).sum()),
    )


def look_sizes(looks: Sequence[Collection[int]], seeds: Collection[int]) -> tuple[int, ...]:
    """How many of the seeds that are compared now there were at each look so far, growing; the last one is now."""
    counts = (len(set(look) & set(seeds)) for look in looks)
    return tuple(sorted({count for count in counts if count} | {len(seeds)}))


def looks_at(looks: Sequence[Collection[int]], seeds: Collection[int], family: int) -> Looks | None:
    """What reading the results at several numbers of seeds costs; None where they were read once.

    Args:
        looks: the seeds of each.
        seeds: those that are compared now.
        family: contrasts that are judged together at each.
    """
    sizes = look_sizes(looks, seeds)
    if len(sizes) == 1:
        return None
    family = max(family, 1)
    return Looks(sizes, min(family * error_rate_of_looks(sizes, ALPHA / family), 1.0))
