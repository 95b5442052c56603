"""What the cells say of the test images, and what metrics make of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from visavis.conclusions import Estimate, Weights
from visavis.describe import array_digest
from visavis.evidence.judging import Draft, add, clip, range_of, weigh
from visavis.stats import (
    ACCURACY,
    METRIC_BY_NAME,
    Crossed,
    Metric,
    OfClass,
    OfClasses,
    Reliability,
    Score,
    Support,
    confusion,
    crossed_interval,
    reliability,
    share_interval,
)


@dataclass(frozen=True)
class Outputs:
    """What every cell says of every test image.

    Attributes:
        seeds: numbers.
        labels: int64 [images].
        logits: float32 [images, classes] of each (arm, seed).
        groups: int64 [images], from 0 on, which images belong together and are one unit; None where each is its own.
    """

    seeds: tuple[int, ...]
    labels: np.ndarray
    logits: Mapping[tuple[str, int], np.ndarray]
    groups: np.ndarray | None = None

    @property
    def has_crossed_classes(self) -> bool:
        """Whether measures of all classes may be taken at once, by seed and image: where each image is a unit of its
        own, which every seed has tested.
        """
        return self.groups is None

    def measure(self, arm: str, metric: Metric) -> Estimate:
        """One metric of one arm."""
        by_seed = self.by_seed(arm, metric)
        if metric == ACCURACY:
            return Estimate(share_interval(self.table(arm, metric)), by_seed)
        interval = crossed_interval(self.table(arm, metric), float(np.mean(list(by_seed.values()))))
        return Estimate(clip(interval, *range_of(metric)), by_seed)

    def estimates(self, arm: str, metrics: Iterable[Metric]) -> Estimates:
        """Metrics of one arm, by name; further ones are measured when they are asked for."""
        return Estimates(self, arm, {metric.name: self.measure(arm, metric) for metric in metrics})

    def weigh(self, weights: Weights, metric: Metric) -> Draft:
        """A weighted sum of arms, before it is judged among its family."""
        values = {arm: np.array(list(self.by_seed(arm, metric).values())) for arm in weights.by_arm}
        seeds = self.by_seed(next(iter(weights.by_arm)), metric)
        by_seed = dict(zip(seeds, add(weights, values).tolist(), strict=True))
        support = self._support(metric, float(np.mean(list(values.values()))))
        tables = {arm: self.table(arm, metric) for arm in weights.by_arm}
        return weigh(weights, metric, tables, by_seed, support, self._apart(weights, metric))

    def _support(self, metric: Metric, value: float) -> Support:
        support = metric.support(self.labels, value)
        if self.groups is None or support.images == 0:
            return support
        share = (int(self.groups.max()) + 1) / len(self.groups)
        return replace(support, images=max(1, round(share * support.images)))

    def _apart(self, weights: Weights, metric: Metric) -> int | None:
        """On how many images, or groups, the arms part; None where the metric's shares tell.

        Once two confusion tables differ, the pseudovalues of all images do, of those with the same answers, too.
        """
        if isinstance(metric, OfClasses | OfClass):
            answers = np.stack([self.guesses(arm) for arm in weights.by_arm])
        elif self.groups is not None:
            answers = np.stack([self._shares(arm, metric) for arm in weights.by_arm])
        else:
            return None
        parts = (answers != answers[0]).any(axis=(0, 1))
        return int(parts.sum() if self.groups is None else len(np.unique(self.groups[parts])))

    def by_seed(self, arm: str, metric: Metric) -> dict[int, float]:
        """One metric of one arm in each seed."""
        return {seed: score.value for seed, score in zip(self.seeds, self._score(arm, metric), strict=True)}

    def table(self, arm: str, metric: Metric) -> Crossed:
        """What each image of each seed adds to a metric of an arm, or each group of images."""
        table = Crossed(self._shares(arm, metric))
        return table if self.groups is None else table.by_group(self.groups)

    def _shares(self, arm: str, metric: Metric) -> np.ndarray:
        return np.stack([score.shares for score in self._score(arm, metric)])

    def guesses(self, arm: str) -> np.ndarray:
        """int64 [seeds, images]: the class that the arm gives each image."""
        if arm not in self._guesses:
            self._guesses[arm] = np.stack([self.logits[arm, seed].argmax(1) for seed in self.seeds])
        return self._guesses[arm]

    def tied(self, arm: str) -> float:
        """Share of the arm's answers in which several classes have the largest logit."""
        logits = np.stack([self.logits[arm, seed] for seed in self.seeds])
        return float(((logits == logits.max(-1, keepdims=True)).sum(-1) > 1).mean())

    def hits(self, arm: str) -> np.ndarray:
        """bool [seeds, images]: where the arm is right."""
        return self.guesses(arm) == self.labels

    def confusion(self, arm: str) -> np.ndarray:
        """int64 [classes, classes], summed over the seeds."""
        classes = self.logits[arm, self.seeds[0]].shape[1]
        tables = (confusion(self.labels, guesses, classes) for guesses in self.guesses(arm))
        return sum(tables, start=np.zeros((classes, classes), np.int64))

    def reliability(self, arm: str) -> Reliability:
        """Confidence against accuracy, all seeds together."""
        logits = np.concatenate([self.logits[arm, seed] for seed in self.seeds])
        return reliability(np.tile(self.labels, len(self.seeds)), logits)

    def digests(self, arm: str) -> tuple[str, ...]:
        """Of all that an arm says, in each seed."""
        if arm not in self._digests:
            self._digests[arm] = tuple(array_digest(self.logits[arm, seed]) for seed in self.seeds)
        return self._digests[arm]

    def _score(self, arm: str, metric: Metric) -> list[Score]:
        if (arm, metric.name) not in self._scores:
            logits = [self.logits[arm, seed] for seed in self.seeds]
            self._scores[arm, metric.name] = [metric.score(self.labels, table) for table in logits]
        return self._scores[arm, metric.name]

    @cached_property
    def _scores(self) -> dict[tuple[str, str], list[Score]]:
        """Scores so far, by (arm, name of the metric): arms stand in several sums."""
        return {}

    @cached_property
    def _digests(self) -> dict[str, tuple[str, ...]]:
        return {}

    @cached_property
    def _guesses(self) -> dict[str, np.ndarray]:
        return {}


class Estimates(dict[str, Estimate]):
    """Metrics of one arm by name.

    Args:
        outputs: where others are measured.
        arm: its name.
        estimates: those that are listed.
    """

    def __init__(self, outputs: Outputs, arm: str, estimates: Mapping[str, Estimate]) -> None:
        super().__init__(estimates)
        self._outputs, self._arm = outputs, arm

    def __missing__(self, name: str) -> Estimate:
        return self._outputs.measure(self._arm, METRIC_BY_NAME[name])
