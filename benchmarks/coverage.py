"""Coverage and type-I error of the crossed interval, measured by simulation.

    python -m benchmarks.coverage [--processes 2] [--quick]

Two arms are judged on the same images. Accuracy: each image has a difficulty that both arms share and one for each
arm, each seed an ability; whether a run is right is a coin with the chance that follows. Other metrics: logits of four
classes of unequal size, with an image's own features shared by all runs of an arm, and with a strength of evidence and
a bias for each class that each seed draws. Seeds' effects are normal, skewed (gamma with skewness 1) or strongly skewed
(exponential, skewness 2), equal in both arms or very unequal.

The truth is the mean over many seeds and test sets of the same size. Type-I error is the share of p below .05 where
both arms have the same truth.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats
from scipy.optimize import brentq
from scipy.special import expit

from visavis.stats.intervals import crossed_interval
from visavis.stats.metrics import BALANCED_ACCURACY, CALIBRATION_ERROR, F1, LOG_LOSS, MACRO_F1, WEIGHTED_F1, OfClass
from visavis.stats.score import Metric
from visavis.stats.units import Crossed

RESULT = Path(__file__).parent / "results" / "coverage.json"
SEEDS = (2, 3, 5, 10, 20)
IMAGES = 1000
CLASSES = np.array([0.45, 0.3, 0.2, 0.05])
OTHER_METRICS: tuple[Metric, ...] = (
    BALANCED_ACCURACY,
    MACRO_F1,
    WEIGHTED_F1,
    OfClass(F1, 1, "of 30 %"),
    OfClass(F1, 3, "of 5 %"),
    LOG_LOSS,
    CALIBRATION_ERROR,
)


@dataclass(frozen=True)
class Spread:
    """How the seeds of two arms differ.

    Attributes:
        name: for the table.
        first, second: standard deviation of each arm's seed effects.
        shape: of the gamma distribution that they follow; None for normal.
    """

    name: str
    first: float
    second: float
    shape: float | None = None

    def effects(self, generator: np.random.Generator, size: Sequence[int]) -> np.ndarray:
        """Seed effects of mean 0 and variance 1."""
        if self.shape is None:
            return generator.normal(size=size)
        return (generator.gamma(self.shape, size=size) - self.shape) / self.shape**0.5


SPREADS = (
    Spread("tiny / tiny", 0.03, 0.03),
    Spread("medium / medium", 0.15, 0.15),
    Spread("large / large", 0.4, 0.4),
    Spread("tiny / large", 0.03, 0.8),
    Spread("medium / medium, skewed", 0.15, 0.15, 4.0),
    Spread("tiny / large, skewed", 0.03, 0.8, 4.0),
    Spread("tiny / large, strongly skewed", 0.03, 0.8, 1.0),
)


GIVEN_MODELS = Spread("given models", 0.0, 0.0)
"""With one seed the claim is about the models at hand; there is no spread of seeds in it."""


@dataclass(frozen=True)
class Row:
    """What was found for one metric, one spread and one number of seeds.

    Attributes:
        metric, spread, seeds: of what.
        coverage: of the 95 % interval, where there is a difference.
        type_one: share of p < .05 where there is none; None where the simulation has no such case.
        width: median width of the interval.
        over_seeds: coverage of Student's t over seeds alone, for comparison; None with one seed.
        repetitions: on which each share rests.
    """

    metric: str
    spread: str
    seeds: int
    coverage: float
    type_one: float | None
    width: float
    over_seeds: float | None
    repetitions: int


@dataclass(frozen=True)
class Trial:
    """One simulated comparison: whether its intervals hold the truth, and whether it would have been an alarm."""

    covered: bool
    alarm: bool
    width: float
    covered_over_seeds: bool | None


def _trial(table: Crossed, value: float, truth: float) -> Trial:
    found = crossed_interval(table, value)
    covered = found.low <= truth <= found.high
    if table.seeds == 1:
        return Trial(covered, found.p < 0.05, found.high - found.low, None)
    by_seed = table.over_images().values
    reach = stats.t.ppf(0.975, table.seeds - 1) * stats.sem(by_seed)
    return Trial(covered, found.p < 0.05, found.high - found.low, abs(value - truth) <= reach)


def _row(metric: str, spread: Spread, seeds: int, trials: Sequence[Trial], without: Sequence[Trial] | None) -> Row:
    over_seeds = [trial.covered_over_seeds for trial in trials if trial.covered_over_seeds is not None]
    return Row(
        metric,
        spread.name,
        seeds,
        float(np.mean([trial.covered for trial in trials])),
        float(np.mean([trial.alarm for trial in without])) if without else None,
        float(np.median([trial.width for trial in trials])),
        float(np.mean(over_seeds)) if over_seeds else None,
        len(trials),
    )


# Accuracy: right or wrong.

OWN = 0.7
"""Spread of an image's difficulty that is an arm's own; that of the difficulty which both arms share is 1."""
ABILITIES = (1.0, 1.2)


def chance(ability: float, spread: Spread, deviation: float) -> float:
    """Probability of being right, over seeds and images."""
    difficulty, weight = np.polynomial.hermite_e.hermegauss(41)
    quantiles = (np.arange(2000) + 0.5) / 2000
    if spread.shape is None:
        effects = stats.norm.ppf(quantiles)
    else:
        effects = (stats.gamma.ppf(quantiles, spread.shape) - spread.shape) / spread.shape**0.5
    given = expit(ability + deviation * effects[:, None] + (1 + OWN**2) ** 0.5 * difficulty)
    return float(given.mean(0) @ weight / weight.sum())


def accuracy_rows(spread: Spread, seeds: int, repetitions: int) -> list[Row]:
    """Coverage with a true difference, type-I error without one."""
    levels = [
        chance(ability, spread, one) for ability, one in zip(ABILITIES, (spread.first, spread.second), strict=True)
    ]
    same = brentq(lambda ability: chance(ability, spread, spread.second) - levels[0], -2.0, 4.0)
    trials = list(_accuracy_trials(spread, seeds, ABILITIES, levels[0] - levels[1], repetitions, 0))
    without = list(_accuracy_trials(spread, seeds, (ABILITIES[0], float(same)), 0.0, repetitions, 1))
    return [_row("accuracy", spread, seeds, trials, without)]


def _accuracy_trials(
    spread: Spread, seeds: int, abilities: tuple[float, float], truth: float, repetitions: int, salt: int
) -> Iterator[Trial]:
    generator = np.random.default_rng([salt, seeds, *spread.name.encode()])
    for _ in range(repetitions):
        difficulty = generator.normal(size=IMAGES)
        hits = []
        for ability, deviation in zip(abilities, (spread.first, spread.second), strict=True):
            effects = deviation * spread.effects(generator, (seeds, 1))
            own = OWN * generator.normal(size=IMAGES)
            hits.append(generator.random((seeds, IMAGES)) < expit(ability + effects + difficulty + own))
        table = Crossed(hits[0].astype(np.float64) - hits[1])
        yield _trial(table, float(table.values.mean()), truth)


# Other metrics: logits.

EVIDENCE = (1.6, 1.9)
"""How far an image's own class stands out, for each arm."""


