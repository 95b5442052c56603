"""A study's evidence, as far as its cells are finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from visavis.audit import Audit
from visavis.evidence import frames
from visavis.evidence.classes import Answers, class_drafts, class_estimates, metrics_of
from visavis.evidence.comparands import Square
from visavis.evidence.comparands import squares as squares_of
from visavis.evidence.elsewhere import Elsewhere, read_elsewhere
from visavis.evidence.judging import Draft, clip, judge, outlook
from visavis.evidence.seeds import count_false_alarms, looks_at, pairing_of, seed_tests
from visavis.pairing import Agreement, Pair, agreement, alone, pairs
from visavis.results import (
    Alone,
    Contrast,
    EpochRow,
    Estimate,
    FalseAlarms,
    Further,
    Interaction,
    Looks,
    Pairing,
    Predictions,
    SeedTests,
)
from visavis.stats import (
    ACCURACY,
    F1,
    METRICS,
    Components,
    Crossed,
    Metric,
    Reliability,
    Score,
    components,
    confusion,
    crossed_interval,
    reliability,
)
from visavis.store import CellDocument, DataDocument, EnvironmentDocument, LooksDocument, RunFolder, StudyDocument

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Comparison:
    """A study's evidence, as far as its cells are finished.

    Attributes:
        folder: the run folder.
        study, data, environment: its documents.
        arms: names of those with a finished cell, the control first.
        seeds: those that are finished in every one of these arms; nothing else is compared.
        missing: (arm, seed) of the cells that aren't there, with the reason of those that failed.
        cells: what each cell was made from, by (arm, seed).
        predictions: by (arm, seed).
    """

    folder: RunFolder
    study: StudyDocument
    data: DataDocument
    environment: EnvironmentDocument
    arms: tuple[str, ...]
    seeds: tuple[int, ...]
    missing: Mapping[tuple[str, int], str]
    cells: Mapping[tuple[str, int], CellDocument]
    predictions: Mapping[tuple[str, int], Predictions]

    def __repr__(self) -> str:
        """The question and a line for each contrast of accuracy."""
        return "\n".join([f"{self.study.name}: {self.study.question}", *map(str, self.headlines)])

    def _repr_html_(self) -> str:
        """What a notebook shows: the table of contrasts."""
        return str(self.table().to_html())

    def table(self) -> pd.DataFrame:
        """One row for each metric of each contrast."""
        return frames.contrasts_frame(self.contrasts)

    def arm_table(self) -> pd.DataFrame:
        """One row for each metric of each arm."""
        return frames.arms_frame(self.measured)

    def seed_table(self) -> pd.DataFrame:
        """One row for each cell, one column for each metric."""
        return frames.seeds_frame(self.measured)

    @property
    def control(self) -> str:
        """Name of the control arm."""
        return self.study.control

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names; labels index them."""
        return self.data.classes

    @property
    def images(self) -> int:
        """Number of test images."""
        return len(self.labels)

    @property
    def labels(self) -> np.ndarray:
        """int64 [images], the same for every cell."""
        return next(iter(self.predictions.values())).labels

    @property
    def ids(self) -> np.ndarray:
        """bytes [images], the same for every cell."""
        return next(iter(self.predictions.values())).ids

    @property
    def supports(self) -> tuple[int, ...]:
        """Number of test images of each class."""
        return tuple(np.bincount(self.labels, minlength=len(self.classes)).tolist())

    @property
    def brands(self) -> tuple[str, ...]:
        """Remarks that every output carries, of the study and of its data."""
        return (*self.study.brands, *self.data.brands)

    @property
    def margin(self) -> float:
        """Differences of shares below it count as equivalent."""
        return self.study.margin

    @property
    def again(self) -> str | None:
        """Name of the A/A arm, the control under streams of its own; None where there is none."""
        return next((arm for arm in self.arms if arm in self.study.again), None)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """All arms that differ in exactly one factor, and those that the study asks for, its control first."""
        arms = [arm for arm in self.arms if arm != self.again]
        return tuple(pairs(self.study, arms))

    @property
    def alone(self) -> tuple[Alone, ...]:
        """The arms that no contrast is made with, for the way in which the study is made."""
        return tuple(alone(self.study))

    @cached_property
    def measured(self) -> dict[str, dict[str, Estimate]]:
        """Each metric of each arm: arm -> name of the metric -> value with its interval."""
        return {arm: {metric.name: self.measure(arm, metric) for metric in METRICS} for arm in self.arms}

    @cached_property
    def class_measured(self) -> dict[str, dict[str, Estimate]]:
        """Precision, recall and F1 of each class of each arm: arm -> name of the metric -> value with its interval."""
        return {arm: class_estimates(self._answers(arm)) for arm in self.arms}

    @cached_property
    def contrasts(self) -> tuple[Contrast, ...]:
        """Each metric of each pair of arms; the first is the headline."""
        # The pairs of one metric are a family: metrics are views of one question, pairs are several questions.
        return tuple(contrast for metric in METRICS for contrast in self.contrast(metric, self.pairs))

    @cached_property
    def headlines(self) -> tuple[Contrast, ...]:
        """The contrasts of accuracy."""
        return tuple(contrast for contrast in self.contrasts if contrast.metric == ACCURACY)

    @cached_property
    def class_contrasts(self) -> dict[Pair, tuple[Contrast, ...]]:
        """F1 of each class, for each pair of arms; the classes are the family."""
        return {pair: tuple(judge(self._class_family(pair), self.margin)) for pair in self.pairs}

    @cached_property
    def interactions(self) -> tuple[Interaction, ...]:
        """Of accuracy, for arms that make a 2 x 2."""
        return tuple(self._interact(square) for square in squares_of(self.study.arms, self.pairs))

    @cached_property
    def false_alarms(self) -> FalseAlarms | None:
        """What tests make of the control against itself; None without an A/A arm."""
        if self.again is None:
            return None
        (contrast,) = self.contrast(ACCURACY, [Pair(self.again, self.control, ())])
        return count_false_alarms(contrast, self.hits(self.control), self.hits(self.again))

    @cached_property
    def looks(self) -> Looks | None:
        """Seeds that were added after a result could have been seen; None where there are none."""
        if not self.folder.has(LooksDocument):
            return None
        return looks_at(self.folder.read(LooksDocument).seeds, self.seeds)

    @cached_property
    def audit(self) -> Audit | None:
        """What the audit of the data found; None in a folder without one."""
        return self.folder.read(Audit) if self.folder.has(Audit) else None

    @cached_property
    def without_twins(self) -> Comparison | None:
        """The same evidence on the test images that have no identical twin in the training part; None where all have
        none, or none is left.
        """
        twins = self.folder.read_twins() if self.folder.has(Audit) else np.array([], "S1")
        rows = ~np.isin(self.ids, twins)
        if rows.all() or rows.sum() < 2:  # one image alone has no variance
            return None
        return replace(self, predictions={cell: table.take(rows) for cell, table in self.predictions.items()})

    @cached_property
    def asked_elsewhere(self) -> dict[str, Elsewhere]:
        """What the compared cells say of each of the study's further test images, by name; some may lack."""
        return read_elsewhere(self.folder, list(self.study.tests), self.data, list(self.predictions))

    @cached_property
    def elsewhere(self) -> dict[str, Comparison]:
        """The same evidence on the further test images that all compared cells were asked about, by name."""
        tests = {name: test for name, test in self.asked_elsewhere.items() if not test.lacking}
        return {name: replace(self, data=test.data, predictions=test.predictions) for name, test in tests.items()}

    def measure(self, arm: str, metric: Metric) -> Estimate:
        """One metric of one arm."""
        scores = self._score(arm, metric)
        values = [score.value for score in scores]
        interval = crossed_interval(_table(scores), float(np.mean(values)))
        by_seed = dict(zip(self.seeds, values, strict=True))
        return Estimate(clip(interval, 0.0, 1.0) if metric.is_share else interval, by_seed)

    def contrast(self, metric: Metric, family: Sequence[Pair]) -> list[Contrast]:
        """One metric of some pairs of arms, which are one family for Holm's adjustment."""
        return judge([self._draft(metric, pair) for pair in family], self.margin)

    def components(self, contrast: Contrast) -> Components | None:
        """What the variance of a contrast is made of; None with one seed."""
        if len(self.seeds) == 1:
            return None
        metric = next(metric for metric in (*METRICS, *metrics_of(F1, self.classes)) if metric == contrast.metric)
        return components(self._draft(metric, pair_of(contrast)).squares)

    def further(self, contrast: Contrast) -> Further | None:
        """What would decide a contrast, which takes longer than all the rest; None where it is decided, or where one
        seed tells nothing of the spread.
        """
        name = contrast.treatment, contrast.control, contrast.metric.name
        if name not in self._further:
            self._further[name] = outlook(contrast, self.components(contrast), self.margin)
        return self._further[name]

    def over_seeds(self, contrast: Contrast) -> SeedTests | None:
        """Tests over seeds alone, for these very test images; None with one seed."""
        return seed_tests(list(contrast.by_seed.values()))

    def pairing(self, contrast: Contrast) -> Pairing | None:
        """What pairing by seed did; None for fewer than three seeds or where an arm has no spread."""
        arms = contrast.treatment, contrast.control
        treatment, control = (list(self.measured[arm][contrast.metric.name].by_seed.values()) for arm in arms)
        return pairing_of(treatment, control)

    def confusion(self, arm: str) -> np.ndarray:
        """int64 [classes, classes], summed over the seeds."""
        return sum(
            (confusion(self.labels, guesses, len(self.classes)) for guesses in self.guesses(arm)),
            start=np.zeros((len(self.classes), len(self.classes)), np.int64),
        )

    def reliability(self, arm: str) -> Reliability:
        """Confidence against accuracy, all seeds together."""
        logits = np.concatenate([self._logits(arm, seed) for seed in self.seeds])
        return reliability(np.tile(self.labels, len(self.seeds)), logits)

    def hits(self, arm: str) -> np.ndarray:
        """bool [seeds, images]: where the arm is right."""
        return self.guesses(arm) == self.labels

    def guesses(self, arm: str) -> np.ndarray:
        """int64 [seeds, images]: the class that the arm gives each image."""
        if arm not in self._guesses:
            self._guesses[arm] = np.stack([self._logits(arm, seed).argmax(1) for seed in self.seeds])
        return self._guesses[arm]

    def history(self, arm: str, seed: int) -> list[EpochRow]:
        """The learning curve of a cell."""
        return self.folder.cell(arm, seed).read_history()

    def agreement(self, treatment: str, control: str) -> Agreement:
        """What the cells of two arms were made from, seed by seed."""
        return agreement([(self.cells[treatment, seed], self.cells[control, seed]) for seed in self.seeds])

    def _logits(self, arm: str, seed: int) -> np.ndarray:
        return self.predictions[arm, seed].logits

    def _score(self, arm: str, metric: Metric) -> list[Score]:
        if (arm, metric.name) not in self._scores:
            self._scores[arm, metric.name] = [metric.score(self.labels, self._logits(arm, seed)) for seed in self.seeds]
        return self._scores[arm, metric.name]

    @cached_property
    def _scores(self) -> dict[tuple[str, str], list[Score]]:
        """Scores so far, by (arm, name of the metric): arms stand in several contrasts."""
        return {}

    @cached_property
    def _further(self) -> dict[tuple[str, str, str], Further | None]:
        """What would decide contrasts, as far as it was asked for, by (treatment, control, name of the metric)."""
        return {}

    def _draft(self, metric: Metric, pair: Pair) -> Draft:
        """Before it is judged among its family."""
        treatment, control = self._score(pair.treatment, metric), self._score(pair.control, metric)
        differences = [first.value - second.value for first, second in zip(treatment, control, strict=True)]
        by_seed = dict(zip(self.seeds, differences, strict=True))
        return Draft.of(pair, metric, _table(treatment), _table(control), by_seed)

    @cached_property
    def _guesses(self) -> dict[str, np.ndarray]:
        return {}

    def _class_family(self, pair: Pair) -> list[Draft]:
        return list(class_drafts(pair, self._answers(pair.treatment), self._answers(pair.control)))

    def _answers(self, arm: str) -> Answers:
        return Answers(self.classes, self.seeds, self.labels, self.guesses(arm))

    def _interact(self, square: Square) -> Interaction:
        first, second = (
            _table(self._score(pair.treatment, ACCURACY)) - _table(self._score(pair.control, ACCURACY))
            for pair in (square.first, square.second)
        )
        interval = clip(crossed_interval(first - second), -2.0, 2.0)
        names = [(pair.treatment, pair.control) for pair in (square.first, square.second)]
        return Interaction(names[0], names[1], square.first.factors[0], square.across, ACCURACY, interval)


def pair_of(contrast: Contrast) -> Pair:
    """The arms of a contrast."""
    return Pair(contrast.treatment, contrast.control, contrast.factors)


def _table(scores: Sequence[Score]) -> Crossed:
    return Crossed(np.stack([score.shares for score in scores]))
