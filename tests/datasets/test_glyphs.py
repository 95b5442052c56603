import numpy as np
import pytest

from visavis.datasets import Glyphs, Limited
from visavis.datasets.glyphs import TEST_FONTS, TRAIN_FONTS
from visavis.describe import array_digest
from visavis.errors import InvalidStudy


def test_fonts_are_disjoint_and_the_set_says_that_it_is_synthetic():
    data = Glyphs(train_size=300, test_size=140).load()
    assert not set(TRAIN_FONTS) & set(TEST_FONTS)
    assert set(data.train.groups.tolist()) == {font.encode() for font in TRAIN_FONTS}
    assert set(data.test.groups.tolist()) == {font.encode() for font in TEST_FONTS}
    assert data.synthetic
    assert "Not NotMNIST" in data.source


def test_letters_are_balanced_distinct_and_the_same_each_time():
    data, again = Glyphs(300, 100).load(), Glyphs(300, 100).load()
    assert data.train.images.shape == (300, 1, 28, 28)
    assert data.train.images.dtype == np.uint8
    assert np.bincount(data.train.labels).tolist() == [30] * 10
    assert array_digest(data.train.images) == array_digest(again.train.images)
    assert len(np.unique(data.train.images.reshape(300, -1), axis=0)) == 300
    assert len(set(data.train.ids.tolist()) | set(data.test.ids.tolist())) == 400


def test_letters_fill_the_frame():
    images = Glyphs(200, 10).load().train.images
    ink = (images > 128).mean(axis=(1, 2, 3))
    assert ink.min() > 0.02
    assert ink.max() < 0.7


def test_a_larger_set_begins_with_the_smaller_one():
    small, large = Glyphs(100, 10).load(), Glyphs(200, 10).load()
    assert np.array_equal(small.train.images, large.train.images[:100])


def test_limited_keeps_the_shares():
    data = Limited(Glyphs(1000, 200), 100).load()
    assert np.bincount(data.train.labels).tolist() == [10] * 10
    assert np.bincount(data.test.labels).tolist() == [2] * 10
    assert "10.0% were kept" in data.split_rule
    assert data.remarks == ("limited to 100 of 1,000 training images",)
    assert Limited(Limited(Glyphs(1000, 200), 100), 20).load().remarks == (
        "limited to 100 of 1,000 training images",
        "limited to 20 of 100 training images",
    )


def test_a_limit_beyond_the_whole_keeps_the_whole():
    data = Limited(Glyphs(100, 50), 10_000).load()
    assert len(data.train) == 100
    assert data.remarks == ()


def test_a_limit_leaves_every_class_an_image():
    data = Limited(Glyphs(train_size=40, test_size=10), 5).load()
    assert np.bincount(data.train.labels).tolist() == [1] * 10
    assert np.bincount(data.test.labels).tolist() == [1] * 10


@pytest.mark.parametrize("make", [lambda: Limited(Glyphs(), 1), lambda: Glyphs(train_size=5)])
def test_too_small_is_refused(make):
    with pytest.raises(InvalidStudy, match=r"data\."):
        make()