def _arm_logits(
    generator: np.random.Generator,
    spread: Spread,
    arm: int,
    labels: np.ndarray,
    shared: np.ndarray,
    seeds: int,
    evidence: float,
) -> Iterator[np.ndarray]:
    """Yields the logits [images, classes] of each seed of an arm."""
    deviation = (spread.first, spread.second)[arm]
    own = 0.6 * generator.normal(size=shared.shape)
    stands_out = np.eye(len(CLASSES))[labels]
    strengths = evidence + deviation * spread.effects(generator, (seeds,))
    biases = 0.3 * deviation * spread.effects(generator, (seeds, len(CLASSES)))
    for strength, bias in zip(strengths, biases, strict=True):
        yield strength * stands_out + shared + own + 0.5 * generator.normal(size=own.shape) + bias


def _test_set(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Labels in fixed shares, and the features of each image that both arms see."""
    labels = np.repeat(np.arange(len(CLASSES)), np.round(CLASSES * IMAGES).astype(int))
    return labels, generator.normal(size=(IMAGES, len(CLASSES)))


def expected(spread: Spread, arm: int, evidence: float, repetitions: int) -> dict[str, float]:
    """Each metric's mean over seeds and test sets of the same size."""
    generator = np.random.default_rng([9, *spread.name.encode()])
    values: dict[str, list[float]] = {metric.name: [] for metric in OTHER_METRICS}
    for _ in range(repetitions):
        labels, shared = _test_set(generator)
        (logits,) = _arm_logits(generator, spread, arm, labels, shared, 1, evidence)
        for metric in OTHER_METRICS:
            values[metric.name].append(metric.score(labels, logits).value)
    return {name: float(np.mean(found)) for name, found in values.items()}


def other_rows(spread: Spread, seeds: int, repetitions: int) -> list[Row]:
    """Coverage with a true difference; type-I error where the arms follow the same law."""
    means = [expected(spread, arm, EVIDENCE[arm], 4 * repetitions) for arm in (0, 1)]
    truths = {metric.name: means[0][metric.name] - means[1][metric.name] for metric in OTHER_METRICS}
    trials = _other_trials(spread, seeds, EVIDENCE, truths, repetitions)
    without = None
    if spread.first == spread.second:
        zeros = dict.fromkeys(truths, 0.0)
        without = _other_trials(spread, seeds, (EVIDENCE[0], EVIDENCE[0]), zeros, repetitions)
    return [
        _row(metric.name, spread, seeds, trials[metric.name], without[metric.name] if without else None)
        for metric in OTHER_METRICS
    ]


def _other_trials(
    spread: Spread, seeds: int, evidence: tuple[float, float], truths: dict[str, float], repetitions: int
) -> dict[str, list[Trial]]:
    generator = np.random.default_rng([5, seeds, *(int(1000 * one) for one in evidence), *spread.name.encode()])
    trials: dict[str, list[Trial]] = {metric.name: [] for metric in OTHER_METRICS}
    for _ in range(repetitions):
        labels, shared = _test_set(generator)
        logits = [[*_arm_logits(generator, spread, arm, labels, shared, seeds, evidence[arm])] for arm in (0, 1)]
        for metric in OTHER_METRICS:
            scored = [[metric.score(labels, one) for one in arm] for arm in logits]
            tables = [Crossed(np.stack([one.shares for one in arm])) for arm in scored]
            values = [float(np.mean([one.value for one in arm])) for arm in scored]
            trials[metric.name].append(_trial(tables[0] - tables[1], values[0] - values[1], truths[metric.name]))
    return trials


def _rows(task: tuple[Any, Spread, int, int]) -> list[Row]:
    rows, spread, seeds, repetitions = task
    found: list[Row] = rows(spread, seeds, repetitions)
    for row in found:
        print(f"{row.metric:22} {row.spread:32} {row.seeds:3} {row.coverage:.3f} {row.type_one}", flush=True)
    return found


def main() -> None:
    """Simulates every row and writes them down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="few repetitions, nothing is written")
    arguments = parser.parse_args()
    many, some = (100, 20) if arguments.quick else (4000, 2000)
    cases = [(GIVEN_MODELS, 1), *((spread, seeds) for spread in SPREADS for seeds in SEEDS)]
    tasks = [(accuracy_rows, *case, many) for case in cases] + [(other_rows, *case, some) for case in cases]
    with ProcessPoolExecutor(arguments.processes) as processes:
        rows = [row for found in processes.map(_rows, tasks) for row in found]
    if not arguments.quick:
        settings = {"images": IMAGES, "classes": CLASSES.tolist(), "abilities": ABILITIES, "evidence": EVIDENCE}
        found = {
            **settings,
            "measured": datetime.now(UTC).date().isoformat(),
            "spreads": [asdict(spread) for spread in SPREADS],
            "rows": [asdict(row) for row in rows],
        }
        RESULT.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
