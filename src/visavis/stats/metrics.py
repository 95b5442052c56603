"""Metrics, each computed from the same table of logits, each with its share per image.

An interval over images needs to know what every single image contributes. For a mean (accuracy, log-loss) that is the
image's own value. For a metric of the confusion matrix (F1, balanced accuracy) it is the jackknife pseudovalue
``n * metric(all) - (n - 1) * metric(all but this image)``, which for a mean is the image's own value again
(Tukey 1958; Dorfman, Berbaum and Metz 1992 use it for crossed designs).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from visavis.stats.calibration import BrierScore, CalibrationError, DebiasedCalibrationError
from visavis.stats.chance import KAPPA, LINEAR_KAPPA, QUADRATIC_KAPPA, TOP_3
from visavis.stats.ranking import AUC, AVERAGE_PRECISION, SENSITIVITY
from visavis.stats.score import Metric, Score, Support, by_parts


def confusion(labels: np.ndarray, guesses: np.ndarray, classes: int) -> np.ndarray:
    """int64 [classes, classes]: rows are true classes, columns predicted ones."""
    return np.bincount(labels * classes + guesses, minlength=classes * classes).reshape(classes, classes)


def log_losses(labels: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """float64 [n]: the negative log of the probability given to the true class."""
    right = logits[np.arange(len(labels)), labels].astype(np.float64)
    return by_parts(lambda wide: logsumexp(wide, axis=1), logits) - right


@dataclass(frozen=True)
class Accuracy:
    """Share of images whose largest logit is that of the true class."""

    name: str = "accuracy"
    title: str = "Accuracy"
    higher_is_better: bool = True
    is_share: bool = True

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Score:
        """See ``Metric.score``."""
        hits = (logits.argmax(1) == labels).astype(np.float64)
        return Score(float(hits.mean()), hits)

    def support(self, labels: np.ndarray, value: float) -> Support:  # noqa: ARG002
        """See ``Metric.support``."""
        return Support(len(labels))


@dataclass(frozen=True)
class LogLoss:
    """Mean negative log-likelihood of the true class, in nats."""

    name: str = "log_loss"
    title: str = "Log-loss"
    higher_is_better: bool = False
    is_share: bool = False
    lowest: float = 0.0

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Score:
        """See ``Metric.score``."""
        losses = log_losses(labels, logits)
        return Score(float(losses.mean()), losses)

    def support(self, labels: np.ndarray, value: float) -> Support:  # noqa: ARG002
        """See ``Metric.support``."""
        return Support(len(labels))


@dataclass(frozen=True)
class Tally:
    """What a metric of the confusion matrix needs of each class.

    Attributes:
        hits: float64 [...], its images that are given it.
        support: float64 [...], its images.
        guesses: float64 [...], images that are given it.
    """

    hits: np.ndarray
    support: np.ndarray
    guesses: np.ndarray

    def at(self, classes: np.ndarray) -> Tally:
        """That of some classes, which may be named more than once."""
        return Tally(self.hits[classes], self.support[classes], self.guesses[classes])

    def less(self, hits: np.ndarray | int, support: int, guesses: np.ndarray | int) -> Tally:
        """With so many less."""
        return Tally(self.hits - hits, self.support - support, self.guesses - guesses)


@dataclass(frozen=True)
class OfClasses:
    """A weighted mean over classes of a term that each class's tally gives.

    An image changes the tallies of two classes at most, so leaving each out in turn takes no more than adding them up.

    Attributes:
        term: a class's tally -> its weight times what is averaged.
        weight: a class's tally -> its weight.
        of_images: whether classes weigh as many images as they have; else they weigh alike.
        is_f1: whether the term is an F1.
    """

    name: str
    title: str
    term: Callable[[Tally], np.ndarray]
    weight: Callable[[Tally], np.ndarray]
    of_images: bool = False
    is_f1: bool = True
    higher_is_better: bool = True
    is_share: bool = True

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Score:
        """See ``Metric.score``."""
        classes, count = logits.shape[1], len(labels)
        tally, kinds, kind_of = _tally(labels, logits.argmax(1), classes)
        value = float(_ratio(self.term(tally).sum(), self.weight(tally).sum()))
        left_out = _ratio(
            *(_sums_without_one(of, tally, *np.divmod(kinds, classes)) for of in (self.term, self.weight))
        )
        return Score(value, count * value - (count - 1) * left_out[kind_of])

    def support(self, labels: np.ndarray, value: float) -> Support:
        """See ``Metric.support``.

        Where classes weigh alike, the smallest is the least known: k classes with as few images each would do.
        """
        counts = np.bincount(labels)
        counts = counts[counts > 0]
        images = len(labels) if self.of_images else len(counts) * int(counts.min())
        return Support(images, f1_reach(value) if self.is_f1 else 1.0)


def f1_reach(value: float) -> float:
    """The most by which an F1 changes, for each share of its class's images, and as many false alarms, that change.

    F1 = 2 h / (s + g), of h hits, s images and g guesses, changes by (2 - F1) s / (s + g) for each hit in s that comes
    or goes, and by F1 s / (s + g) for each guess; s / (s + g) is 1 - F1 / 2 at most.
    """
    return 2 - value


def _tally(labels: np.ndarray, guesses: np.ndarray, classes: int) -> tuple[Tally, np.ndarray, np.ndarray]:
    """The tally of every class; the kinds of images (true class x classes + class that is given); and each image's."""
    columns = (labels[labels == guesses], labels, guesses)
    tally = Tally(*(np.bincount(column, minlength=classes).astype(np.float64) for column in columns))
    # Images of one kind share a pseudovalue: it is computed for each kind, of which there are far fewer.
    kinds, kind_of = np.unique(labels * classes + guesses, return_inverse=True)
    return tally, kinds, kind_of


