"""Cross-validation: the folds of a repeat put together, and what metrics make of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from visavis.conclusions import Estimate, Weights
from visavis.evidence.groups import groups_of
from visavis.evidence.judging import Draft, clip, range_of
from visavis.evidence.outputs import Outputs
from visavis.quantities import count
from visavis.results import Predictions
from visavis.stats import Metric, Resampled, interval_of

if TYPE_CHECKING:
    from visavis.evidence.comparison import Comparison


@dataclass(frozen=True)
class Folding:
    """Which seed tested which image.

    Attributes:
        k: folds in a repeat.
        seeds: that are compared, in order.
        tested_by: int64 [repeats, images], the seed.
    """

    k: int
    seeds: tuple[int, ...]
    tested_by: np.ndarray

    @property
    def ratio(self) -> float:
        """Images tested in a fold per image trained on."""
        return 1 / (self.k - 1)

    @property
    def folds(self) -> list[tuple[int, int, np.ndarray]]:
        """Seed, row of its repeat, and rows of its images, of each fold."""
        places = [(row, seed) for row, seeds in enumerate(self.tested_by) for seed in np.unique(seeds).tolist()]
        return sorted((seed, row, np.flatnonzero(self.tested_by[row] == seed)) for row, seed in places)


def whole_repeats(seeds: Sequence[int], k: int) -> tuple[int, ...]:
    """The seeds whose folds are put together: those of repeats without a gap, else of the repeat with the most folds.

    Args:
        seeds: that are finished in every arm, at least one.
        k: folds in a repeat.
    """
    repeats = [tuple(folds) for _, folds in groupby(sorted(seeds), key=lambda seed: seed // k)]
    most = max(map(len, repeats))
    if most < k:
        return next(folds for folds in repeats if len(folds) == most)
    return tuple(seed for folds in repeats if len(folds) == k for seed in folds)


def put_together(
    predictions: Mapping[tuple[str, int], Predictions], arms: Sequence[str], seeds: Sequence[int], k: int
) -> tuple[dict[tuple[str, int], Predictions], Folding]:
    """What the folds of each repeat say, as one table by (arm, repeat), its images in the order of their names.

    Args:
        predictions: of each fold, by (arm, seed).
        arms: names.
        seeds: as ``whole_repeats`` gives them.
        k: folds in a repeat.
    """
    repeats = [tuple(folds) for _, folds in groupby(seeds, key=lambda seed: seed // k)]
    tables = {
        (arm, folds[0] // k): _one_table([predictions[arm, seed] for seed in folds])
        for arm in arms
        for folds in repeats
    }
    tested_by = []
    for folds in repeats:
        parts = [predictions[arms[0], seed] for seed in folds]
        ids = np.concatenate([part.ids for part in parts])
        tested_by.append(np.repeat(folds, [len(part.ids) for part in parts])[np.argsort(ids, kind="stable")])
    return tables, Folding(k, tuple(seeds), np.stack(tested_by))


def _one_table(parts: Sequence[Predictions]) -> Predictions:
    ids, labels, logits = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("ids", "labels", "logits")
    )
    return Predictions(ids, labels, logits).take(np.argsort(ids, kind="stable"))


@dataclass(frozen=True)
class FoldedOutputs(Outputs):
    """What the cells of cross-validation say: each metric is measured in each fold, whose training sets overlap.

    Attributes:
        folding: which seed tested which image.
    """

    folding: Folding = field(kw_only=True)

    @property
    def has_crossed_classes(self) -> bool:
        """See ``Outputs``."""
        return False

    def measure(self, arm: str, metric: Metric) -> Estimate:
        """See ``Outputs``."""
        by_seed = self.by_seed(arm, metric)
        values = np.array(list(by_seed.values()))
        interval = interval_of(self._resampled(values), float(values.mean()))
        return Estimate(clip(interval, *range_of(metric)), by_seed)

    def weigh(self, weights: Weights, metric: Metric) -> Draft:
        """See ``Outputs``."""
        draft = super().weigh(weights, metric)
        squares = self._resampled(np.array(list(draft.by_seed.values())))
        return replace(draft, squares=squares, few=replace(draft.few, squares=squares), hits=None)

    def by_seed(self, arm: str, metric: Metric) -> dict[int, float]:
        """See ``Outputs``; folds in which a metric rests on no image are passed over, where two others are left."""
        if (arm, metric.name) not in self._values:
            values, known = {}, {}
            for seed, row, images in self.folding.folds:
                labels = self.labels[images]
                values[seed] = metric.score(labels, self.logits[arm, self.seeds[row]][images]).value
                if metric.support(labels, values[seed]).images > 0:
                    known[seed] = values[seed]
            self._values[arm, metric.name] = known if len(known) > 1 else values
        return self._values[arm, metric.name]

    def _resampled(self, values: np.ndarray) -> Resampled:
        return Resampled.of(values, self.folding.ratio, len(self.labels))

    @cached_property
    def _values(self) -> dict[tuple[str, str], dict[int, float]]:
        return {}


def outputs_of(comparison: Comparison) -> Outputs:
    """What the cells of a comparison say of the test images."""
    logits = {cell: predictions.logits for cell, predictions in comparison.predictions.items()}
    if comparison.folding is None:
        return Outputs(comparison.seeds, comparison.labels, logits, groups_of(comparison))
    repeats = tuple(dict.fromkeys(repeat for _, repeat in comparison.predictions))
    return FoldedOutputs(repeats, comparison.labels, logits, folding=comparison.folding)


@dataclass(frozen=True)
class Replication:
    """What a study is repeated over.

    Attributes:
        unit: what is repeated: a seed or a fold.
        row: what a row of an arm's answers holds: a seed, or a repeat of the folds.
        text: how many there are, such as ``20 folds (4 repeats of 5)``.
        are_independent: whether tests may take the repetitions for that; training sets of folds overlap.
    """

    unit: str
    row: str
    text: str
    are_independent: bool


def replication_of(seeds: Sequence[int], folding: Folding | None) -> Replication:
    """What the compared cells are repeated over.

    Args:
        seeds: that are compared.
        folding: which of them tested which image; None where each tested all.
    """
    if folding is None:
        return Replication("seed", "seed", count(len(seeds), "seed"), are_independent=True)
    repeats = len(folding.tested_by)
    text = count(len(folding.seeds), "fold") + (f" ({repeats} repeats of {folding.k})" if repeats > 1 else "")
    return Replication("fold", "repeat", text, are_independent=False)
