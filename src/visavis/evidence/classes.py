"""Precision, recall and F1 of each class: an arm's answers -> estimates, and drafts of contrasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.evidence.judging import Draft, clip
from visavis.pairing import Pair
from visavis.results import Estimate
from visavis.stats import CLASS_MEASURES, F1, ClassMeasure, ClassTables, OfClass, class_tables, interval_of


@dataclass(frozen=True)
class Answers:
    """What an arm answers.

    Attributes:
        classes: names; labels index them.
        seeds: numbers.
        labels: int64 [images].
        guesses: int64 [seeds, images]: the class that the arm gives each image.
    """

    classes: Sequence[str]
    seeds: Sequence[int]
    labels: np.ndarray
    guesses: np.ndarray

    def tables(self, measure: ClassMeasure) -> ClassTables:
        """A measure of all classes."""
        return class_tables(measure, self.labels, self.guesses, len(self.classes))


def metrics_of(measure: ClassMeasure, classes: Sequence[str]) -> list[OfClass]:
    """A measure of each class."""
    return [OfClass(measure, label, name) for label, name in enumerate(classes)]


def class_estimates(answers: Answers) -> dict[str, Estimate]:
    """Every measure of each class: name of the metric -> value with its interval."""
    return {
        metric.name: estimate
        for measure in CLASS_MEASURES
        for metric, estimate in zip(metrics_of(measure, answers.classes), _estimates(measure, answers), strict=True)
    }


def _estimates(measure: ClassMeasure, answers: Answers) -> Iterator[Estimate]:
    tables = answers.tables(measure)
    for values, squares in zip(tables.values, tables.mean_squares(), strict=True):
        interval = clip(interval_of(squares, float(values.mean())), 0.0, 1.0)
        yield Estimate(interval, dict(zip(answers.seeds, values.tolist(), strict=True)))


def class_drafts(pair: Pair, treatment: Answers, control: Answers) -> Iterator[Draft]:
    """Yields F1 of each class for a pair of arms, before it is judged."""
    tables = treatment.tables(F1) - control.tables(F1)
    metrics = metrics_of(F1, control.classes)
    for metric, values, squares in zip(metrics, tables.values, tables.mean_squares(), strict=True):
        yield Draft(pair.weights, metric, squares, dict(zip(control.seeds, values.tolist(), strict=True)))
