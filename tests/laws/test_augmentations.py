"""What every shipped augmentation promises."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shipped import AUGMENTATIONS

import visavis as vv
from small import cell_of, tiny_arm, tiny_data
from visavis.errors import InvalidStudy
from visavis.streams import root
from visavis.training.fast.precision import Precision
from visavis.training.loop import epochs
from visavis.training.state import TrainState

every = pytest.mark.parametrize("augmentation", AUGMENTATIONS, ids=str)
shapes = st.tuples(st.integers(1, 6), st.integers(1, 3), st.integers(1, 7), st.integers(1, 7))
batches = shapes.flatmap(lambda shape: hnp.arrays(np.uint8, shape)).map(torch.from_numpy)
seeds = st.integers(0, 1000)


def draws(augmentation, count, seed=0):
    return augmentation.draw(count, root(seed).child("augmentation", 1))


def rows_of(images):
    return torch.arange(len(images))


@every
@given(images=batches, seed=seeds)
@settings(max_examples=30)
def test_same_stream_same_images_and_the_input_is_unmodified(augmentation, images, seed):
    before, rows = images.clone(), rows_of(images)
    first, second = (draws(augmentation, len(images), seed).apply(images, rows) for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(images, before)
    assert torch.equal(rows, rows_of(images))
    assert first.shape == images.shape
    assert first.dtype == torch.uint8


@every
@given(images=batches, seed=seeds)
@settings(max_examples=30)
def test_an_image_becomes_the_same_whatever_stands_beside_it(augmentation, images, seed):
    """Neither the batch size nor the order changes a draw."""
    drawn, rows = draws(augmentation, len(images), seed), rows_of(images)
    together = drawn.apply(images, rows)
    alone = torch.cat([drawn.apply(images[row : row + 1], rows[row : row + 1]) for row in range(len(images))])
    assert torch.equal(together, alone)
    backwards = drawn.apply(images.flip(0), rows.flip(0))
    assert torch.equal(backwards.flip(0), together)


@every
def test_draws_are_told_and_differ_from_epoch_to_epoch_and_seed_to_seed(augmentation):
    told = [draws(augmentation, 200, seed).arrays for seed in (0, 1)]
    told.append(augmentation.draw(200, root(0).child("augmentation", 2)).arrays)
    assert all(len(array) == 200 for arrays in told for array in arrays.values())
    assert bool(told[0]) != isinstance(augmentation, vv.Unaugmented)
    for other in told[1:]:
        assert not any(np.array_equal(array, other[name]) for name, array in told[0].items())


@given(images=batches, seed=seeds, pixels=st.integers(0, 9))
@settings(max_examples=60)
def test_a_shift_is_a_move_that_repeats_the_edge(images, seed, pixels):
    drawn = draws(vv.Shift(pixels), len(images), seed)
    shifts = drawn.arrays["shifts"]
    assert np.abs(shifts).max() <= pixels
    height, width = images.shape[2:]
    padded = np.pad(images.numpy(), ((0, 0), (0, 0), (pixels, pixels), (pixels, pixels)), mode="edge")
    for image, source, (down, right) in zip(drawn.apply(images, rows_of(images)), padded, shifts, strict=True):
        top, left = pixels - down, pixels - right
        assert np.array_equal(image.numpy(), source[:, top : top + height, left : left + width])


def test_every_shift_is_as_likely():
    shifts = draws(vv.Shift(1), 30_000).arrays["shifts"]
    counts = np.bincount(3 * (shifts[:, 0] + 1) + shifts[:, 1] + 1, minlength=9)
    assert counts == pytest.approx(30_000 / 9, rel=0.1)


@given(images=batches, seed=seeds, probability=st.floats(0, 1))
@settings(max_examples=40)
def test_a_flip_mirrors_what_it_says(images, seed, probability):
    drawn = draws(vv.Flip(probability), len(images), seed)
    flipped = drawn.apply(images, rows_of(images))
    for image, result, is_flipped in zip(images, flipped, drawn.arrays["flips"], strict=True):
        assert torch.equal(result, image.flip(2) if is_flipped else image)


def test_larger_probabilities_flip_the_same_images_and_more():
    flips = [draws(vv.Flip(probability), 500).arrays["flips"] for probability in (0.0, 0.2, 0.5, 1.0)]
    assert [flip.mean() for flip in flips] == pytest.approx([0, 0.2, 0.5, 1], abs=0.06)
    assert all((few <= many).all() for few, many in pairwise(flips))


@pytest.mark.parametrize("augmentation", [vv.Shift(2), vv.Flip()], ids=str)
def test_the_batch_size_changes_nothing_of_what_an_epoch_shows(augmentation):
    """The images that the loop's steps take, put back into the order of the training part."""
    data, shown = tiny_data(), []
    for batch_size in (2, 7, 60):
        cell = cell_of(tiny_arm(augmentation=augmentation, batch_size=batch_size), data)
        state = TrainState(cell, Precision.fp32)
        state.enter(2)
        order = root(0).child("order", 2).numpy().permutation(60)
        images = torch.cat([state.prepare(slice(start, start + batch_size))[0] for start in range(0, 60, batch_size)])
        shown.append(images[torch.from_numpy(np.argsort(order))])
    assert torch.equal(shown[0], shown[1])
    assert torch.equal(shown[0], shown[2])
    assert not torch.equal(shown[0], torch.from_numpy(data.train.images))


