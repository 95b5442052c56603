import numpy as np
import pytest
from sklearn import metrics as sk

from visavis.quantities import METRIC_NAMES
from visavis.stats.metrics import CLASS_MEASURES, EVERY_METRIC, F1, LOG_LOSS, METRICS, OfClass, confusion

EXPECTED = {
    "accuracy": lambda labels, predicted, shares: sk.accuracy_score(labels, predicted),
    "balanced_accuracy": lambda labels, predicted, shares: sk.balanced_accuracy_score(labels, predicted),
    "macro_f1": lambda labels, predicted, shares: sk.f1_score(labels, predicted, average="macro", zero_division=0),
    "weighted_f1": lambda labels, predicted, shares: sk.f1_score(
        labels, predicted, average="weighted", zero_division=0
    ),
    "log_loss": lambda labels, predicted, shares: sk.log_loss(labels, shares, labels=range(shares.shape[1])),
    "calibration_error": lambda labels, predicted, shares: plain_calibration_error(labels, predicted, shares),
}


def test_the_names_that_options_and_studies_take_are_those_of_the_metrics():
    assert tuple(metric.name for metric in EVERY_METRIC) == METRIC_NAMES


def plain_calibration_error(labels, predicted, shares):
    """From its definition, bin by bin; scikit-learn has only the curve."""
    confidence, total = shares.max(1), 0.0
    for low in range(15):
        there = (confidence > low / 15) & (confidence <= (low + 1) / 15)
        if there.any():
            total += there.mean() * abs(confidence[there].mean() - (predicted == labels)[there].mean())
    return total


def table(seed, classes=4, count=60):
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.arange(count) % classes)
    logits = generator.normal(size=(count, classes)) + 1.5 * np.eye(classes)[labels] * generator.random((count, 1))
    return labels, logits


def shares_of(logits):
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
@pytest.mark.parametrize("seed", range(5))
def test_values_are_those_of_scikit_learn(metric, seed):
    labels, logits = table(seed)
    expected = EXPECTED[metric.name](labels, logits.argmax(1), shares_of(logits))
    assert metric.score(labels, logits).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "metric", [*METRICS, *(OfClass(measure, 2, "C") for measure in CLASS_MEASURES)], ids=lambda metric: metric.name
)
def test_shares_are_jackknife_pseudovalues(metric):
    """From the definition: leave each image out in turn."""
    labels, logits = table(1, count=25)
    scored, count = metric.score(labels, logits), len(labels)
    for row in range(count):
        rest = np.delete(np.arange(count), row)
        left_out = metric.score(labels[rest], logits[rest]).value
        assert scored.shares[row] == pytest.approx(count * scored.value - (count - 1) * left_out, abs=1e-9)


def test_f1_precision_and_recall_of_each_class():
    labels, logits = table(2)
    predicted = logits.argmax(1)
    precision, recall, f1, _ = sk.precision_recall_fscore_support(labels, predicted, zero_division=0)
    matrix = confusion(labels, predicted, 4).astype(float)
    assert np.array_equal(matrix, sk.confusion_matrix(labels, predicted))
    for label in range(4):
        for measure, expected in zip(CLASS_MEASURES, (precision, recall, f1), strict=True):
            assert OfClass(measure, label, "x").score(labels, logits).value == pytest.approx(expected[label], abs=1e-12)


def test_a_class_that_is_never_predicted_has_an_f1_of_zero():
    labels, logits = np.array([0, 1, 2]), np.array([[5.0, 0, 0]] * 3)
    for measure in CLASS_MEASURES:
        scored = OfClass(measure, 1, "x").score(labels, logits)
        assert scored.value == 0
        assert np.isfinite(scored.shares).all()
    assert OfClass(F1, 1, "happy").name == "f1[happy]"


def test_log_loss_of_extreme_logits_is_finite():
    assert LOG_LOSS.score(np.array([1]), np.array([[1e4, -1e4]], np.float32)).value == pytest.approx(2e4)
