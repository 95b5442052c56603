"""Coverage of the interval of cross-validation, measured by simulation, beside Student's t over folds as they are.

    python -m benchmarks.folds [--processes 2] [--quick]

Images are 20 numbers whose means depend on the class, three classes. An arm is a ridge regression on random features
that each seed draws, as a network's first weights are. "Equal": the arms see ten numbers each, of the same
distribution, so that the true difference is zero. "Unequal": the treatment sees all twenty; the truth is the mean over
many data sets, with training parts of the same size.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

from visavis.design.folds import Folds
from visavis.stats.intervals import Resampled, interval_of
from visavis.streams import root

RESULT = Path(__file__).parent / "results" / "folds.json"
NUMBERS, CLASSES, HIDDEN, STRENGTH = 20, 3, 40, 0.35
DESIGNS = ((5, 1), (10, 1), (5, 2), (5, 5))
"""Folds and repeats."""
IMAGES = (100, 500)
ARMS: dict[str, tuple[slice, slice]] = {
    "equal": (slice(0, 10), slice(10, 20)),
    "unequal": (slice(0, 20), slice(10, 20)),
}
"""The numbers that treatment and control see."""


@dataclass(frozen=True)
class Row:
    """What was measured.

    Attributes:
        arms: key of ``ARMS``.
        images: of the data set.
        k, repeats: of the folds.
        truth: difference of accuracies.
        corrected, uncorrected: share of 95 % intervals that hold the truth.
        width: the mean width of the corrected interval, of the uncorrected one.
        sets: data sets that were drawn.
    """

    arms: str
    images: int
    k: int
    repeats: int
    truth: float
    corrected: float
    uncorrected: float
    width: float
    sets: int


def drawn(images: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A data set: float [images, numbers] and int64 [images]."""
    labels = np.arange(images) % CLASSES
    half = np.tile(np.eye(CLASSES), NUMBERS // 2 // CLASSES + 1)[:, : NUMBERS // 2]
    means = STRENGTH * np.hstack([half, half])  # arms that see one half each are equal
    return rng.normal(size=(images, NUMBERS)) + means[labels], labels


def accuracy(
    inputs: np.ndarray, labels: np.ndarray, is_test: np.ndarray, columns: slice, rng: np.random.Generator
) -> float:
    """Of one fold, of an arm that sees some columns."""
    seen = inputs[:, columns]
    weights, biases = rng.normal(size=(seen.shape[1], HIDDEN)) / seen.shape[1] ** 0.5, rng.normal(size=HIDDEN)
    features = np.maximum(seen @ weights + biases, 0)
    train, targets = features[~is_test], np.eye(CLASSES)[labels[~is_test]] - 1 / CLASSES
    fit = np.linalg.solve(train.T @ train + np.eye(HIDDEN), train.T @ targets)
    return float((np.argmax(features[is_test] @ fit, axis=1) == labels[is_test]).mean())


def differences(arms: str, images: int, k: int, repeats: int, number: int) -> np.ndarray:
    """float [k repeats]: treatment minus control in each fold of one data set."""
    rng = np.random.default_rng([number, images, k, repeats])
    inputs, labels = drawn(images, rng)
    rows = []
    for repeat in range(repeats):
        folds = Folds(k).deal(labels, np.full(images, b""), root(number).child(repeat))
        for fold in range(k):
            seed = int(rng.integers(1 << 62))
            treatment, control = (
                accuracy(inputs, labels, folds == fold, columns, np.random.default_rng(seed)) for columns in ARMS[arms]
            )
            rows.append(treatment - control)
    return np.array(rows)


def measured(arms: str, images: int, k: int, repeats: int, sets: int) -> Row:
    """Coverage in many data sets."""
    values = [differences(arms, images, k, repeats, number) for number in range(sets)]
    truth = 0.0 if arms == "equal" else float(np.mean(values))
    covered, widths = zip(*(tuple(_intervals(row, 1 / (k - 1), truth)) for row in values), strict=True)
    corrected, uncorrected = np.mean(covered, axis=0)
    wide, narrow = np.mean(widths, axis=0)
    return Row(arms, images, k, repeats, truth, float(corrected), float(uncorrected), float(wide / narrow), sets)


def _intervals(values: np.ndarray, ratio: float, truth: float) -> Iterator[tuple[bool, bool] | tuple[float, float]]:
    mean = float(values.mean())
    pair = [interval_of(Resampled.of(values, size, 1), mean) for size in (ratio, 0.0)]
    yield pair[0].low <= truth <= pair[0].high, pair[1].low <= truth <= pair[1].high
    yield pair[0].high - pair[0].low, pair[1].high - pair[1].low


def _row(sets: int, case: tuple[str, int, int, int]) -> Row:
    return measured(*case, sets)


def main() -> None:
    """Simulates every row and writes them down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="few repetitions, nothing is written")
    arguments = parser.parse_args()
    cases = [(arms, images, *design) for arms in ARMS for images in IMAGES for design in DESIGNS]
    row_of: Callable[[tuple[str, int, int, int]], Row] = partial(_row, 40 if arguments.quick else 2000)
    with ProcessPoolExecutor(arguments.processes) as processes:
        rows = list(processes.map(row_of, cases))
    for row in rows:
        print(row)
    if not arguments.quick:
        found = {"measured": datetime.now(UTC).date().isoformat(), "rows": [asdict(row) for row in rows]}
        RESULT.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
