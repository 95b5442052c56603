"""What every shipped loss promises."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import LOSSES
from sklearn.utils.class_weight import compute_class_weight

import visavis as vv
from visavis.errors import InvalidStudy

every = pytest.mark.parametrize("loss", LOSSES, ids=str)
counts = st.lists(st.integers(1, 500), min_size=3, max_size=3).map(torch.tensor)
seeds = st.integers(0, 1000)


def batch(seed, size=12, scale=3.0):
    generator = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(size, 3, generator=generator)
    return logits, torch.randint(0, 3, (size,), generator=generator)


def weights_of(loss, counts):
    return torch.ones(3) if getattr(loss, "weights", None) is None else loss.weights.of(counts)


def by_hand(loss, logits, labels, counts):
    """Every shipped loss, written out in NumPy's float64."""
    logits, labels = logits.double().numpy(), labels.numpy()
    shifted = logits - logits.max(1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    rows, weights = np.arange(len(labels)), weights_of(loss, counts).double().numpy()
    if isinstance(loss, vv.Focal):
        p = np.exp(logs[rows, labels])
        return np.mean(-weights[labels] * (1 - p) ** loss.gamma * np.log(p))
    if isinstance(loss, vv.BinaryCrossEntropy):
        signs = np.where(np.arange(logits.shape[1]) == labels[:, None], 1, -1)
        return (weights[labels] * np.logaddexp(0, -signs * logits).sum(1)).sum() / weights[labels].sum()
    smoothing = getattr(loss, "label_smoothing", 0.0)
    true, spread = -weights[labels] * logs[rows, labels], -(weights * logs).sum(1)
    return ((1 - smoothing) * true + smoothing / 3 * spread).sum() / weights[labels].sum()


@every
@given(seed=seeds, counts=counts)
@settings(max_examples=25)
def test_it_is_the_formula_and_a_mean_over_the_batch(loss, seed, counts):
    logits, labels = batch(seed)
    before = logits.clone()
    found = loss.criterion(counts)(logits, labels)
    assert found.shape == ()
    assert found.dtype == torch.float32
    assert float(found) == pytest.approx(by_hand(loss, logits, labels, counts), rel=1e-4)
    assert torch.equal(logits, before)
    twice = loss.criterion(counts)(logits.repeat(2, 1), labels.repeat(2))
    assert float(twice) == pytest.approx(float(found), rel=1e-5)


@every
@given(seed=seeds, counts=counts)
@settings(max_examples=25)
def test_shares_of_one_class_are_its_label_and_others_lie_between(loss, seed, counts):
    logits, labels = batch(seed)
    criterion = loss.criterion(counts)
    whole = torch.nn.functional.one_hot(labels, 3).float()
    assert float(criterion(logits, whole)) == pytest.approx(float(criterion(logits, labels)), rel=1e-4)
    beside = whole.roll(1, 0)
    halves = [criterion(logits, 0.5 * (whole + beside)), criterion(logits, whole), criterion(logits, beside)]
    if weights_of(loss, counts).unique().numel() == 1 or isinstance(loss, vv.Focal):
        assert float(halves[0]) == pytest.approx(float(halves[1] + halves[2]) / 2, rel=1e-4)


@every
@pytest.mark.parametrize("scale", [0.0, 1.0, 1e2, 1e4])
def test_its_gradient_is_finite_and_that_of_the_formula(loss, scale):
    """Even where a network is as sure as it can be."""
    logits, labels = batch(0, scale=scale)
    counts = torch.tensor([5, 50, 500])
    logits.requires_grad_()
    loss.criterion(counts)(logits, labels).backward()
    assert torch.isfinite(logits.grad).all()
    if scale == 1.0:
        step, place = 1e-6, (3, int(labels[3]))
        moved = [logits.detach().double() for _ in range(2)]
        moved[0][place] -= step
        moved[1][place] += step
        low, high = (by_hand(loss, one, labels, counts) for one in moved)
        assert float(logits.grad[place]) == pytest.approx((high - low) / (2 * step), rel=1e-3)


@given(counts=st.lists(st.integers(1, 1000), min_size=2, max_size=9))
def test_balanced_weights_are_those_of_scikit_learn(counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    expected = compute_class_weight("balanced", classes=np.arange(len(counts)), y=labels)
    found = vv.Balanced().of(torch.tensor(counts))
    assert found.dtype == torch.float32
    assert found.numpy() == pytest.approx(expected, rel=1e-5)


@given(counts=st.lists(st.integers(1, 1000), min_size=2, max_size=9), beta=st.floats(0, 0.9999))
def test_effective_numbers_lie_between_equal_and_inverse_weights(counts, beta):
    found = vv.EffectiveNumber(beta).of(torch.tensor(counts)).double()
    expected = np.array([(1 - beta) / (1 - beta**count) for count in counts])
    assert found.numpy() == pytest.approx(expected / expected.mean(), rel=1e-4)
    assert float(found.mean()) == pytest.approx(1, rel=1e-5)
    assert torch.equal(vv.EffectiveNumber(0).of(torch.tensor(counts)), torch.ones(len(counts)))


def test_a_class_that_is_never_seen_has_a_finite_weight():
    assert torch.isfinite(vv.Balanced().of(torch.tensor([4, 0]))).all()


@given(seed=seeds)
@settings(max_examples=25)
def test_without_focus_and_without_smoothing_all_are_the_cross_entropy(seed):
    logits, labels = batch(seed)
    expected = torch.nn.functional.cross_entropy(logits, labels)
    for loss in (vv.CrossEntropy(), vv.CrossEntropy(label_smoothing=0), vv.NLL()):
        assert torch.equal(loss.criterion(torch.ones(3))(logits, labels), expected)
    assert float(vv.Focal(gamma=0.0).criterion(torch.ones(3))(logits, labels)) == pytest.approx(
        float(expected), rel=1e-5
    )


@dataclass(frozen=True)
class Doubled:
    """Class weights of one's own."""

    label: int

    def of(self, counts):
        weights = torch.ones(len(counts), device=counts.device)
        weights[self.label] = 2.0
        return weights


@pytest.mark.parametrize("kind", [vv.NLL, vv.CrossEntropy, vv.BinaryCrossEntropy, vv.Focal])
def test_weights_may_be_ones_own(kind):
    logits, labels = batch(1)
    counts = torch.ones(3, dtype=torch.int64)
    plain, heavy = (kind(weights=weights).criterion(counts)(logits, labels) for weights in (None, Doubled(1)))
    assert float(heavy) == pytest.approx(by_hand(kind(weights=Doubled(1)), logits, labels, counts), rel=1e-4)
    assert float(heavy) != float(plain)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda: vv.CrossEntropy(label_smoothing=1.0), "label_smoothing"),
        (lambda: vv.CrossEntropy(label_smoothing=-0.1), "label_smoothing"),
        (lambda: vv.CrossEntropy(label_smoothing="0.1"), "label_smoothing"),
        (lambda: vv.CrossEntropy(weights="balanced"), "weights"),
        (lambda: vv.NLL(weights=vv.Balanced), "weights"),
        (lambda: vv.NLL(weights=[1.0, 2.0]), "weights"),
        (lambda: vv.CrossEntropy(weights=vv.EffectiveNumber(1)), r"weights\.beta"),
        (lambda: vv.Focal(gamma=-1), "gamma"),
        (lambda: vv.Focal(gamma=float("inf")), "gamma"),
        (lambda: vv.Focal(weights=1.0), "weights"),
    ],
)
def test_values_that_cannot_be_are_refused(wrong, field):
    with pytest.raises(InvalidStudy, match=rf"loss\.{field} can't be used; got .*; expected"):
        wrong()