def _sums_without_one(
    of: Callable[[Tally], np.ndarray], tally: Tally, label: np.ndarray, guess: np.ndarray
) -> np.ndarray:
    """float64 [kinds]: the sum over classes of a function of their tallies, with one image of each kind less."""
    terms, right = of(tally), label == guess
    # The image goes from its true class's tally, and from that of the class it was given, which may be the same.
    of_label = of(tally.at(label).less(right, 1, right)) - terms[label]
    of_guess = of(tally.at(guess).less(0, 0, 1)) - terms[guess]
    return terms.sum() + of_label + np.where(right, 0.0, of_guess)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Zero where the whole is zero, as scikit-learn's ``zero_division=0``."""
    return np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0)


def class_recall(tally: Tally) -> np.ndarray:
    """Share of each class's images that are found."""
    return _ratio(tally.hits, tally.support)


def class_f1(tally: Tally) -> np.ndarray:
    """Harmonic mean of precision and recall."""
    return _ratio(2 * tally.hits, tally.support + tally.guesses)


def _has_images(tally: Tally) -> np.ndarray:
    return (tally.support > 0).astype(np.float64)


ACCURACY = Accuracy()
BALANCED_ACCURACY = OfClasses("balanced_accuracy", "Balanced accuracy", class_recall, _has_images, is_f1=False)
MACRO_F1 = OfClasses("macro_f1", "Macro F1", lambda tally: class_f1(tally) * _has_images(tally), _has_images)
WEIGHTED_F1 = OfClasses(
    "weighted_f1",
    "Weighted F1",
    lambda tally: class_f1(tally) * tally.support,
    lambda tally: tally.support,
    of_images=True,
)
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
MORE_METRICS: tuple[Metric, ...] = (
    AUC,
    AVERAGE_PRECISION,
    SENSITIVITY,
    TOP_3,
    KAPPA,
    LINEAR_KAPPA,
    QUADRATIC_KAPPA,
    BrierScore(),
    DebiasedCalibrationError(),
)
"""What is reported where it is asked for, by name or as the headline."""
EVERY_METRIC = (*METRICS, *MORE_METRICS)
METRIC_BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in EVERY_METRIC}


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

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Score:
        """See ``Metric.score``: an image is a hit, a false alarm, a miss, or none of them."""
        is_class, is_given = labels == self.label, logits.argmax(1) == self.label
        kinds = np.stack([is_class & is_given, ~is_class & is_given, is_class & ~is_given]).astype(np.float64)
        counts, count = kinds.sum(1), len(labels)
        value = float(self.measure.of(*counts[:, None])[0])
        left_out = self.measure.of(*(counts[:, None] - kinds))
        return Score(value, count * value - (count - 1) * left_out)

    def support(self, labels: np.ndarray, value: float) -> Support:
        """See ``Metric.support``."""
        return Support(int((labels == self.label).sum()), f1_reach(value))