def test_arms_that_augment_alike_draw_alike():
    data = tiny_data()
    arms = [
        tiny_arm(augmentation=vv.Shift(2)),
        tiny_arm(augmentation=vv.Shift(2), optimizer=vv.AdamW(lr=0.01), batch_size=9, input=vv.PixelPermutation()),
        tiny_arm(augmentation=vv.Shift(2), training=vv.LabelNoise(0.5), epochs=2),
        tiny_arm(augmentation=vv.Shift(1)),
        tiny_arm(),
    ]
    drawn = [[epoch.row.augmentation for epoch in epochs(cell_of(arm, data), Precision.fp32)] for arm in arms]
    assert drawn[0] == drawn[1]
    assert drawn[0][:2] == drawn[2]
    assert len(set(drawn[0])) == 3  # every epoch its own
    assert not set(drawn[0]) & set(drawn[3])
    assert len(set(drawn[4])) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (lambda: vv.Shift(-1), "pixels"),
        (lambda: vv.Shift(1.5), "pixels"),
        (lambda: vv.Shift("2"), "pixels"),
        (lambda: vv.Flip(1.5), "probability"),
        (lambda: vv.Flip(-0.1), "probability"),
        (lambda: vv.Flip(None), "probability"),
    ],
)
def test_values_that_cannot_be_are_refused(wrong, field):
    with pytest.raises(InvalidStudy, match=rf"augmentation\.{field} can't be used; got .*; expected"):
        wrong()


@given(images=batches, seed=seeds, share=st.floats(0.02, 1))
@settings(max_examples=60)
def test_what_is_erased_is_a_grey_rectangle_and_the_rest_stays(images, seed, share):
    drawn = draws(vv.Erase(1, share), len(images), seed)
    for image, before, (_, _, height, width) in zip(
        drawn.apply(images, rows_of(images)), images, drawn.arrays["rectangles"], strict=True
    ):
        sides = [round(side * whole) for side, whole in zip((height, width), image.shape[1:], strict=True)]
        is_grey = (image == 128).all(0)
        assert torch.equal(image[:, ~is_grey], before[:, ~is_grey])
        assert int(is_grey.sum()) >= sides[0] * sides[1]
    assert torch.equal(draws(vv.Erase(0), len(images), seed).apply(images, rows_of(images)), images)


def test_erased_areas_lie_between_their_bounds():
    rectangles = draws(vv.Erase(0.5, 0.33), 4000).arrays["rectangles"]
    area = rectangles[:, 2] * rectangles[:, 3]
    assert np.mean(area > 0) == pytest.approx(0.5, abs=0.03)
    assert area[area > 0].mean() == pytest.approx((0.02 + 0.33) / 2, abs=0.01)
    assert area.max() <= 0.33 + 1e-9


def test_a_jitter_is_brightness_and_then_contrast_about_the_mean():
    images = torch.from_numpy(np.random.default_rng(0).integers(60, 190, (8, 3, 5, 6), np.uint8))
    drawn = draws(vv.Jitter(0.2, 0.5), 8)
    for image, before, (brightness, contrast) in zip(
        drawn.apply(images, rows_of(images)).numpy(), images.numpy(), drawn.arrays["factors"], strict=True
    ):
        bright = before * brightness
        expected = ((bright - bright.mean()) * contrast + bright.mean()).clip(0, 255)
        assert np.abs(image - expected).max() <= 0.51
    assert torch.equal(draws(vv.Jitter(0, 0), 8).apply(images, rows_of(images)), images)


def test_a_chain_is_one_after_the_other_each_with_a_stream_of_its_own():
    images = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (6, 1, 8, 8), np.uint8))
    drawn = draws(vv.AugmentationChain([vv.Shift(2), vv.Shift(2)]), 6)
    first, second = drawn.arrays["0 shifts"], drawn.arrays["1 shifts"]
    assert not np.array_equal(first, second)
    stream = root(0).child("augmentation", 1)
    expected = images
    for number in range(2):
        expected = vv.Shift(2).draw(6, stream.child("chain", number)).apply(expected, rows_of(images))
    assert torch.equal(drawn.apply(images, rows_of(images)), expected)


@pytest.mark.parametrize(
    "make",
    [
        lambda: vv.Erase(2),
        lambda: vv.Erase(0.5, 0.01),
        lambda: vv.Jitter(-1),
        lambda: vv.Jitter(0, 2),
        lambda: vv.AugmentationChain([]),
        lambda: vv.AugmentationChain("Flip"),
        lambda: vv.AugmentationChain([3]),
    ],
)
def test_augmentations_that_cannot_be_are_refused(make):
    with pytest.raises(InvalidStudy, match=r"augmentation\..* can't be used"):
        make()
