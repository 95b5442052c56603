"""Coverage of the intervals where images are easy or hopeless, and runs fail: by another model than ``coverage``.

    python -m benchmarks.coverage_by_difficulty [--studies 600]

How often an image is got right follows a beta distribution with most of its mass near 0 and 1; to that come, on the
scale of logits, an effect of the arm on the image, of the seed, and of chance. A wrong answer is the image's own rival
class. Seeds' effects are normal, or exponential with the tail towards failure. Five classes have 40, 30, 20, 8 and 2 %
of the images. The truth is the mean over all simulated studies. What is finished is kept, and passed over next time.

With groups, images of one group share their difficulty and their arm's effect; intervals take each image by itself, or
the mean of each group.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from visavis.stats.intervals import crossed_interval
from visavis.stats.metrics import ACCURACY, F1, LOG_LOSS, MACRO_F1, OfClass
from visavis.stats.score import Metric
from visavis.stats.units import Crossed

RESULT = Path(__file__).parent / "results" / "coverage-by-difficulty.json"
SEEDS = (2, 3, 5, 10, 20)
CLASSES = np.array([0.4, 0.3, 0.2, 0.08, 0.02])
METRICS: tuple[Metric, ...] = (ACCURACY, MACRO_F1, LOG_LOSS, OfClass(F1, 4, "of 2 %"))
CONCENTRATION = 0.6
"""Sum of the beta distribution's two parameters: below 2 it has the shape of a U."""
ABSENT = -3.0
"""Logit of the classes that an image is never taken for."""


@dataclass(frozen=True)
class Case:
    """How two arms differ.

    Attributes:
        name: for the table.
        seeds: standard deviation of each arm's seeds, in logits.
        own: standard deviation of an arm's effect on an image.
        fails: whether the seeds' effects are exponential, towards failure.
    """

    name: str
    seeds: tuple[float, float]
    own: float
    fails: bool = False

    def effects(self, generator: np.random.Generator, arm: int, seeds: int) -> np.ndarray:
        """Of each seed, with mean 0."""
        drawn = 1 - generator.exponential(size=seeds) if self.fails else generator.normal(size=seeds)
        return self.seeds[arm] * drawn


CASES = (
    Case("A/A", (0.25, 0.25), 0.0),
    Case("medium", (0.25, 0.25), 0.7),
    Case("tiny", (0.03, 0.03), 0.7),
    Case("unequal", (0.05, 0.6), 0.7),
    Case("failing", (0.05, 0.6), 0.7, fails=True),
)
SIZES = {50: 1.0, 200: 1.0, 1000: 1.0, 7000: 0.4}
"""Test images -> share of the studies that are simulated with them."""
ACCURACIES = (0.7, 0.9, 0.99)
GROUPS = (1, 2, 5, 20)


def difficulties(generator: np.random.Generator, accuracy: float, count: int) -> np.ndarray:
    """Logits of being right."""
    share = generator.beta(CONCENTRATION * accuracy, CONCENTRATION * (1 - accuracy), size=count)
    return np.clip(logit(np.clip(share, 1e-9, 1 - 1e-9)), -12, 12)


def base(accuracy: float) -> float:
    """Mean of the beta distribution with which an arm comes to this accuracy, effects of arm and seed included."""
    draws = np.random.default_rng(0)
    noise = draws.normal(size=20_000) * (0.7**2 + 0.25**2) ** 0.5

    def reached(mean: float) -> float:
        return float(expit(difficulties(np.random.default_rng(1), mean, 20_000) + noise).mean()) - accuracy

    return float(brentq(reached, 0.4, 0.9999, xtol=1e-4))


