"""Precision, recall and F1 of each class: an arm's answers -> estimates, and drafts of contrasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from visavis.conclusions import Estimate
from visavis.evidence.judging import Draft, Few, clip
from visavis.evidence.outputs import Outputs
from visavis.pairing import Pair
from visavis.stats import CLASS_MEASURES, F1, ClassMeasure, ClassTables, OfClass, class_tables, interval_of
from visavis.stats.ranking import AUC, AVERAGE_PRECISION, OneAgainstRest, of_each_class

MOST_RANKED = 100
"""Classes of which each is told from the rest by its probabilities: it takes a sort of all images for each."""


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


def class_estimates(answers: Answers, outputs: Outputs, arm: str) -> dict[str, Estimate]:
    """Every measure of each class, AUC and average precision among them: name of the metric -> value with its interval.

    Args:
        answers: of the arm.
        outputs: with its probabilities.
        arm: its name.
    """
    estimates: dict[str, Estimate] = {}
    for measure in CLASS_MEASURES:
        metrics = metrics_of(measure, answers.classes)
        of_classes = (
            _estimates(measure, answers)
            if outputs.has_crossed_classes
            else (outputs.measure(arm, metric) for metric in metrics)
        )
        estimates |= {metric.name: estimate for metric, estimate in zip(metrics, of_classes, strict=True)}
    rankings: list[OneAgainstRest] = []
    if len(answers.classes) <= MOST_RANKED:
        rankings = [metric for whole in (AUC, AVERAGE_PRECISION) for metric in of_each_class(whole, answers.classes)]
    return estimates | {metric.name: outputs.measure(arm, metric) for metric in rankings}


def _estimates(measure: ClassMeasure, answers: Answers) -> Iterator[Estimate]:
    tables = answers.tables(measure)
    for values, squares in zip(tables.values, tables.mean_squares(), strict=True):
        interval = clip(interval_of(squares, float(values.mean())), 0.0, 1.0)
        yield Estimate(interval, dict(zip(answers.seeds, values.tolist(), strict=True)))


def class_drafts(pair: Pair, treatment: Answers, control: Answers, outputs: Outputs) -> Iterator[Draft]:
    """Yields F1 of each class for a pair of arms, before it is judged.

    Args:
        pair: of arms.
        treatment, control: what they answer.
        outputs: of both.
    """
    if not outputs.has_crossed_classes:
        for metric in metrics_of(F1, control.classes):
            yield replace(outputs.weigh(pair.weights, metric), is_of_class=True)
        return
    treatment_tables, control_tables = treatment.tables(F1), control.tables(F1)
    tables, metrics = treatment_tables - control_tables, metrics_of(F1, control.classes)
    levels = (treatment_tables.values + control_tables.values).mean(1) / 2
    supports = [metric.support(control.labels, level) for metric, level in zip(metrics, levels.tolist(), strict=True)]
    careful = tables.with_two_images(supports).mean_squares()
    apart = _apart(treatment.guesses, control.guesses, len(metrics))
    columns = zip(metrics, tables.values, tables.mean_squares(), supports, apart, careful, strict=True)
    for metric, values, squares, support, images, more in columns:
        by_seed = dict(zip(control.seeds, values.tolist(), strict=True))
        yield Draft(pair.weights, metric, squares, by_seed, Few(support, images, more), is_of_class=True)


def _apart(treatment: np.ndarray, control: np.ndarray, classes: int) -> list[int]:
    """On how many images, for each class, two arms part over whether it is of that class.

    Args:
        treatment, control: int64 [seeds, images].
        classes: how many there are.
    """
    seeds, images = np.nonzero(treatment != control)
    cells = [guesses[seeds, images] * treatment.shape[1] + images for guesses in (treatment, control)]
    return np.bincount(np.unique(np.concatenate(cells)) // treatment.shape[1], minlength=classes).tolist()
