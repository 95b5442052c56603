"""How well probabilities rank the images of a class above all others: one class against the rest.

Each class's images are positives, all others negatives; a class that has none of either is left out of a mean. Shares
are jackknife pseudovalues, in closed form: of the area under the ROC curve they are DeLong's structural components
(DeLong, DeLong and Clarke-Pearson 1988), scaled to all images.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax
from scipy.stats import rankdata

from visavis.stats.score import Score, Support, by_parts

Ranking = Callable[[np.ndarray, np.ndarray], Score]
"""(is positive, bool [n]; probability, float64 [n]) -> value and shares; there are positives and negatives."""


def probabilities(logits: np.ndarray) -> np.ndarray:
    """float64 [n, classes]."""
    return by_parts(lambda wide: softmax(wide, axis=1), logits)


def area_under_roc(is_positive: np.ndarray, probability: np.ndarray) -> Score:
    """Probability that a positive has the larger probability, half of it where they tie."""
    count, positives = len(is_positive), int(is_positive.sum())
    negatives = count - positives
    # Of each image, the share of the other kind that it is ranked right against: a midrank less that among its own.
    ranks = rankdata(probability)
    placements = np.empty(count)
    placements[is_positive] = (ranks[is_positive] - rankdata(probability[is_positive])) / negatives
    among_own = rankdata(probability[~is_positive])
    placements[~is_positive] = 1 - (ranks[~is_positive] - among_own) / positives
    value = float(placements[is_positive].mean())
    same_kind = np.where(is_positive, positives, negatives)
    left_out = np.where(same_kind > 1, (same_kind * value - placements) / np.maximum(same_kind - 1, 1), value)
    return Score(value, count * value - (count - 1) * left_out)


def average_precision(is_positive: np.ndarray, probability: np.ndarray) -> Score:
    """Mean over positives of the share of positives among all images of no smaller probability."""
    order = np.argsort(-probability, kind="stable")
    hits, values = is_positive[order], probability[order]
    # Of each image, how many images and how many positives have no smaller probability: ties count all.
    last = np.searchsorted(-values, -values, side="right") - 1
    images = (last + 1).astype(np.float64)
    positives = np.cumsum(hits)[last].astype(np.float64)
    count, total = len(hits), float(hits.sum())
    precision = np.where(hits, positives / images, 0.0)
    value = float(precision.sum() / total)
    # Without one image, positives of no larger probability than its same_kind stand one place higher.
    safe = np.maximum(images - 1, 1)
    without_positive = np.where(hits, (positives - 1) / safe, 0.0)
    without_negative = np.where(hits, positives / safe, 0.0)
    first = np.searchsorted(-values, -values, side="left")
    before = np.concatenate([[0.0], np.cumsum(precision)])[first]
    below_positive, below_negative = (
        terms.sum() - np.concatenate([[0.0], np.cumsum(terms)])[first] for terms in (without_positive, without_negative)
    )
    left_out = (before + below_negative) / total
    if total > 1:
        left_out = np.where(hits, (before + below_positive - without_positive) / (total - 1), left_out)
    else:
        left_out = np.where(hits, value, left_out)
    shares = np.empty(count)
    shares[order] = count * value - (count - 1) * left_out
    return Score(value, shares)


@dataclass(frozen=True)
class SensitivityAt:
    """Largest share of positives above a threshold that at least a given share of negatives lies below.

    The threshold moves with the negatives: its part of the variance is that of a quantile, by the slope of the ROC
    curve there, taken over as wide a step as the negatives allow (the root of their number).

    Attributes:
        specificity: the share of negatives.
    """

    specificity: float

    def __call__(self, is_positive: np.ndarray, probability: np.ndarray) -> Score:
        """See ``Ranking``."""
        negatives, positives = np.sort(probability[~is_positive])[::-1], np.sort(probability[is_positive])
        alarms = int(np.floor((1 - self.specificity) * len(negatives) + 1e-9))

        def share_above(alarms: int) -> float:
            """Share of positives above all negatives but so many; the threshold itself lies below."""
            if alarms >= len(negatives):
                return 1.0
            return float((positives > negatives[alarms]).mean())

        count, value, step = len(is_positive), share_above(alarms), max(1, round(len(negatives) ** 0.5))
        low, high = max(alarms - step, 0), min(alarms + step, len(negatives))
        slope = (share_above(high) - share_above(low)) * len(negatives) / (high - low)
        threshold = negatives[alarms] if alarms < len(negatives) else -np.inf
        above = (probability > threshold).astype(np.float64)
        of_positives = (above - value) * count / len(positives)
        of_negatives = -slope * (above - above[~is_positive].mean()) * count / len(negatives)
        return Score(value, value + np.where(is_positive, of_positives, of_negatives))


@dataclass(frozen=True)
class OneAgainstRest:
    """A ranking of one class, or its mean over the classes that have images and aren't all of them.

    Attributes:
        ranking: what is measured of a class.
        label: index of the class; None for the mean.
    """

    name: str
    title: str
    ranking: Ranking
    label: int | None = None
    higher_is_better: bool = True
    is_share: bool = True

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Score:
        """See ``Metric.score``; .5 where no class can be told from the rest."""
        table, counts = probabilities(logits), np.bincount(labels, minlength=logits.shape[1])
        classes = [self.label] if self.label is not None else range(logits.shape[1])
        scores = [self.ranking(labels == c, table[:, c]) for c in classes if 0 < counts[c] < len(labels)]
        if not scores:
            return Score(0.5, np.full(len(labels), 0.5))
        return Score(
            float(np.mean([score.value for score in scores])), np.mean([score.shares for score in scores], axis=0)
        )

    def support(self, labels: np.ndarray, value: float) -> Support:  # noqa: ARG002
        """See ``Metric.support``: of a class its own images, of all as often the smallest's as there are classes."""
        counts = np.bincount(labels)
        if self.label is not None:
            return Support(int(counts[self.label]) if self.label < len(counts) else 0)
        counts = counts[counts > 0]
        return Support(len(counts) * int(counts.min()))


AUC = OneAgainstRest("auc", "AUC", area_under_roc)
AVERAGE_PRECISION = OneAgainstRest("average_precision", "Average precision", average_precision)
SENSITIVITY = OneAgainstRest("sensitivity_at_90", "Sensitivity at 90 % specificity", SensitivityAt(0.9))


def of_each_class(metric: OneAgainstRest, classes: Sequence[str]) -> list[OneAgainstRest]:
    """The same for each class."""
    return [
        OneAgainstRest(f"{metric.name}[{name}]", f"{metric.title} of {name}", metric.ranking, label)
        for label, name in enumerate(classes)
    ]
