"""What single inputs make of images; what all of them promise is in the laws."""

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageOps
from scipy.ndimage import gaussian_filter

import visavis as vv
from visavis.data import ImageShape
from visavis.errors import InvalidStudy
from visavis.streams import root

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (3, 3, 14, 12), np.uint8)


def seen(intervention, images=COLOUR, seed=0):
    return intervention.draw(ImageShape(*images.shape[1:]), root(seed)).apply(images)


def test_grey_is_pillows_luma():
    for image, grey in zip(COLOUR, seen(vv.Grey()), strict=True):
        luma = np.asarray(Image.fromarray(image.transpose(1, 2, 0)).convert("L"))
        assert all(np.array_equal(plane, luma) for plane in grey)
    assert seen(vv.Grey(), COLOUR[:, :1]) is not None
    assert np.array_equal(seen(vv.Grey(), COLOUR[:, :1]), COLOUR[:, :1])


def patches(image, size):
    rows, columns = image.shape[1] // size, image.shape[2] // size
    return [
        image[:, row * size : (row + 1) * size, column * size : (column + 1) * size]
        for row in range(rows)
        for column in range(columns)
    ]


@pytest.mark.parametrize("size", [1, 2, 4, 5])
def test_patches_are_shuffled_and_stay_whole(size):
    drawn = vv.PatchShuffle(size).draw(ImageShape(3, 14, 12), root(1))
    shuffled = drawn.apply(COLOUR)
    for before, after in zip(COLOUR, shuffled, strict=True):
        expected = [patches(before, size)[number] for number in drawn.arrays["order"]]
        assert all(np.array_equal(*pair) for pair in zip(patches(after, size), expected, strict=True))
    edge = 14 // size * size
    assert np.array_equal(shuffled[:, :, edge:], COLOUR[:, :, edge:]), "what is left over stays"


def test_one_patch_is_the_image_and_seeds_draw_their_own():
    assert seen(vv.PatchShuffle(14)) is COLOUR
    assert not np.array_equal(seen(vv.PatchShuffle(2), seed=0), seen(vv.PatchShuffle(2), seed=1))
    fixed = vv.PatchShuffle(2, fixed=True)
    assert np.array_equal(seen(fixed, seed=0), seen(fixed, seed=1))


def test_a_blur_is_scipys():
    expected = gaussian_filter(COLOUR[0, 0].astype(np.float32), 1.5, mode="reflect")
    assert np.abs(seen(vv.Blur(1.5))[0, 0] - expected).max() <= 0.51
    assert np.array_equal(seen(vv.Blur(50), np.full((1, 1, 9, 9), 77, np.uint8)), np.full((1, 1, 9, 9), 77))
    assert seen(vv.Blur(0)) is COLOUR


def test_low_and_high_frequencies_are_the_image_together():
    middle = np.full((1, 1, 16, 16), 128, np.uint8) + RNG.integers(-20, 20, (1, 1, 16, 16)).astype(np.int8).view(
        np.uint8
    )
    for cutoff in (0.0, 0.2, 0.4):
        both = seen(vv.LowPass(cutoff), middle).astype(float) + seen(vv.HighPass(cutoff), middle) - 127.5
        assert np.abs(both - middle).max() <= 1.5
    assert seen(vv.LowPass(0.71), middle) is middle
    mean = seen(vv.LowPass(0), middle)
    assert np.ptp(mean) == 0
    assert abs(mean.mean() - middle.mean()) <= 0.5


def test_equalising_is_pillows():
    expected = np.asarray(ImageOps.equalize(Image.fromarray(COLOUR[1, 2])))
    assert np.array_equal(seen(vv.Equalise())[1, 2], expected)


def test_a_larger_occlusion_holds_the_smaller_one():
    white = np.full((4, 3, 20, 30), 255, np.uint8)
    white[np.arange(4), 0, 0, 0] = np.arange(4)  # other images, other places
    hidden = [seen(vv.Occlusion(share), white) == 128 for share in (0.1, 0.3, 0.6, 1.0)]
    for share, where in zip((0.1, 0.3, 0.6, 1.0), hidden, strict=True):
        assert where.mean() == pytest.approx(share, abs=0.05)
    for small, large in pairwise(hidden):
        assert (small & ~large).sum() <= small.sum() * 0.25, "but for a row or column, by rounding"
    assert seen(vv.Occlusion(0), white) is white
    assert len({where.tobytes() for where in hidden[0]}) > 1


def test_a_lower_resolution_is_pillows_and_back():
    picture = Image.fromarray(COLOUR[0, 0])
    bilinear = Image.Resampling.BILINEAR
    expected = np.asarray(picture.resize((4, 5), bilinear).resize((12, 14), bilinear))
    assert np.array_equal(seen(vv.Resolution(4))[0, 0], expected)
    assert seen(vv.Resolution(12)) is COLOUR


def test_a_chain_is_one_after_the_other():
    chain = vv.InputChain([vv.Grey(), vv.PixelPermutation(), vv.Blur(1)])
    drawn = chain.draw(ImageShape(3, 14, 12), root(0))
    assert list(drawn.arrays) == ["1 order"]
    order = drawn.arrays["1 order"]
    moved = seen(vv.Grey()).reshape(3, 3, -1)[:, :, order].reshape(COLOUR.shape)
    assert np.array_equal(drawn.apply(COLOUR), seen(vv.Blur(1), moved))
    twice = vv.InputChain([vv.PixelPermutation(), vv.PixelPermutation()]).draw(ImageShape(1, 5, 5), root(0)).arrays
    assert not np.array_equal(twice["0 order"], twice["1 order"]), "each draws from a stream of its own"


@pytest.mark.parametrize(
    "make",
    [
        lambda: vv.PatchShuffle(0),
        lambda: vv.PatchShuffle(2.5),
        lambda: vv.Blur(-1),
        lambda: vv.Blur(float("nan")),
        lambda: vv.LowPass(2),
        lambda: vv.HighPass("much"),
        lambda: vv.Occlusion(1.1),
        lambda: vv.Resolution(0),
        lambda: vv.InputChain([]),
        lambda: vv.InputChain("Grey"),
        lambda: vv.InputChain([3]),
    ],
)
def test_values_that_cannot_be_are_refused(make):
    with pytest.raises(InvalidStudy, match="can't be used"):
        make()


def test_clahe_of_one_tile_without_a_limit_is_the_share_of_darker_pixels():
    images = RNG.integers(0, 256, (3, 2, 12, 10), np.uint8)
    found = seen(vv.Clahe(tiles=1, limit=1e9), images)
    for plane, result in zip(images.reshape(-1, 120), found.reshape(-1, 120), strict=True):
        shares = (plane[:, None] >= plane).mean(1)
        assert np.abs(result - 255 * shares).max() <= 0.51


def test_clahe_brings_out_what_a_dark_corner_holds():
    """A faint pattern in one tile, beside a bright one: an even histogram of the whole leaves it faint."""
    image = np.full((1, 1, 32, 32), 200, np.uint8)
    image[..., :16, :16] = 10 + RNG.integers(0, 8, (16, 16))
    low, middle, high = (seen(vv.Clahe(2, limit), image)[0, 0, :8, :8].std() for limit in (1.0, 4.0, 99.0))
    assert low < middle < high
    assert high > 5 * image[0, 0, :8, :8].std()
    with pytest.raises(InvalidStudy, match=r"input\.tiles can't be used; got 0"):
        vv.Clahe(0)
