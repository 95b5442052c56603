"""Coverage and type-I error of sums of more than two arms, and their equivalence at the margin, by simulation.

    python -m benchmarks.coverage_of_sums [--quick]

The model is that of ``benchmarks/coverage.py`` for accuracy: a difficulty of each image that all arms share, one for
each arm, an ability of each seed; seeds of every other arm spread as the second of a spread's two. With a difference
the arms' accuracies are those below; without one their sum is zero, though the arms differ: effects add up, or cancel,
or make a curve that bends and has no slope.

At the margin, that share of the images is won in every seed, and each run's answer is turned now and then.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from benchmarks.coverage import OWN, SPREADS, Spread, chance
from benchmarks.record import record
from visavis.conclusions import Judgement, Margin, Verdict, Weights
from visavis.evidence.judging import Draft, judge, weigh
from visavis.evidence.lines import Line
from visavis.stats import ACCURACY, AtOnce, Crossed

RESULT = Path(__file__).parent / "results" / "coverage-of-sums.json"
SEEDS = (3, 5, 10)
IMAGES = (200, 1000)
REPETITIONS = 1000
MARGIN = 0.01
ARMS = "abcdef"


def _trend(*doses: float) -> Weights:
    return Line("training", "training.rate", doses, tuple(ARMS[: len(doses)]), None).weights


INTERACTION = Weights({"a": 1.0, "b": -1.0, "c": -1.0, "d": 1.0})
MAIN_EFFECT = Weights({"a": 1 / 3, "b": -1 / 3, "c": 1 / 3, "d": -1 / 3, "e": 1 / 3, "f": -1 / 3})
CASES: Mapping[str, tuple[Weights, tuple[float, ...], tuple[float, ...]]] = {
    "interaction": (INTERACTION, (0.72, 0.76, 0.70, 0.80), (0.72, 0.78, 0.70, 0.76)),
    "main effect over 3": (MAIN_EFFECT, (0.78, 0.72, 0.74, 0.72, 0.70, 0.72), (0.78, 0.70, 0.74, 0.74, 0.70, 0.78)),
    "trend, doses 0 to 0.6": (
        _trend(0, 0.1, 0.2, 0.4, 0.6), (0.80, 0.79, 0.77, 0.74, 0.70), (0.72, 0.76, 0.78, 0.76, 0.0),
    ),
    "trend, doses 10 to 1,000": (
        _trend(10, 30, 100, 300, 1000), (0.65, 0.70, 0.74, 0.77, 0.79), (0.72, 0.76, 0.78, 0.76, 0.0),
    ),
}  # fmt: skip
"""The sum, the arms' accuracies with a difference, and without one; a last 0 stands for what makes the sum zero."""
AT_MARGIN = ((50, 10, 0.002), (100, 5, 0.002), (200, 5, 0.01), (300, 10, 0.002), (500, 10, 0.01), (1000, 5, 0.01))
"""Images, seeds, share of answers that are turned."""


def accuracies(weights: Weights, levels: tuple[float, ...]) -> dict[str, float]:
    """By arm; see ``CASES``."""
    by_arm = dict(zip(ARMS, levels, strict=False))
    for arm, level in by_arm.items():
        if level == 0:
            rest = sum(weight * by_arm[name] for name, weight in weights.by_arm.items())
            by_arm[arm] = -rest / weights.by_arm[arm]
    return by_arm


def judged(weights: Weights, tables: Mapping[str, np.ndarray]) -> Judgement:
    """One sum of tables [seeds, images], as the only one of its family."""
    crossed = {arm: Crossed(table.astype(np.float64)) for arm, table in tables.items()}
    value = sum(weight * float(tables[arm].mean()) for arm, weight in weights.by_arm.items())
    draft: Draft = weigh(weights, ACCURACY, crossed, {0: value})
    return judge([draft], Margin(MARGIN), AtOnce(1))[0]


def trials(
    weights: Weights, levels: Mapping[str, float], spread: Spread, seeds: int, images: int, repetitions: int
) -> Iterator[Judgement]:
    """Yields simulated sums of arms of given accuracies."""
    generator = np.random.default_rng([seeds, images, *spread.name.encode()])
    deviations = {arm: (spread.first, spread.second)[ARMS.index(arm) % 2] for arm in levels}
    abilities = {
        arm: brentq(lambda ability, arm=arm: chance(ability, spread, deviations[arm]) - levels[arm], -4.0, 6.0)
        for arm in levels
    }
    for _ in range(repetitions):
        difficulty = generator.standard_normal(images, np.float32)
        tables = {}
        for arm, ability in abilities.items():
            effects = deviations[arm] * spread.effects(generator, (seeds, 1))
            own = OWN * generator.standard_normal(images, np.float32)
            chances = expit((ability + effects).astype(np.float32) + difficulty + own)
            tables[arm] = generator.random((seeds, images), np.float32) < chances
        yield judged(weights, tables)


def rows(repetitions: int) -> Iterator[dict[str, object]]:
    """Yields coverage with a difference and type-I error without one."""
    for name, (weights, levels, same) in CASES.items():
        truth = sum(weight * accuracies(weights, levels)[arm] for arm, weight in weights.by_arm.items())
        for spread in SPREADS:
            for images, seeds in ((images, seeds) for images in IMAGES for seeds in SEEDS):
                if spread.shape is None and spread.name != "large / large":
                    cell = spread, seeds, images, repetitions
                    found = [row.interval for row in trials(weights, accuracies(weights, levels), *cell)]
                    without = [row.interval.p < 0.05 for row in trials(weights, accuracies(weights, same), *cell)]
                    coverage = float(np.mean([interval.low <= truth <= interval.high for interval in found]))
                    row = {"sum": name, "spread": spread.name, "images": images, "seeds": seeds}
                    yield {**row, "coverage": coverage, "type_one": float(np.mean(without)), "repetitions": repetitions}


def equivalences(repetitions: int) -> Iterator[dict[str, object]]:
    """Yields how often a sum at the margin is called equivalent."""
    for name, weights in (("interaction", INTERACTION), ("main effect over 3", MAIN_EFFECT)):
        for images, seeds, turned in AT_MARGIN:
            generator = np.random.default_rng([images, seeds])
            equivalent = 0
            for _ in range(repetitions):
                base = generator.random(images) < 0.8
                won = generator.random(images) < MARGIN / weights.by_arm["a"]
                tables = {arm: base ^ (generator.random((seeds, images)) < turned) for arm in weights.by_arm}
                tables["a"], tables["b"] = tables["a"] | won, tables["b"] & ~won
                equivalent += judged(weights, tables).verdict is Verdict.equivalent
            row = {"sum": name, "images": images, "seeds": seeds, "turned": turned}
            yield {**row, "equivalent": equivalent / repetitions, "repetitions": repetitions}


def main() -> None:
    """Simulates every row and writes them down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few repetitions, nothing is written")
    repetitions = 3 if parser.parse_args().quick else REPETITIONS
    found = {"margin": MARGIN, "equivalences": list(equivalences(repetitions)), "rows": list(rows(repetitions))}
    record(found, None if repetitions < REPETITIONS else RESULT)


if __name__ == "__main__":
    main()
