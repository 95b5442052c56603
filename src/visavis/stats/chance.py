"""Agreement beyond chance: Cohen's kappa, plain and weighted (Cohen 1960, 1968)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from visavis.stats.score import Score, Support


@dataclass(frozen=True)
class Kappa:
    """One less the mean cost of the answers over that of answers dealt at random; 0 for chance, 1 for no error.

    Attributes:
        cost: of an answer that is so many classes away, elementwise: plain kappa has 1 for any other class.
    """

    name: str
    title: str
    cost: Callable[[np.ndarray], np.ndarray]
    higher_is_better: bool = True
    is_share: bool = False

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Score:
        """See ``Metric.score``; 0 where chance can't be wrong."""
        guesses, classes, count = logits.argmax(1), logits.shape[1], len(labels)
        costs = self.cost(np.subtract.outer(np.arange(classes), np.arange(classes))).astype(np.float64)
        kinds, kind_of = np.unique(labels * classes + guesses, return_inverse=True)
        label, guess = np.divmod(kinds, classes)
        rows, columns = (np.bincount(column, minlength=classes).astype(np.float64) for column in (labels, guesses))
        cost, by_chance = float(costs[labels, guesses].sum()), float(rows @ costs @ columns)
        value = _kappa(np.array(cost), np.array(by_chance / count))
        costs_of_kinds = costs[label, guess]
        # Without an image, a row and a column of the chance table lose one each.
        chance_left = by_chance - (costs @ columns)[label] - (rows @ costs)[guess] + costs_of_kinds
        left_out = _kappa(cost - costs_of_kinds, chance_left / max(count - 1, 1))
        return Score(float(value), (count * value - (count - 1) * left_out)[kind_of])

    def support(self, labels: np.ndarray, value: float) -> Support:  # noqa: ARG002
        """See ``Metric.support``."""
        return Support(len(labels), 2.0)


def _kappa(cost: np.ndarray, by_chance: np.ndarray) -> np.ndarray:
    return 1 - np.divide(cost, by_chance, out=np.ones(np.shape(by_chance)), where=by_chance > 0)


KAPPA = Kappa("kappa", "Kappa", lambda distance: distance != 0)
LINEAR_KAPPA = Kappa("linear_kappa", "Linear kappa", np.abs)
QUADRATIC_KAPPA = Kappa("quadratic_kappa", "Quadratic kappa", np.square)


@dataclass(frozen=True)
class TopK:
    """Share of images whose true class is among the largest logits.

    Attributes:
        most: how many; with as many classes or fewer it is 1.
    """

    most: int
    higher_is_better: bool = True
    is_share: bool = True

    @property
    def name(self) -> str:
        """See ``Metric.name``."""
        return f"top_{self.most}"

    @property
    def title(self) -> str:
        """See ``Metric.title``."""
        return f"Top-{self.most} accuracy"

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Score:
        """See ``Metric.score``; of equal logits the later class comes first, as in scikit-learn."""
        right = logits[np.arange(len(labels)), labels][:, None]
        later = np.arange(logits.shape[1]) > labels[:, None]
        hits = (((logits > right) | ((logits == right) & later)).sum(1) < self.most).astype(np.float64)
        return Score(float(hits.mean()), hits)

    def support(self, labels: np.ndarray, value: float) -> Support:  # noqa: ARG002
        """See ``Metric.support``."""
        return Support(len(labels))


TOP_3 = TopK(3)
