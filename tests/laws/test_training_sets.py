"""What every shipped training set promises."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipped import TRAINING_SETS

import visavis as vv
from small import cell_of, last_epoch, tiny_arm, tiny_data
from visavis.cells.assemble import assemble
from visavis.errors import InvalidStudy
from visavis.streams import root

every = pytest.mark.parametrize("training", TRAINING_SETS, ids=str)
CLASSES = ("a", "b", "c")
labelled = st.lists(st.integers(0, 2), min_size=0, max_size=60).map(lambda more: np.array([0, 1, 2] * 4 + more))
seeds = st.integers(0, 1000)


def drawn(training, labels, seed=0):
    return training.draw(labels, CLASSES, root(seed).child("training"))


@every
@given(labels=labelled, seed=seeds)
@settings(max_examples=25)
def test_same_stream_same_rows_and_the_labels_are_unmodified(training, labels, seed):
    before = labels.copy()
    labels.flags.writeable = False
    first, second = (drawn(training, labels, seed) for _ in range(2))
    assert np.array_equal(first.rows, second.rows)
    assert np.array_equal(first.labels, second.labels)
    assert np.array_equal(labels, before)


@every
@given(labels=labelled, seed=seeds)
@settings(max_examples=25)
def test_rows_are_of_the_training_part_in_its_order_and_no_class_is_lost(training, labels, seed):
    found = drawn(training, labels, seed)
    assert found.rows.dtype == found.labels.dtype == np.int64
    assert np.array_equal(found.rows, np.sort(found.rows))
    assert 0 <= found.rows.min() <= found.rows.max() < len(labels)
    if not isinstance(training, vv.LabelNoise):
        assert np.array_equal(found.labels, labels[found.rows])
        assert set(found.labels.tolist()) == set(labels.tolist())


@every
def test_another_seed_draws_others(training):
    labels = np.repeat([0, 1, 2], [30, 20, 10])
    draws = [drawn(training, labels, seed) for seed in (0, 1)]
    same = all(np.array_equal(getattr(draws[0], name), getattr(draws[1], name)) for name in ("rows", "labels"))
    assert same == isinstance(training, vv.Everything)


@given(labels=labelled, seed=seeds, shares=st.tuples(st.floats(0.15, 1), st.floats(0.15, 1)))
@settings(max_examples=60)
def test_smaller_shares_lie_within_larger_ones(labels, seed, shares):
    few, many = (set(drawn(vv.Fraction(share), labels, seed).rows.tolist()) for share in sorted(shares))
    assert few <= many
    counts = np.bincount(labels, minlength=3)
    expected = np.floor(max(shares) * counts + 0.5)
    assert np.array_equal(np.bincount(labels[sorted(many)], minlength=3), expected)


@given(labels=labelled, seed=seeds, counts=st.tuples(st.integers(1, 4), st.integers(1, 4)))
@settings(max_examples=60)
def test_smaller_numbers_lie_within_larger_ones_and_within_shares(labels, seed, counts):
    few, many = (set(drawn(vv.PerClass(count), labels, seed).rows.tolist()) for count in sorted(counts))
    assert few <= many
    assert np.bincount(labels[sorted(many)], minlength=3).tolist() == [max(counts)] * 3
    share = max(counts) / np.bincount(labels).min()
    if share <= 1:
        assert many <= set(drawn(vv.Fraction(share), labels, seed).rows.tolist())


@given(labels=labelled, seed=seeds, rates=st.tuples(st.floats(0, 1), st.floats(0, 1)))
@settings(max_examples=60)
def test_wrong_labels_of_smaller_rates_are_among_those_of_larger_ones(labels, seed, rates):
    low, high = (drawn(vv.LabelNoise(rate), labels, seed).labels for rate in sorted(rates))
    wrong = low != labels
    assert np.array_equal(low[wrong], high[wrong])
    assert np.array_equal(drawn(vv.LabelNoise(0.0), labels, seed).labels, labels)
    assert (drawn(vv.LabelNoise(1.0), labels, seed).labels != labels).all()


def test_about_as_many_labels_are_wrong_as_stated_and_every_other_class_is_as_likely():
    labels = np.arange(30_000) % 3
    found = drawn(vv.LabelNoise(0.3), labels).labels
    assert np.mean(found != labels) == pytest.approx(0.3, abs=0.02)
    steps = np.bincount((found - labels) % 3, minlength=3)
    assert steps[1] == pytest.approx(steps[2], rel=0.1)


@pytest.mark.parametrize("kind", [lambda same: vv.Fraction(0.3, same), lambda same: vv.PerClass(2, same)])
def test_with_as_many_steps_it_is_the_same_images_several_times(kind):
    labels = np.repeat([0, 1, 2], [20, 10, 31])
    once, often = drawn(kind(False), labels), drawn(kind(True), labels)
    assert len(often.rows) == len(labels)
    assert set(once.rows.tolist()) == set(often.rows.tolist())
    times = np.bincount(often.rows)[once.rows]
    assert times.max() - times.min() <= 1


@pytest.mark.parametrize("same_steps", [False, True])
def test_steps_are_as_many_as_promised(same_steps):
    data = tiny_data()
    cell = cell_of(tiny_arm(training=vv.PerClass(1, same_steps)), data)
    assert len(cell.train) == (60 if same_steps else 10)
    assert len(cell.train.images) == 10  # kept once, however often they are shown
    assembly = assemble(tiny_arm(training=vv.PerClass(1, same_steps)), 0, data)
    for row, place in enumerate([*range(10)] if assembly.positions is None else assembly.positions.tolist()):
        images, labels = cell.train.take(cell.train.rows(np.array([row])))
        assert np.array_equal(images[0].numpy(), data.train.images[assembly.training.rows[row]])
        assert int(labels[0]) == data.train.labels[assembly.training.rows[row]]
        assert np.array_equal(images[0].numpy(), assembly.data.train.images[place])


@pytest.mark.parametrize("tuning", [vv.LinearProbe(), vv.Full()])
def test_images_that_are_kept_once_are_learned_from_as_if_they_were_kept_as_often_as_they_are_shown(tuning):
    """The same training, on a data set that holds each image as often."""
    data = tiny_data()
    model = vv.Pretrained(vv.models.MLP(hidden=(8,)), vv.models.Untrained())
    arm = tiny_arm(training=vv.PerClass(1, same_steps=True), model=model, tuning=tuning)
    rows = assemble(arm, 0, data).training.rows
    spelled = vv.ImageData(data.name, "", "", data.classes, data.train.take(rows), data.test)
    expected = last_epoch(arm.but("spelled", training=vv.Everything()), spelled)
    found = last_epoch(arm, data)
    assert found.row.train_loss == pytest.approx(expected.row.train_loss, rel=1e-5)
    assert np.allclose(found.logits, expected.logits, rtol=1e-4, atol=1e-5)


def test_a_class_without_training_images_is_none_that_is_lost():
    labels = np.array([0, 2] * 5)
    assert set(drawn(vv.Fraction(0.5), labels).labels.tolist()) == {0, 2}
    assert np.array_equal(drawn(vv.Fraction(1.0), labels).rows, np.arange(10))


@pytest.mark.parametrize(
    ("training", "message"),
    [
        (
            vv.Fraction(0.04),
            r"training\.share 0\.04 leaves no image of b and c; got 7 training images of b; .* take 0\.072",
        ),
        (vv.PerClass(9), r"training\.count 9 is more than there are images of b \(7\); .* expected at most 7"),
        (vv.PerClass(10), r"images of b \(7\) and c \(9\); got 2 of 3 classes with fewer"),
    ],
)
def test_what_leaves_a_class_empty_is_refused_with_names(training, message):
    labels = np.repeat([0, 1, 2], [20, 7, 9])
    with pytest.raises(InvalidStudy, match=message):
        drawn(training, labels)


@given(count=st.integers(1, 400))
def test_the_share_that_a_refusal_advises_is_enough(count):
    labels = np.repeat([0, 1], [2000, count])
    with pytest.raises(InvalidStudy, match="leaves no image of b") as refusal:
        vv.Fraction(0.4 / count).draw(labels, "ab", root(0))
    advice = float(str(refusal.value).split("take ")[1].split(" or")[0])
    assert np.bincount(vv.Fraction(advice).draw(labels, "ab", root(0)).labels)[1] >= 1
    assert advice * count <= 0.5 + 0.001 * count


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda: vv.Fraction(0), "share"),
        (lambda: vv.Fraction(1.5), "share"),
        (lambda: vv.Fraction(float("nan")), "share"),
        (lambda: vv.Fraction("half"), "share"),
        (lambda: vv.Fraction(True), "share"),
        (lambda: vv.PerClass(0), "count"),
        (lambda: vv.PerClass(2.5), "count"),
        (lambda: vv.PerClass("3"), "count"),
        (lambda: vv.LabelNoise(-0.1), "rate"),
        (lambda: vv.LabelNoise(1.1), "rate"),
        (lambda: vv.LabelNoise(None), "rate"),
    ],
)
def test_values_that_cannot_be_are_refused(wrong, field):
    with pytest.raises(InvalidStudy, match=rf"training\.{field} can't be used; got .*; expected"):
        wrong()


@given(labels=labelled, seed=seeds)
@settings(max_examples=60)
def test_a_bootstrap_keeps_the_classes_sizes_and_draws_with_replacement(labels, seed):
    found = drawn(vv.Bootstrap(), labels, seed)
    assert np.array_equal(np.bincount(found.labels), np.bincount(labels))
    assert len(found.rows) == len(labels)


def test_a_bootstrap_leaves_out_a_third_of_many_images():
    labels = np.arange(9000) % 3
    shares = [len(np.unique(drawn(vv.Bootstrap(), labels, seed).rows)) / 9000 for seed in range(5)]
    assert np.mean(shares) == pytest.approx(1 - np.exp(-1), abs=0.01)


@given(labels=labelled, seed=seeds, shares=st.tuples(st.floats(0, 1), st.floats(0, 1)))
@settings(max_examples=40)
def test_oversampling_repeats_rarer_classes_and_smaller_shares_lie_within_larger_ones(labels, seed, shares):
    few, many = (
        np.bincount(drawn(vv.Oversample(share), labels, seed).rows, minlength=len(labels)) for share in sorted(shares)
    )
    assert few.min() >= 1
    assert (few <= many).all()
    even = drawn(vv.Oversample(), labels, seed)
    assert len(set(np.bincount(even.labels).tolist())) == 1
    for label in range(3):
        times = np.bincount(even.rows, minlength=len(labels))[labels == label]
        assert np.ptp(times) <= 1
    assert np.array_equal(drawn(vv.Oversample(0), labels, seed).rows, np.arange(len(labels)))
