"""Coverage of the interval between two arms that are tuned, each the best of several candidates, by simulation.

    python -m benchmarks.tuning_coverage --out benchmarks/results/tuning-coverage.json [--quick]

The candidates of an arm differ in their learning rate, and their accuracies follow a parabola over its logarithm, in
probits. A run is right about an image where a sum is above zero: the candidate's ability, an effect of seed and arm,
one of the run alone, the image's difficulty that all runs share, effects of arm and image and of candidate and image,
and chance. The candidate with most hits on the validation images is chosen (of equals the one whose sums are larger, as
the log-loss would have it), trained again, and tested on images of its own. The validation images are the same for all
candidates of a seed.

Candidates are chosen *anew in each seed*, each seed with validation images of its own; so, *anew on the same images* in
all seeds, as of a data set with a validation part of its own; or *once*, in a seed apart, for all seeds.

The truth is the same for all three: the mean over seeds, validation images and test images of A's accuracy less B's,
where each seed chooses. What is chosen once has a truth of its own beside it: that of the two recipes. Intervals are
those that a study of this one contrast shows.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from benchmarks.record import record
from benchmarks.until_decided import judged
from visavis.quantities import Interval
from visavis.stats import AtOnce

SEEDS = (3, 5, 10)
CANDIDATES, ARMS, IMAGES = 8, 2, 1000
STUDIES, QUICK_STUDIES = 6000, 20
BLOCK = 200
"""Seeds that are drawn at a time for the truth."""
BLOCKS, QUICK_BLOCKS = 500, 2
SHARED, ARM, CHANCE = 1.0, 0.5, 1.0
"""Standard deviation of an image's difficulty that is shared by all runs, of an arm's own, of chance."""
SEED, RUN = 0.05, 0.08
"""The same of a seed's effect on all runs of an arm, and of what one run has alone."""
FAILURE = 3.0
"""What a run that fails loses."""
TIE = 1e-6
"""Weight of the mean sum beside the share of hits: it decides between equals only."""


class Way(StrEnum):
    """How candidates are chosen."""

    anew = "anew in each seed"
    same_images = "anew on the same images"
    once = "once"


@dataclass(frozen=True)
class Curve:
    """Accuracy of an arm's candidates.

    Attributes:
        peak: at the best rate, over seeds and images.
        best: the rate of the peak, counted in candidates from the first, which is 0.
        fall: probits of accuracy that are lost with the square of the distance from it, in candidates.
        risk: chance that a run fails whose rate is beyond the best.
    """

    peak: float
    best: float
    fall: float
    risk: float = 0.0

    def probits(self) -> np.ndarray:
        """float [candidates]: of the accuracy of runs that don't fail."""
        distance = np.arange(CANDIDATES) - self.best
        return ndtri(self.peak) - self.fall * distance**2

    def risks(self) -> np.ndarray:
        """float [candidates]: chance that a run fails."""
        return np.where(np.arange(CANDIDATES) > self.best, self.risk, 0.0)


@dataclass(frozen=True)
class Situation:
    """What is chosen from, and by how many images.

    Attributes:
        name: for the table.
        first, second: the arms, A and B.
        validation: number of validation images.
        recipe: standard deviation of the part of an image's difficulty that is a candidate's own.
    """

    name: str
    first: Curve
    second: Curve
    validation: int
    recipe: float = 0.3

    def deviation(self, *effects: float) -> float:
        """Of the sum of one run over images, and over effects of these standard deviations."""
        parts = (SHARED, ARM, self.recipe, CHANCE, *effects)
        return sum(part**2 for part in parts) ** 0.5

    @property
    def abilities(self) -> np.ndarray:
        """float [arms, candidates]: of runs that don't fail."""
        return self.deviation(SEED, RUN) * np.stack([self.first.probits(), self.second.probits()])

    @property
    def risks(self) -> np.ndarray:
        """float [arms, candidates]."""
        return np.stack([self.first.risks(), self.second.risks()])

    def accuracies(self, effects: np.ndarray | None = None) -> np.ndarray:
        """float [..., arms, candidates]: over images and runs, given the effects of seeds on arms [..., arms, 1]; over
        seeds as well, where these aren't given.
        """
        sums = self.abilities if effects is None else self.abilities + effects
        deviation = self.deviation(SEED, RUN) if effects is None else self.deviation(RUN)
        return (1 - self.risks) * ndtr(sums / deviation) + self.risks * ndtr((sums - FAILURE) / deviation)


