"""What every shipped intervention promises."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shipped import INPUTS

import visavis as vv
from visavis.data import ImageShape
from visavis.describe import describe
from visavis.parts.inputs.pixel_permutation import Permutation
from visavis.streams import root

MOVING = [vv.Untouched(), vv.PixelPermutation(), vv.PixelPermutation(fixed=True), vv.PatchShuffle(2)]
"""Those that change no pixel's value."""
shapes = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 9), st.integers(1, 9))
images = shapes.flatmap(lambda shape: hnp.arrays(np.uint8, shape))
every = pytest.mark.parametrize("intervention", INPUTS, ids=str)


@every
@given(images=images, seed=st.integers(0, 2**31))
@settings(max_examples=40)
def test_same_stream_same_output_and_the_input_is_unmodified(intervention, images, seed):
    shape, stream = ImageShape(*images.shape[1:]), root(seed).child("input")
    before = images.copy()
    first, second = (intervention.draw(shape, stream).apply(images) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.array_equal(images, before)
    assert first.shape == images.shape
    assert first.dtype == np.uint8


@pytest.mark.parametrize("intervention", MOVING, ids=str)
@given(images=images)
@settings(max_examples=30)
def test_each_image_and_channel_keeps_its_histogram(intervention, images):
    seen = intervention.draw(ImageShape(*images.shape[1:]), root(0)).apply(images)
    assert np.array_equal(np.sort(seen, axis=None), np.sort(images, axis=None))
    for one, two in zip(images.reshape(-1, images[0, 0].size), seen.reshape(-1, images[0, 0].size), strict=True):
        assert np.array_equal(np.sort(one), np.sort(two))


@every
@given(images=images, seed=st.integers(0, 1000))
@settings(max_examples=40)
def test_an_image_is_seen_alike_whatever_stands_beside_it(intervention, images, seed):
    apply = intervention.draw(ImageShape(*images.shape[1:]), root(seed)).apply
    one_by_one = np.concatenate([apply(images[row : row + 1]) for row in range(len(images))])
    assert np.array_equal(apply(images), one_by_one)


@every
def test_it_can_be_described_and_hashed(intervention):
    assert describe(intervention)["type"] == type(intervention).__name__
    assert isinstance(hash(intervention), int)


@given(images=images, seed=st.integers(0, 1000))
@settings(max_examples=60)
def test_a_permutation_is_a_bijection_whose_inverse_restores(images, seed):
    drawn = vv.PixelPermutation().draw(ImageShape(*images.shape[1:]), root(seed))
    order = drawn.arrays["order"]
    assert np.array_equal(np.sort(order), np.arange(images[0, 0].size))
    assert np.array_equal(Permutation(order).inverse().apply(drawn.apply(images)), images)


def test_a_permutation_is_the_same_for_all_images_and_channels():
    positions = np.arange(784, dtype=np.int64).reshape(1, 1, 28, 28)
    order = vv.PixelPermutation().draw(ImageShape(3, 28, 28), root(1)).arrays["order"]
    moved = Permutation(order).apply(np.broadcast_to(positions, (2, 3, 28, 28)))
    assert all(np.array_equal(one.ravel(), order) for one in moved.reshape(6, 28, 28))


def test_each_seed_draws_its_own_unless_it_is_fixed():
    shape = ImageShape(1, 28, 28)
    orders = [vv.PixelPermutation().draw(shape, root(seed)).arrays["order"] for seed in range(2)]
    fixed = [vv.PixelPermutation(fixed=True).draw(shape, root(seed)).arrays["order"] for seed in range(2)]
    assert not np.array_equal(*orders)
    assert np.array_equal(*fixed)
    assert not any(np.array_equal(fixed[0], order) for order in orders)


def noisy(images, deviation, seed=0):
    return vv.GaussianNoise(deviation).draw(ImageShape(*images.shape[1:]), root(seed)).apply(images)


@given(images=images, seed=st.integers(0, 1000))
@settings(max_examples=40)
def test_no_noise_is_the_image_and_more_noise_moves_each_pixel_further_the_same_way(images, seed):
    assert noisy(images, 0.0, seed) is images
    little, much = (noisy(images, deviation, seed).astype(int) - images for deviation in (0.1, 0.3))
    assert (np.abs(much) >= np.abs(little)).all()
    assert (little * much >= 0).all()


def test_noise_has_its_deviation_and_is_another_for_other_images_and_other_streams():
    grey = np.full((2, 3, 32, 32), 128, np.uint8)
    grey[1, 0, 0, 0] += 1
    first, second = noisy(grey, 0.1).astype(float) - grey
    assert abs(first.std() - 25.5) < 1.0
    assert abs(first.mean()) < 2.0
    others = [second.ravel(), (noisy(grey, 0.1, seed=1).astype(float) - grey)[0].ravel()]
    assert all(abs(np.corrcoef(first.ravel(), other)[0, 1]) < 0.1 for other in others)
    assert np.array_equal(*noisy(np.stack([grey[0], grey[0]]), 0.1)), "what is equal stays equal"


@pytest.mark.parametrize("deviation", [-0.1, 1.1, float("nan"), "much", True, None])
def test_noise_that_can_be_none_is_refused(deviation):
    with pytest.raises(vv.errors.InvalidStudy, match="deviation can't be used; got"):
        vv.GaussianNoise(deviation)
