"""Whether a model's confidence is worth what it says: expected calibration error and reliability curve.

(Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp, softmax

from visavis.stats.score import Score, Support, by_parts

BINS = 15
"""Of equal width, as usual in the field."""


@dataclass(frozen=True)
class Reliability:
    """Confidence against accuracy in bins of equal width.

    Attributes:
        confidence: float [bins], mean probability of the class that is probability; nan in an empty bin.
        accuracy: float [bins], share of right images; nan in an empty bin.
        count: int [bins], images.
    """

    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray


def _confidences(labels: np.ndarray, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each image: probability of the class that is probability, whether it is right, and the bin."""
    confidence = by_parts(lambda wide: softmax(wide, axis=1).max(1), logits)
    bins = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    return confidence, (logits.argmax(1) == labels).astype(np.float64), bins


def reliability(labels: np.ndarray, logits: np.ndarray) -> Reliability:
    """The curve of logits [n, classes] for labels [n]."""
    confidence, hits, bins = _confidences(labels, logits)
    count = np.bincount(bins, minlength=BINS)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(bins, values, BINS) / count for values in (confidence, hits)]
    return Reliability(means[0], means[1], count)


@dataclass(frozen=True)
class CalibrationError:
    """Mean gap between confidence and accuracy over bins of equal width, weighted by their images.

    It is biased upwards by noise within bins: the fewer images, the larger. What its interval covers is its expected
    value with as many images as there are.
    """

    name: str = "calibration_error"
    title: str = "Calibration error"
    higher_is_better: bool = False
    is_share: bool = True

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Score:
        """See ``Metric.score``."""
        confidence, hits, bins = _confidences(labels, logits)
        gaps, count = confidence - hits, len(labels)
        sums = np.bincount(bins, gaps, BINS)
        whole = float(np.abs(sums).sum())
        left_out = whole - np.abs(sums)[bins] + np.abs(sums[bins] - gaps)
        return Score(whole / count, whole - left_out)

    def support(self, labels: np.ndarray, value: float) -> Support:  # noqa: ARG002
        """See ``Metric.support``: an image leaves the gap of one bin and adds to that of another."""
        return Support(len(labels), 2.0)


@dataclass(frozen=True)
class DebiasedCalibrationError:
    """Mean over images of the squared gap between confidence and accuracy in their bin, without bias by noise.

    In each bin the squared mean of the gaps less its own variance: about 0 for a calibrated model however few images
    there are, and below zero by chance. (Broecker 2012; Kumar, Liang and Ma 2019.)
    """

    name: str = "debiased_calibration"
    title: str = "Squared calibration error, debiased"
    higher_is_better: bool = False
    is_share: bool = False

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Score:
        """See ``Metric.score``."""
        confidence, hits, bins = _confidences(labels, logits)
        gaps, count = confidence - hits, len(labels)
        sums, squares, sizes = (np.bincount(bins, values, BINS) for values in (gaps, gaps**2, np.ones(count)))
        whole = _squared_gaps(sums, squares, sizes)
        less = _squared_gaps(sums[bins] - gaps, squares[bins] - gaps**2, sizes[bins] - 1)
        total = float(whole.sum())
        return Score(total / count, total - (total - whole[bins] + less))

    def support(self, labels: np.ndarray, value: float) -> Support:  # noqa: ARG002
        """See ``Metric.support``."""
        return Support(len(labels), 2.0)


def _squared_gaps(sums: np.ndarray, squares: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Of each bin its images times the squared mean gap, estimated from pairs of different images."""
    return np.divide(sums**2 - squares, sizes - 1, out=np.zeros_like(sums), where=sizes > 1)


@dataclass(frozen=True)
class BrierScore:
    """Mean squared distance of the probabilities from the true class, summed over classes (Brier 1950)."""

    name: str = "brier"
    title: str = "Brier score"
    higher_is_better: bool = False
    is_share: bool = False
    lowest: float = 0.0

    def score(self, labels: np.ndarray, logits: np.ndarray) -> Score:
        """See ``Metric.score``."""
        distances = by_parts(lambda wide: (softmax(wide, axis=1) ** 2).sum(1), logits)
        right = logits[np.arange(len(labels)), labels].astype(np.float64)
        probability = np.exp(right - by_parts(lambda wide: logsumexp(wide, axis=1), logits))
        shares = distances - 2 * probability + 1
        return Score(float(shares.mean()), shares)

    def support(self, labels: np.ndarray, value: float) -> Support:  # noqa: ARG002
        """See ``Metric.support``."""
        return Support(len(labels), 2.0)


@dataclass(frozen=True)
class BrierParts:
    """What a Brier score is made of: reliability - resolution + uncertainty, and what bins blur.

    Attributes:
        reliability: how far probabilities are from what they come to; 0 for a calibrated model.
        resolution: how far what they come to differs from image to image; large is good.
        uncertainty: of the classes, whatever the model.
        within: what is left by bins of finite width.
    """

    reliability: float
    resolution: float
    uncertainty: float
    within: float

    @property
    def total(self) -> float:
        """The score."""
        return self.reliability - self.resolution + self.uncertainty + self.within


def brier_parts(labels: np.ndarray, logits: np.ndarray) -> BrierParts:
    """Murphy's decomposition (1973), summed over classes, in bins of equal width; its parts add up to the score, with
    what the bins blur (Stephenson, Coelho and Jolliffe 2008).
    """
    parts = np.zeros(3)
    for label, probability in enumerate(by_parts(lambda wide: softmax(wide, axis=1), logits).T):
        hits = (labels == label).astype(np.float64)
        bins = np.clip(np.ceil(probability * BINS).astype(np.int64) - 1, 0, BINS - 1)
        sizes = np.maximum(np.bincount(bins, minlength=BINS), 1)
        mean, share = (np.bincount(bins, values, BINS) / sizes for values in (probability, hits))
        base = hits.mean()
        parts += ((mean - share)[bins] ** 2).mean(), ((share[bins] - base) ** 2).mean(), base * (1 - base)
    reliability, resolution, uncertainty = parts.tolist()
    within = BrierScore().score(labels, logits).value - (reliability - resolution + uncertainty)
    return BrierParts(reliability, resolution, uncertainty, within)
