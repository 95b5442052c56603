"""The further metrics: scikit-learn's values to the last digits, and shares by leaving each image out."""

import time

import numpy as np
import pytest
from scipy.special import softmax
from sklearn import metrics as sk

from visavis.stats.calibration import BrierScore, CalibrationError, DebiasedCalibrationError, brier_parts
from visavis.stats.chance import KAPPA, LINEAR_KAPPA, QUADRATIC_KAPPA, TopK
from visavis.stats.metrics import BALANCED_ACCURACY, EVERY_METRIC, MACRO_F1
from visavis.stats.ranking import AUC, AVERAGE_PRECISION, SENSITIVITY, OneAgainstRest, of_each_class
from visavis.stats.units import Crossed


def table(seed, images=60, classes=4, digits=None):
    """Labels and logits; with few digits many of them tie."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(classes, size=images)
    logits = generator.normal(size=(images, classes)) + 1.2 * np.eye(classes)[labels]
    return labels, (logits if digits is None else np.round(logits, digits)).astype(np.float32)


def probabilities(logits):
    return softmax(logits.astype(np.float64), axis=1)


def macro(function):
    def mean(labels, logits):
        given = probabilities(logits)
        return np.mean([function(labels == c, given[:, c]) for c in range(given.shape[1]) if (labels == c).sum() > 0])

    return mean


def sensitivity(is_positive, given):
    alarms, found, _ = sk.roc_curve(is_positive, given, drop_intermediate=False)
    return found[alarms <= 0.1 + 1e-12].max()


SCIKIT_LEARN = {
    AUC: macro(sk.roc_auc_score),
    AVERAGE_PRECISION: macro(sk.average_precision_score),
    SENSITIVITY: macro(sensitivity),
    TopK(2): lambda labels, logits: sk.top_k_accuracy_score(labels, logits, k=2, labels=range(logits.shape[1])),
    KAPPA: lambda labels, logits: sk.cohen_kappa_score(labels, logits.argmax(1)),
    LINEAR_KAPPA: lambda labels, logits: sk.cohen_kappa_score(labels, logits.argmax(1), weights="linear"),
    QUADRATIC_KAPPA: lambda labels, logits: sk.cohen_kappa_score(labels, logits.argmax(1), weights="quadratic"),
    BrierScore(): lambda labels, logits: ((probabilities(logits) - np.eye(logits.shape[1])[labels]) ** 2).sum(1).mean(),
    MACRO_F1: lambda labels, logits: sk.f1_score(
        labels, logits.argmax(1), labels=np.unique(labels), average="macro", zero_division=0
    ),
}


@pytest.mark.parametrize("metric", SCIKIT_LEARN, ids=lambda metric: metric.name)
@pytest.mark.parametrize("digits", [None, 1, 0])
def test_values_are_those_of_scikit_learn(metric, digits):
    for seed in range(40):
        labels, logits = table(seed, images=25 + seed, digits=digits)
        if metric == KAPPA or "kappa" in metric.name:
            labels[:4] = range(4)  # scikit-learn takes classes from what is there
        expected = SCIKIT_LEARN[metric](labels, logits)
        assert metric.score(labels, logits).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "metric",
    [AUC, AVERAGE_PRECISION, KAPPA, LINEAR_KAPPA, QUADRATIC_KAPPA, DebiasedCalibrationError(), BrierScore(), MACRO_F1],
    ids=lambda metric: metric.name,
)
@pytest.mark.parametrize("digits", [None, 1])
def test_shares_are_what_leaving_each_image_out_changes(metric, digits):
    labels, logits = table(3, images=40, digits=digits)
    found = metric.score(labels, logits)
    for image in range(len(labels)):
        rest = np.arange(len(labels)) != image
        left_out = metric.score(labels[rest], logits[rest]).value
        assert found.shares[image] == pytest.approx(len(labels) * found.value - (len(labels) - 1) * left_out, abs=1e-9)


def test_an_error_of_auc_is_that_of_delong():
    """Their estimate of the variance of one area, from its structural components."""
    labels, logits = table(5, images=300, classes=2)
    given, positive = probabilities(logits)[:, 1], labels == 1
    wins = (given[positive][:, None] > given[~positive][None]).astype(float)
    variance = wins.mean(1).var(ddof=1) / positive.sum() + wins.mean(0).var(ddof=1) / (~positive).sum()
    shares = of_each_class(AUC, ["a", "b"])[1].score(labels, logits).shares
    assert shares.var(ddof=1) / len(shares) == pytest.approx(variance, rel=0.01)


def test_sensitivity_has_the_error_that_simulation_finds():
    generator, values, errors = np.random.default_rng(0), [], []
    for _ in range(600):
        labels = generator.integers(2, size=400)
        logits = np.stack([np.zeros(400), generator.normal(size=400) + 1.5 * labels], axis=1)
        found = OneAgainstRest("x", "X", SENSITIVITY.ranking, 1).score(labels, logits)
        values.append(found.value)
        errors.append(found.shares.std(ddof=1) / 400**0.5)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.12)


def test_a_class_without_images_is_left_out_of_means():
    labels, logits = table(1, classes=4)
    keep = labels != 2
    for metric in (AUC, AVERAGE_PRECISION, MACRO_F1, BALANCED_ACCURACY):
        of_three = metric.score(labels[keep], logits[keep])
        assert np.isfinite(of_three.shares).all()
    given = probabilities(logits[keep])
    expected = np.mean([sk.roc_auc_score(labels[keep] == c, given[:, c]) for c in (0, 1, 3)])
    assert AUC.score(labels[keep], logits[keep]).value == pytest.approx(expected, abs=1e-12)


def test_an_answer_of_an_absent_class_costs_no_more_than_any_other_error():
    labels = np.arange(40) % 2
    right = np.eye(3, dtype=np.float32)[labels]
    values = []
    for guess in (1, 2):  # another class, and one without test images
        logits = right.copy()
        logits[0] = np.eye(3)[guess]
        values.append(MACRO_F1.score(labels, logits).value)
    assert values[0] == pytest.approx(0.975, abs=0.001)
    assert values[1] > 0.98


@pytest.mark.parametrize("images", [50, 200, 1000, 7000])
def test_a_calibrated_model_has_no_debiased_error(images):
    generator, plain, debiased = np.random.default_rng(images), [], []
    for _ in range(60):
        logits = generator.normal(size=(images, 5)) * 1.5
        given = probabilities(logits)
        labels = (given.cumsum(1) > generator.random((images, 1))).argmax(1)
        plain.append(CalibrationError().score(labels, logits).value)
        debiased.append(DebiasedCalibrationError().score(labels, logits).value)
    assert abs(np.mean(debiased)) < 3.5 * np.std(debiased) / 60**0.5
    assert np.mean(plain) > 0.01


def test_the_parts_of_a_brier_score_add_up():
    labels, logits = table(2, images=500)
    parts = brier_parts(labels, logits)
    assert parts.total == pytest.approx(BrierScore().score(labels, logits).value, abs=1e-12)
    shares = np.bincount(labels) / 500
    assert parts.uncertainty == pytest.approx((shares * (1 - shares)).sum())
    assert abs(parts.within) < 0.02


def test_all_metrics_of_a_large_test_set_are_quick():
    generator = np.random.default_rng(0)
    labels = generator.integers(7, size=7178)
    logits = (generator.normal(size=(10, 7178, 7)) + np.eye(7)[labels]).astype(np.float32)
    start = time.process_time()
    for metric in EVERY_METRIC:
        Crossed(np.stack([metric.score(labels, one).shares for one in logits]))
    assert time.process_time() - start < 5
