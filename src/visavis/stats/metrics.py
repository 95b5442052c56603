"""Metrics, each computed from the same table of logits, each with its share per image.

An interval over images needs to know what every single image contributes. For a mean (accuracy, log-loss) that is the
image's own value. For a metric of the confusion matrix (F1, balanced accuracy) it is the jackknife pseudovalue
``n * metric(all) - (n - 1) * metric(all but this image)``, which for a mean is the image's own value again
(Tukey 1958; Dorfman, Berbaum and Metz 1992 use it for crossed designs).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from visavis.stats.calibration import CalibrationError
from visavis.stats.scored import Metric, Scored

CHUNK = 512
"""Confusion matrices that are handled at a time when one image after the other is left out."""


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """int64 [classes, classes]: rows are true classes, columns predicted ones."""
    return np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def log_losses(labels: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """float64 [n]: the negative log of the probability given to the true class."""
    wide = logits.astype(np.float64)
    return logsumexp(wide, axis=1) - wide[np.arange(len(labels)), labels]


@dataclass(frozen=True)
class Accuracy:
    """Share of images whose largest logit is that of the true class."""

    name: str = "accuracy"
    title: str = "Accuracy"
    higher_is_better: bool = True
    is_share: bool = True

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Scored:
        """See ``Metric.score``."""
        hits = (logits.argmax(1) == labels).astype(np.float64)
        return Scored(float(hits.mean()), hits)


@dataclass(frozen=True)
class LogLoss:
    """Mean negative log-likelihood of the true class, in nats."""

    name: str = "log_loss"
    title: str = "Log-loss"
    higher_is_better: bool = False
    is_share: bool = False

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Scored:
        """See ``Metric.score``."""
        losses = log_losses(labels, logits)
        return Scored(float(losses.mean()), losses)


@dataclass(frozen=True)
class OfConfusion:
    """A metric that is a function of the confusion matrix.

    Attributes:
        of: [..., classes, classes] -> [...].
    """

    name: str
    title: str
    of: Callable[[np.ndarray], np.ndarray]
    higher_is_better: bool = True
    is_share: bool = True

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Scored:
        """See ``Metric.score``."""
        classes, count = logits.shape[1], len(labels)
        predicted = logits.argmax(1)
        matrix = confusion(labels, predicted, classes)
        value = float(self.of(matrix.astype(np.float64)))
        kinds, kind_of = np.unique(labels * classes + predicted, return_inverse=True)
        left_out = np.concatenate(
            [self.of(_without_one(matrix, kinds[start : start + CHUNK])) for start in range(0, len(kinds), CHUNK)]
        )
        return Scored(value, count * value - (count - 1) * left_out[kind_of])


def _without_one(matrix: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """The matrix once for each kind of image (its place in the flattened matrix), with one such image less."""
    rest = np.repeat(matrix.reshape(1, -1).astype(np.float64), len(kinds), axis=0)
    rest[np.arange(len(kinds)), kinds] -= 1
    return rest.reshape(-1, *matrix.shape)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Zero where the whole is zero, as scikit-learn's ``zero_division=0``."""
    ratio = np.zeros_like(part)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio


def class_recall(matrix: np.ndarray) -> np.ndarray:
    """[..., classes]: share of each class's images that are found."""
    return _ratio(np.einsum("...ii->...i", matrix).copy(), matrix.sum(-1))


def class_f1(matrix: np.ndarray) -> np.ndarray:
    """[..., classes]: harmonic mean of precision and recall."""
    hits = np.einsum("...ii->...i", matrix)
    return _ratio(2 * hits, matrix.sum(-1) + matrix.sum(-2))


def balanced_accuracy(matrix: np.ndarray) -> np.ndarray:
    """[...]: mean recall of the classes that have images."""
    there = (matrix.sum(-1) > 0).astype(np.float64)
    return _ratio((class_recall(matrix) * there).sum(-1), there.sum(-1))


def macro_f1(matrix: np.ndarray) -> np.ndarray:
    """[...]: mean F1 of the classes that have images or are predicted."""
    there = (matrix.sum(-1) + matrix.sum(-2) > 0).astype(np.float64)
    return _ratio(class_f1(matrix).sum(-1), there.sum(-1))


def weighted_f1(matrix: np.ndarray) -> np.ndarray:
    """[...]: mean F1 of the classes, weighted by their images."""
    support = matrix.sum(-1)
    return _ratio((class_f1(matrix) * support).sum(-1), support.sum(-1))


ACCURACY = Accuracy()
BALANCED_ACCURACY = OfConfusion("balanced_accuracy", "Balanced accuracy", balanced_accuracy)
MACRO_F1 = OfConfusion("macro_f1", "Macro F1", macro_f1)
WEIGHTED_F1 = OfConfusion("weighted_f1", "Weighted F1", weighted_f1)
LOG_LOSS = LogLoss()
CALIBRATION_ERROR = CalibrationError()
METRICS: tuple[Metric, ...] = (
    ACCURACY,
    BALANCED_ACCURACY,
    MACRO_F1,
    WEIGHTED_F1,
    LOG_LOSS,
    CALIBRATION_ERROR,
)
"""What is reported of every arm and every contrast, the headline first."""


@dataclass(frozen=True)
class ClassMeasure:
    """A measure of how well one class is told from all others.

    Attributes:
        of: (hits, false alarms, misses) -> the measure, elementwise; zero where nothing can be said.
    """

    name: str
    title: str
    of: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


PRECISION = ClassMeasure("precision", "Precision", lambda hits, alarms, misses: _ratio(hits, hits + alarms))
RECALL = ClassMeasure("recall", "Recall", lambda hits, alarms, misses: _ratio(hits, hits + misses))
F1 = ClassMeasure("f1", "F1", lambda hits, alarms, misses: _ratio(2 * hits, 2 * hits + alarms + misses))
CLASS_MEASURES = (PRECISION, RECALL, F1)


@dataclass(frozen=True)
class OfClass:
    """A measure of one class, as a metric of its own.

    Attributes:
        measure: precision, recall or F1.
        label: index of the class.
        class_name: its name.
    """

    measure: ClassMeasure
    label: int
    class_name: str
    higher_is_better: bool = True
    is_share: bool = True

    @property
    def name(self) -> str:
        """See ``Metric.name``."""
        return f"{self.measure.name}[{self.class_name}]"

    @property
    def title(self) -> str:
        """See ``Metric.title``."""
        return f"{self.measure.title} of {self.class_name}"

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Scored:
        """See ``Metric.score``: an image is a hit, a false alarm, a miss, or none of them."""
        is_class, is_given = labels == self.label, logits.argmax(1) == self.label
        kinds = np.stack([is_class & is_given, ~is_class & is_given, is_class & ~is_given]).astype(np.float64)
        counts, count = kinds.sum(1), len(labels)
        value = float(self.measure.of(*counts[:, None])[0])
        left_out = self.measure.of(*(counts[:, None] - kinds))
        return Scored(value, count * value - (count - 1) * left_out)
