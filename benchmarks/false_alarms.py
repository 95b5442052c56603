"""How often visavis finds a difference where there is none, on runs trained on real letters.

    python -m benchmarks.false_alarms PATH

Trains one procedure (a perceptron on part of the letters) several hundred times, each time under streams of its own,
and makes A/A comparisons of the saved logits: disjoint sets of runs, on disjoint parts of the test images, so that no
two comparisons of one part share a run and no two of the same runs share an image. Beside visavis's test stands
McNemar's test on one run per arm.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from scipy import stats

from visavis import NLL, SGD, Arm, Options, Study, compare, datasets, run_study
from visavis.cells.environment import describe_environment
from visavis.data import Dataset, ImageData
from visavis.describe import undescribed
from visavis.parts.models import MLP
from visavis.stats.intervals import crossed_interval
from visavis.stats.significance import mcnemar
from visavis.stats.units import ByImage, Crossed

RESULT = Path(__file__).parent / "results" / "false-alarms.json"
PARTS = 4
"""Disjoint parts of the test images."""


@dataclass(frozen=True)
class FewTraining:
    """Another data set with fewer training images and all test images."""

    whole: Dataset = field(metadata=undescribed)
    train: int = 1500

    def load(self) -> ImageData:
        """See ``Dataset.load``."""
        data = self.whole.load()
        rows = np.linspace(0, len(data.train) - 1, self.train).astype(np.int64)
        return replace(data, train=data.train.take(rows))


def hits_of_runs(path: str, seeds: int) -> np.ndarray:
    """bool [runs, images]: where each run is right."""
    mlp, sgd = MLP(hidden=(64,)), SGD(lr=0.05, momentum=0.9)
    arm = Arm("run", mlp, sgd, epochs=2, batch_size=32, loss=NLL())
    study = Study(
        name="false-alarms",
        question="Is the control as good as itself?",
        data=FewTraining(datasets.open(path, channels=1)),
        control=arm,
        arms=[],
        aa=True,
        seeds=range(seeds),
    )
    with TemporaryDirectory() as folder:
        found = compare(run_study(study, Path(folder) / "run", Options(precision="fp32")).path)
        return np.concatenate([found.outputs.hits("run"), found.outputs.hits("A/A")])


def comparisons(hits: np.ndarray, seeds: int) -> Iterator[float]:
    """Yields p of each A/A comparison with so many seeds."""
    generator = np.random.default_rng(seeds)
    values = hits.astype(np.float64)
    for images in np.array_split(generator.permutation(hits.shape[1]), PARTS):
        order = generator.permutation(len(hits))
        for start in range(0, len(order) - 2 * seeds + 1, 2 * seeds):
            first, second = order[start : start + seeds], order[start + seeds : start + 2 * seeds]
            table = values[np.ix_(first, images)] - values[np.ix_(second, images)]
            if seeds > 1:
                yield crossed_interval(Crossed(table)).p
            else:
                yield mcnemar(ByImage(hits[first[0], images]), ByImage(hits[second[0], images]))


def row(hits: np.ndarray, seeds: int) -> dict[str, Any]:
    """How many of the comparisons are alarms, and what a rate of 5 % leaves likely."""
    found = list(comparisons(hits, seeds))
    low, high = stats.binom.interval(0.95, len(found), 0.05)
    return {
        "test": "crossed t" if seeds > 1 else "McNemar",
        "seeds": seeds,
        "comparisons": len(found),
        "alarms": sum(p < 0.05 for p in found),
        "likely at 5 %": [int(low), int(high)],
    }


def main() -> None:
    """Trains, compares and writes the result down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", help="the letters, as visavis run spatial-locality --data takes them")
    parser.add_argument("--seeds", type=int, default=300, help="half the number of runs")
    arguments = parser.parse_args()
    hits = hits_of_runs(arguments.path, arguments.seeds)
    accuracy = hits.mean(1)
    found = {
        "runs": len(hits),
        "test images": hits.shape[1],
        "parts": PARTS,
        "accuracy": float(accuracy.mean()),
        "deviation over runs": float(accuracy.std(ddof=1)),
        "rows": [row(hits, seeds) for seeds in (1, 2, 3, 5, 10)],
        "measured": datetime.now(UTC).date().isoformat(),
        "environment": describe_environment(torch.device("cpu")),
    }
    RESULT.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found["rows"], indent=1))


if __name__ == "__main__":
    main()
