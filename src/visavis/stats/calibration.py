"""Whether a model's confidence is worth what it says: expected calibration error and reliability curve.

(Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from visavis.stats.score import Score, Support, by_parts

BINS = 15
"""Of equal width, as usual in the field."""


@dataclass(frozen=True)
class Reliability:
    """Confidence against accuracy in bins of equal width.

    Attributes:
        confidence: float [bins], mean probability of the class that is given; nan in an empty bin.
        accuracy: float [bins], share of right images; nan in an empty bin.
        count: int [bins], images.
    """

    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray


def _confidences(labels: np.ndarray, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each image: probability of the class that is given, whether it is right, and the bin."""
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
