"""Whether plans keep what they say, by simulation.

    python -m benchmarks.planning [--studies 600]

A study of few seeds is inconclusive; it is told how many more seeds decide with a probability of 80 %, and goes on to
that number: how often is it decided? And a pilot is asked how many seeds find a difference with a probability of 80 %;
how often does a study of so many seeds find it? Seeds are normal numbers with a standard deviation of 1, or tables of
right and wrong answers, where a standard deviation is that of one seed's difference.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.until_decided import CASES, PAIR, Case
from visavis.conclusions import Judgement, Margin, Verdict
from visavis.evidence.judging import Draft, judge, outlook, weigh
from visavis.stats import ACCURACY, AtOnce, Components, Crossed, further, seeds_to_differ

RESULT = Path(__file__).parent / "results" / "planning.json"
PILOTS = (3, 5, 10)
MARGINS = (0.25, 0.5, 1.0)
TRUTHS = (0.0, 0.5, 1.0, None)
"""Differences in standard deviations; None for one that is drawn, N(0, 1)."""
FAMILIES = (1, 3, 6)
IMAGES = 1_000
MOST_HERE = 400
"""Seeds beyond which a simulated study isn't carried on."""


def is_decided(values: np.ndarray, margin: float, alpha: float) -> bool:
    """Whether Student's t over seeds decides, as a study with this level of each test does."""
    mean, error = abs(values.mean()), stats.sem(values)
    reach, one_sided = stats.t.isf([alpha / 2, alpha], len(values) - 1) * error
    return bool(mean > reach or mean + one_sided < margin)


def carried_on(pilot: int, margin: float, truth: float | None, family: int, studies: int) -> dict[str, Any]:
    """How many of the inconclusive studies are decided by the seeds that they are told, seeds alone."""
    generator, alpha = np.random.default_rng([pilot, int(100 * margin), family]), 0.05 / family
    told, decisions = 0, []
    for _ in range(studies):
        difference = generator.normal() if truth is None else truth
        first = difference + generator.normal(size=pilot)
        if is_decided(first, margin, alpha):
            continue
        told += 1
        parts = Components(float(first.var(ddof=1)), 0.0, IMAGES - 1.0, pilot)
        seeds = further(parts, float(first.mean()), margin, IMAGES, alpha).seeds
        if seeds is not None and seeds <= MOST_HERE:
            values = np.concatenate([first, difference + generator.normal(size=seeds - pilot)])
            decisions.append(is_decided(values, margin, alpha))
    return {
        "pilot": pilot,
        "margin": margin,
        "truth": truth,
        "family": family,
        "inconclusive": told,
        "carried on": len(decisions),
        "decided": float(np.mean(decisions)),
    }


def judged(hits: tuple[np.ndarray, np.ndarray], seeds: int, margin: float) -> tuple[Draft, Judgement]:
    """The difference over the first seeds of two tables."""
    tables = {arm: Crossed(table[:seeds]) for arm, table in zip(PAIR.by_arm, hits, strict=True)}
    by_seed = (tables["treatment"] - tables["control"]).values.mean(1)
    draft = weigh(PAIR, ACCURACY, tables, dict(enumerate(by_seed.tolist())))
    return draft, judge([draft], Margin(margin), AtOnce(1))[0]


def carried_on_with_images(case: Case, pilot: int, margin: float, studies: int) -> dict[str, Any]:
    """The same for tables of right and wrong answers, by the code that judges a study."""
    deviation = case.deviation()
    told, decisions = 0, []
    for study in range(studies):
        generator = np.random.default_rng([study, pilot, int(100 * margin)])
        gain = case.gain(float(np.clip(deviation * generator.normal(), -0.5, 0.25)))
        hits = case.tables(generator, gain, MOST_HERE // 4)
        draft, found = judged(hits, pilot, margin * deviation)
        if found.verdict is not Verdict.inconclusive:
            continue
        told += 1
        told_seeds = outlook(found, draft, Margin(margin * deviation))
        if told_seeds and told_seeds.seeds is not None and told_seeds.seeds <= MOST_HERE // 4:
            _, later = judged(hits, told_seeds.seeds, margin * deviation)
            decisions.append(later.verdict is not Verdict.inconclusive)
    return {
        "case": case.name,
        "pilot": pilot,
        "margin": margin,
        "inconclusive": told,
        "carried on": len(decisions),
        "decided": float(np.mean(decisions)),
    }


def planned(pilot: int, size: float, family: int, studies: int) -> dict[str, Any]:
    """How often a study of as many seeds as a pilot plans finds the difference, in standard deviations of a seed."""
    generator, alpha = np.random.default_rng([pilot, int(100 * size), family, 1]), 0.05 / family
    powers = []
    for _ in range(studies):
        first = generator.normal(size=pilot)
        seeds = seeds_to_differ(Components(float(first.var(ddof=1)), 0.0, IMAGES - 1.0, pilot), size, alpha=alpha).seeds
        if seeds is not None:
            shift, reach = size * seeds**0.5, stats.t.isf(alpha / 2, seeds - 1)
            powers.append(float(stats.nct.sf(reach, seeds - 1, shift)) if shift < 30 else 1.0)
    return {"pilot": pilot, "difference": size, "family": family, "found": float(np.mean(powers)), "studies": studies}


def main() -> None:
    """Simulates, prints and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=600)
    studies = parser.parse_args().studies
    more = [
        carried_on(pilot, margin, truth, 1, studies) for margin in MARGINS for pilot in PILOTS for truth in TRUTHS
    ] + [carried_on(pilot, 0.5, None, family, studies) for family in FAMILIES[1:] for pilot in PILOTS]
    tables = [carried_on_with_images(case, pilot, 0.5, studies) for case in CASES[:2] for pilot in PILOTS]
    plans = [planned(pilot, size, family, studies) for size in (0.5, 1.0) for family in FAMILIES for pilot in PILOTS]
    found = {"carried on": more, "tables": tables, "plans": plans, "measured": datetime.now(UTC).date().isoformat()}
    RESULT.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