SITUATIONS = (
    Situation("flat optimum", Curve(0.80, 3.3, 0.002), Curve(0.78, 4.1, 0.002), 500),
    Situation("sharp optimum, noisy validation", Curve(0.80, 3.3, 0.05), Curve(0.78, 4.1, 0.05), 100),
    Situation(
        "sharp, noisy, recipes err on images of their own",
        Curve(0.80, 3.3, 0.05),
        Curve(0.78, 4.1, 0.05),
        100,
        recipe=1.0,
    ),
    Situation("candidates differ strongly", Curve(0.80, 3.3, 0.3), Curve(0.78, 4.1, 0.3), 500),
    Situation("one flat, one sharp, noisy validation", Curve(0.80, 3.3, 0.002), Curve(0.82, 4.1, 0.1), 100),
    Situation("runs of one arm fail at high rates", Curve(0.80, 3.3, 0.02, risk=0.1), Curve(0.80, 4.1, 0.02), 500),
)


@dataclass(frozen=True)
class Truth:
    """What choosing in each seed comes to.

    Attributes:
        difference: A's accuracy less B's.
        error: standard error of that, by simulation.
        choices: share of the seeds in which each candidate is chosen, [arms][candidates].
        losses: of each arm, accuracy of its best candidate less that of the procedure.
        seeds: that were simulated.
    """

    difference: float
    error: float
    choices: list[list[float]]
    losses: list[float]
    seeds: int


@dataclass(frozen=True)
class Row:
    """What was found for one situation, one way to choose and one number of seeds.

    Attributes:
        situation, choice, seeds: of what.
        coverage: share of 95 % intervals that hold the truth of the procedure.
        error: standard error of that share.
        below, above: share of intervals that lie below the truth, and above it.
        of_recipes: share of intervals that hold the difference of the very recipes that were chosen once; else None.
        width: of the interval, the mean.
        studies: on which each share rests.
    """

    situation: str
    choice: str
    seeds: int
    coverage: float
    error: float
    below: float
    above: float
    of_recipes: float | None
    width: float
    studies: int


def normals(generator: np.random.Generator, *shape: int) -> np.ndarray:
    """float32 of this shape."""
    return generator.standard_normal(shape, np.float32)


def draw_images(situation: Situation, generator: np.random.Generator, sets: int, images: int) -> np.ndarray:
    """float32 [sets, arms, candidates, images]: how easy images are for candidates."""
    easiness = situation.recipe * normals(generator, sets, ARMS, CANDIDATES, images)
    easiness += ARM * normals(generator, sets, ARMS, 1, images)
    easiness += SHARED * normals(generator, sets, 1, 1, images)
    return easiness


def train(situation: Situation, generator: np.random.Generator, effects: np.ndarray) -> np.ndarray:
    """float32 [seeds, arms, candidates]: the ability of one run of each candidate.

    Args:
        effects: of each seed on each arm [seeds, arms, 1].
    """
    abilities = situation.abilities + effects + RUN * normals(generator, len(effects), ARMS, CANDIDATES)
    return (abilities - FAILURE * (generator.random(abilities.shape) < situation.risks)).astype(np.float32)


def choose(situation: Situation, generator: np.random.Generator, effects: np.ndarray, sets: int) -> np.ndarray:
    """int64 [seeds, arms]: the candidates that are best on the validation images.

    Args:
        effects: of each seed on each arm [seeds, arms, 1].
        sets: of validation images: one for all seeds, or as many as seeds.
    """
    sums = CHANCE * normals(generator, len(effects), ARMS, CANDIDATES, situation.validation)
    sums += draw_images(situation, generator, sets, situation.validation)
    sums += train(situation, generator, effects)[..., None]
    ranks: np.ndarray = (sums > 0).mean(-1) + TIE * sums.mean(-1)
    return ranks.argmax(-1)


def draw_effects(generator: np.random.Generator, seeds: int) -> np.ndarray:
    """float32 [seeds, arms, 1]: of seeds on arms."""
    return SEED * normals(generator, seeds, ARMS, 1)


def truth_of(situation: Situation, blocks: int) -> Truth:
    """By many seeds, each of which chooses; over images and final runs by integration."""
    generator = np.random.default_rng([0, *situation.name.encode()])
    accuracies, choices = [], []
    for _ in range(blocks):
        effects = draw_effects(generator, BLOCK)
        choices.append(choose(situation, generator, effects, BLOCK))
        accuracies.append(np.take_along_axis(situation.accuracies(effects), choices[-1][..., None], -1)[..., 0])
    by_arm, numbers = np.concatenate(accuracies), np.concatenate(choices)
    differences = by_arm[:, 0] - by_arm[:, 1]
    return Truth(
        difference=float(differences.mean()),
        error=float(differences.std(ddof=1) / len(differences) ** 0.5),
        choices=[(np.bincount(column, minlength=CANDIDATES) / len(column)).tolist() for column in numbers.T],
        losses=(situation.accuracies().max(-1) - by_arm.mean(0)).tolist(),
        seeds=len(differences),
    )


