import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from visavis.stats.calibration import BINS, CalibrationError, reliability


def sure_by(confidence, hits):
    """Labels and logits of two classes, the first of which is given with the wanted confidence."""
    confidence, hits = np.asarray(confidence, float), np.asarray(hits, bool)
    logits = np.stack([np.log(confidence), np.log1p(-confidence)], axis=1)
    return np.where(hits, 0, 1), logits


def test_the_curve_is_that_of_scikit_learn():
    generator = np.random.default_rng(0)
    confidence = generator.uniform(0.501, 0.999, 3000)
    hits = generator.random(3000) < confidence**2
    found = reliability(*sure_by(confidence, hits))
    accuracy, mean_confidence = calibration_curve(hits, confidence, n_bins=BINS)
    there = found.count > 0
    assert found.accuracy[there] == pytest.approx(accuracy, abs=1e-12)
    assert found.confidence[there] == pytest.approx(mean_confidence, abs=1e-12)
    assert found.count.sum() == 3000


def test_a_model_that_knows_what_it_knows_has_a_small_error():
    generator = np.random.default_rng(1)
    confidence = generator.uniform(0.501, 0.999, 40_000)
    honest = CalibrationError().score(*sure_by(confidence, generator.random(40_000) < confidence)).value
    too_sure = CalibrationError().score(*sure_by(confidence, generator.random(40_000) < confidence - 0.2)).value
    assert honest < 0.015
    assert too_sure == pytest.approx(0.2, abs=0.01)