def runs(
    generator: np.random.Generator, case: Case, mean: float, images: int, seeds: int, group: int = 1
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields labels, and logits [seeds, images, classes] of each arm."""
    labels = np.repeat(np.arange(len(CLASSES)), np.diff(np.round(np.cumsum([0, *CLASSES]) * images).astype(int)))
    steps = generator.integers(1, len(CLASSES), size=images)
    rivals, rows = (labels + steps) % len(CLASSES), np.arange(images)
    groups = rows // group
    shared = difficulties(generator, mean, groups.max() + 1)[groups]
    for arm in (0, 1):
        own = case.own * generator.normal(size=groups.max() + 1)[groups]
        latent = shared + own + case.effects(generator, arm, seeds)[:, None] + generator.logistic(size=(seeds, images))
        logits = np.full((seeds, images, len(CLASSES)), ABSENT, np.float32)
        logits[:, rows, rivals] = 0.0
        logits[:, rows, labels] = latent
        yield labels, logits


def rows_of(case: Case, accuracy: float, images: int, studies: int) -> Iterator[dict[str, Any]]:
    """Yields coverage and median width for each metric and number of seeds."""
    mean, most = base(accuracy), max(SEEDS)
    intervals: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    for study in range(studies):
        generator = np.random.default_rng([study, images, int(1000 * accuracy), *case.name.encode()])
        (labels, first), (_, second) = runs(generator, case, mean, images, most)
        for metric in METRICS:
            scores = [[metric.score(labels, one) for one in arm] for arm in (first, second)]
            values = np.array([[score.value for score in arm] for arm in scores])
            table = Crossed(np.stack([score.shares for score in scores[0]]) - np.stack([s.shares for s in scores[1]]))
            for seeds in SEEDS:
                value = float((values[0] - values[1])[:seeds].mean())
                found = crossed_interval(Crossed(table.values[:seeds]), value)
                intervals.setdefault((metric.name, seeds), []).append((value, found.low, found.high))
    for (metric_name, seeds), found_here in intervals.items():
        value, low, high = np.array(found_here).T
        truth = 0.0 if case.name == "A/A" else value.mean()
        yield {
            "case": case.name,
            "accuracy": accuracy,
            "images": images,
            "metric": metric_name,
            "seeds": seeds,
            "coverage": float(((low <= truth) & (truth <= high)).mean()),
            "width": float(np.median(high - low)),
            "studies": studies,
        }


def group_rows(group: int, studies: int) -> dict[str, Any]:
    """Coverage for accuracy with images in groups, taken one by one and by their groups' means."""
    case, mean, images, seeds = CASES[1], base(0.9), 1000, 5
    covered: dict[str, list[tuple[float, float, float]]] = {"by image": [], "by group": []}
    for study in range(studies):
        generator = np.random.default_rng([study, group])
        first, second = (
            (logits.argmax(2) == labels).astype(np.float64)
            for labels, logits in runs(generator, case, mean, images, seeds, group)
        )
        table = first - second
        groups = table.reshape(seeds, images // group, group).mean(2)
        for name, values in (("by image", table), ("by group", groups)):
            found = crossed_interval(Crossed(values))
            covered[name].append((found.value, found.low, found.high))
    row: dict[str, Any] = {"group": group, "studies": studies}
    for name, intervals in covered.items():
        value, low, high = np.array(intervals).T
        row[name] = float(((low <= value.mean()) & (value.mean() <= high)).mean())
    return row


def main() -> None:
    """Simulates what isn't there yet and writes it down, cell by cell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=600)
    studies = parser.parse_args().studies
    found = json.loads(RESULT.read_text()) if RESULT.exists() else {"rows": [], "groups": []}
    done = {(row["case"], row["accuracy"], row["images"]) for row in found["rows"]}
    found["groups"] = found["groups"] or [group_rows(group, 2 * studies) for group in GROUPS]
    for images, share in SIZES.items():
        for accuracy in ACCURACIES:
            for case in CASES:
                if (case.name, accuracy, images) not in done:
                    found["rows"] += rows_of(case, accuracy, images, int(share * studies))
                    RESULT.write_text(json.dumps(found, indent=1) + "\n")
                    print(case.name, accuracy, images, found["rows"][-20]["coverage"], flush=True)


if __name__ == "__main__":
    main()