def hits(generator: np.random.Generator, abilities: np.ndarray, images: np.ndarray, choices: np.ndarray) -> np.ndarray:
    """float64 [arms, seeds, images]: where the final run of what was chosen is right.

    Args:
        abilities: of the final run of each candidate [seeds, arms, candidates].
        images: how easy the test images are [arms, candidates, images].
        choices: candidates [seeds, arms].
    """
    arms = np.arange(ARMS)
    sums = CHANCE * normals(generator, *choices.shape, images.shape[-1])
    sums += np.take_along_axis(abilities, choices[..., None], -1) + images[arms, choices]
    return (sums > 0).astype(np.float64).swapaxes(0, 1)


def study(situation: Situation, number: int) -> Iterator[tuple[Way, int, Interval, float]]:
    """Yields the intervals of one study for each way to choose and each number of seeds.

    Test images and the effects of seeds are the same for all, and fewer seeds are the first of many. With each comes
    the difference between the recipes of the first seed.
    """
    generator, most = np.random.default_rng([1, number, *situation.name.encode()]), max(SEEDS)
    effects, expected = draw_effects(generator, most), situation.accuracies()
    abilities, (images,) = train(situation, generator, effects), draw_images(situation, generator, 1, IMAGES)
    choices: Mapping[Way, np.ndarray] = {
        Way.anew: choose(situation, generator, effects, most),
        Way.same_images: choose(situation, generator, effects, 1),
        Way.once: choose(situation, generator, draw_effects(generator, 1), 1).repeat(most, axis=0),
    }
    for way, numbers in choices.items():
        tables = hits(generator, abilities, images, numbers)
        first, second = expected[np.arange(ARMS), numbers[0]]
        for seeds in SEEDS:
            yield way, seeds, judged(list(tables), seeds, 0.0, AtOnce(1)).interval, float(first - second)


def rows_of(situation: Situation, truth: float, studies: int) -> Iterator[Row]:
    """Yields a row for each way to choose and each number of seeds."""
    intervals: dict[tuple[Way, int], list[tuple[float, float, float]]] = {}
    for number in range(studies):
        for way, seeds, interval, of_recipes in study(situation, number):
            intervals.setdefault((way, seeds), []).append((interval.low, interval.high, of_recipes))
    for (way, seeds), bounds in intervals.items():
        low, high, of_recipes = np.array(bounds).T
        below, above = float((high < truth).mean()), float((low > truth).mean())
        coverage = 1 - below - above
        yield Row(
            situation=situation.name,
            choice=way.value,
            seeds=seeds,
            coverage=coverage,
            error=(coverage * (1 - coverage) / studies) ** 0.5,
            below=below,
            above=above,
            of_recipes=float(((low <= of_recipes) & (of_recipes <= high)).mean()) if way is Way.once else None,
            width=float((high - low).mean()),
            studies=studies,
        )


def show(rows: Sequence[Row]) -> None:
    """Prints coverage with its standard error, and the mean width in percentage points."""
    for row in rows:
        own = "" if row.of_recipes is None else f"  of the recipes {row.of_recipes:.3f}"
        text = f"{row.situation:48} {row.choice:24} {row.seeds:3}  {row.coverage:.3f} ± {row.error:.3f}"
        print(f"{text}  {100 * row.width:5.1f} pp{own}", flush=True)


def simulate(situation: Situation, studies: int, blocks: int) -> tuple[dict[str, Any], list[Row]]:
    """A situation with its truth, and its rows."""
    truth = truth_of(situation, blocks)
    rows = list(rows_of(situation, truth.difference, studies))
    show(rows)
    return {**asdict(situation), "truth": asdict(truth)}, rows


def main() -> None:
    """Simulates every situation, prints, and writes JSON where a file is given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few studies: only whether it runs")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    sizes = (QUICK_STUDIES, QUICK_BLOCKS) if arguments.quick else (STUDIES, BLOCKS)
    situations, rows = zip(*(simulate(situation, *sizes) for situation in SITUATIONS), strict=True)
    found = {
        "candidates": CANDIDATES,
        "images": IMAGES,
        "deviations": {"shared": SHARED, "arm": ARM, "chance": CHANCE, "seed": SEED, "run": RUN},
        "failure": FAILURE,
        "situations": situations,
        "rows": [asdict(row) for several in rows for row in several],
    }
    record(found, arguments.out)


if __name__ == "__main__":
    main()
