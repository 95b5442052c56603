import json
from time import perf_counter

import msgspec
import numpy as np
import pytest
from PIL import Image

from visavis import datasets
from visavis.audit import Audit, NearDuplicates, NotLookedFor, Picture, Problem, audit, draw_sheet
from visavis.data import ImageData, LeftOut, Split
from visavis.datasets import Glyphs, Images

SIDE = 24


def scene(number: int, channels: int = 1, side: int = SIDE) -> np.ndarray:
    """A picture of soft blobs, unlike any other number's: uint8 [c, h, w]."""
    generator = np.random.default_rng(number)
    coarse = generator.integers(40, 200, (channels, 5, 5), dtype=np.uint8)
    planes = [Image.fromarray(plane).resize((side, side), Image.Resampling.BICUBIC) for plane in coarse]
    return np.stack([np.asarray(plane) for plane in planes])


def part(name: str, images: list[np.ndarray], labels: list[int]) -> Split:
    ids = np.array([f"{name}/{row:03d}".encode() for row in range(len(images))])
    return Split(np.stack(images), np.array(labels, np.int64), ids, np.zeros(len(images), "S1"))


def data(
    train: dict[int, list[np.ndarray]], test: dict[int, list[np.ndarray]], classes=("a", "b"), **more
) -> ImageData:
    """Pictures by label in the two parts."""
    parts = [
        part(name, [one for label in given for one in given[label]], [label for label in given for _ in given[label]])
        for name, given in (("train", train), ("test", test))
    ]
    return ImageData("made up", "Made up.", "As given.", tuple(classes), *parts, **more)


def clean(**more) -> ImageData:
    return data({0: [scene(1), scene(2)], 1: [scene(3), scene(4)]}, {0: [scene(5)], 1: [scene(6)]}, **more)


def darker(image: np.ndarray) -> np.ndarray:
    """With less contrast and brightness, and a mark in a corner."""
    changed = (image * 0.7).astype(np.uint8)
    changed[:, :2, :2] += 30
    return changed


def test_a_clean_set_has_no_findings():
    found = audit(clean())
    assert found.audit.problems == ()
    assert found.audit.identical.groups == found.audit.identical.images == 0
    assert found.audit.identical.examples == ()
    assert found.audit.near == NearDuplicates(0, 0, 0, 0, ())
    assert found.audit.constant == found.audit.unreadable == found.audit.originals == ()
    assert len(found.twins) == 0
    assert found.pictures.shape == (0, 2, 1, SIDE, SIDE)


def test_identical_images_are_found_within_and_across_parts():
    one, two, three = scene(1), scene(2), scene(3)
    train = {0: [one, one, two, scene(7)], 1: [three]}
    test = {0: [three, scene(8)], 1: [two, two, scene(9)]}
    found = audit(data(train, test))
    identical = found.audit.identical
    assert (identical.groups, identical.images) == (3, 7)
    assert identical.across == 2
    assert identical.conflicting == 2
    assert identical.test_images == 3
    assert sorted(found.twins.tolist()) == [b"test/000", b"test/002", b"test/003"]
    assert {picture.part for picture in identical.examples[0]} == {"train", "test"}
    assert identical.examples[2] == (Picture("train", "a", "train/000"), Picture("train", "a", "train/001"))
    assert found.audit.near == NearDuplicates(0, 0, 0, 0, ())  # they aren't listed again
    assert found.audit.problems == (
        Problem("test images with an identical twin in train", 3),
        Problem("groups of identical images with conflicting labels", 2),
    )


def test_twins_within_the_test_part_are_no_leak():
    found = audit(data({0: [scene(1)], 1: [scene(2)]}, {0: [scene(3), scene(3)], 1: [scene(4)]}))
    assert (found.audit.identical.groups, found.audit.identical.across) == (1, 0)
    assert len(found.twins) == 0
    assert found.audit.problems == ()


def test_one_pixel_makes_another_image():
    other = scene(1)
    other[0, 0, 0] ^= 1
    found = audit(data({0: [scene(1)], 1: [scene(2)]}, {0: [other], 1: [scene(3)]})).audit
    assert found.identical.groups == 0
    assert isinstance(found.near, NearDuplicates)
    assert found.near.pairs == 1


@pytest.mark.parametrize("channels", [1, 3])
def test_near_duplicates_are_found_whatever_their_contrast(channels):
    a, b, c = (scene(number, channels) for number in (1, 2, 3))
    train = {0: [a, scene(11, channels)], 1: [b, c, darker(c)]}
    test = {0: [darker(b), scene(12, channels)], 1: [darker(a)]}
    found = audit(data(train, test))
    near = found.audit.near
    assert isinstance(near, NearDuplicates)
    assert (near.pairs, near.across, near.conflicting, near.test_images) == (3, 2, 2, 2)
    assert [(pair.first.id, pair.second.id) for pair in near.examples[2:]] == [("train/003", "train/004")]
    assert {pair.first.id for pair in near.examples[:2]} == {"train/000", "train/002"}
    assert all(pair.distance <= 10 and 0.95 <= pair.correlation < 1 for pair in near.examples)
    assert found.pictures.shape == (3, 2, channels, SIDE, SIDE)
    assert np.array_equal(found.pictures[2], [c, darker(c)])
    assert found.audit.identical.groups == 0
    assert found.audit.problems == (Problem("near-duplicate pairs across train and test", 2),)


@pytest.mark.parametrize(
    ("what", "one"),
    [
        ("near-duplicate pairs across train and test", "1 near-duplicate pair across train and test"),
        ("test images with an identical twin in train", "1 test image with an identical twin in train"),
        ("groups of identical images", "1 group of identical images"),
    ],
)
def test_one_problem_is_told_in_the_singular(what, one):
    assert str(Problem(what, 1)) == one
    assert str(Problem(what, 2000)) == f"2,000 {what}"


def test_a_like_hash_alone_makes_no_pair():
    """Fine detail of another kind, which a hash of 8 x 8 frequencies passes over."""
    base = scene(1).astype(int)
    rows, columns = np.indices((SIDE, SIDE))
    fine = [np.clip(base + 55 * sign * ((rows + columns) % 2 * 2 - 1), 0, 255).astype(np.uint8) for sign in (1, -1)]
    found = audit(data({0: [fine[0]], 1: [scene(2)]}, {0: [fine[1]], 1: [scene(3)]})).audit
    assert isinstance(found.near, NearDuplicates)
    assert found.near.pairs == 0


def test_an_image_stands_in_one_example_only():
    copies = [scene(1).copy() for _ in range(5)]
    for row, image in enumerate(copies):
        image[0, 0, row] ^= 4
    found = audit(data({0: copies, 1: [scene(2)]}, {0: [scene(3)], 1: [scene(4)]})).audit.near
    assert isinstance(found, NearDuplicates)
    assert found.pairs == 10
    shown = [picture.id for pair in found.examples for picture in (pair.first, pair.second)]
    assert len(shown) == len(set(shown)) == 4


def test_beyond_a_limit_near_duplicates_are_not_looked_for(monkeypatch):
    monkeypatch.setattr("visavis.audit.near.MOST_IMAGES", 5)
    found = audit(clean())
    assert found.audit.near == NotLookedFor("images", 6, 5)
    assert found.pictures.shape == (0, 2, 1, SIDE, SIDE)
    assert msgspec.convert(json.loads(json.dumps(found.audit.to_plain())), Audit) == found.audit


def test_beyond_a_number_of_candidates_near_duplicates_are_not_looked_for(monkeypatch):
    monkeypatch.setattr("visavis.audit.near.MOST_CANDIDATES", 2)
    copies = [np.roll(scene(1), shift, axis=2) for shift in range(4)]
    monkeypatch.setattr("visavis.audit.near.DISTANCE", 64)
    found = audit(data({0: copies, 1: [scene(2)]}, {0: [scene(3)], 1: [scene(4)]})).audit.near
    assert isinstance(found, NotLookedFor)
    assert (found.unit, found.limit) == ("pairs with similar hashes", 2)
    assert found.count > 2


def test_constant_images_are_named_and_are_nobodys_near_duplicates():
    grey, black = np.full((3, SIDE, SIDE), 7, np.uint8), np.zeros((3, SIDE, SIDE), np.uint8)
    colour = np.stack([np.full((SIDE, SIDE), level, np.uint8) for level in (1, 2, 3)])
    train = {0: [grey, scene(1, 3)], 1: [colour, scene(2, 3)]}
    found = audit(data(train, {0: [black, scene(3, 3)], 1: [scene(4, 3)]})).audit
    assert [picture.id for picture in found.constant] == ["train/000", "train/002", "test/000"]
    assert found.constant[2] == Picture("test", "a", "test/000")
    assert isinstance(found.near, NearDuplicates)
    assert found.near.pairs == 0
    assert found.problems == (Problem("constant images", 3),)


def test_supports_imbalance_and_missing_classes():
    train = {0: [scene(n) for n in range(6)], 1: [scene(6), scene(7)]}
    found = audit(data(train, {1: [scene(8)]}, classes=("a", "b", "c"))).audit
    assert [(one.name, one.train, one.test) for one in found.classes] == [("a", 6, 0), ("b", 2, 1), ("c", 0, 0)]
    assert found.imbalance == (3.0, 1.0)
    assert found.empty_classes == (("c",), ("a", "c"))


def test_unreadable_files_are_trouble_and_originals_are_not():
    left_out = (LeftOut("a/x.png", "empty file (0 bytes)"),)
    originals = (("24 x 24, L", 5), ("9 x 7, RGB", 1))
    found = audit(clean(left_out=left_out, originals=originals)).audit
    assert (found.unreadable, found.originals) == (left_out, originals)
    assert found.problems == (Problem("unreadable files", 1),)


def test_an_audit_reads_back_from_json():
    left_out = (LeftOut("a/x.png", "empty file (0 bytes)"),)
    train = {0: [scene(1), scene(1), np.zeros_like(scene(1))], 1: [scene(2)]}
    found = audit(data(train, {0: [darker(scene(2))], 1: [scene(4)]}, left_out=left_out, originals=(("x", 1),))).audit
    assert msgspec.convert(json.loads(json.dumps(found.to_plain(), allow_nan=False)), Audit) == found
    assert len(found.problems) == 3


def test_memory_mapped_images_are_read_in_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr("visavis.arrays.SLICE", 3 * SIDE * SIDE)
    images = [scene(number) for number in range(10, 20)]
    images[7] = images[2]
    np.save(tmp_path / "images.npy", np.stack(images))
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    whole = part("train", images, [0, 1] * 5)
    given = ImageData("m", "", "", ("a", "b"), Split(mapped, whole.labels, whole.ids, whole.groups), clean().test)
    found = audit(given).audit
    assert (found.identical.groups, found.identical.conflicting) == (1, 1)


def test_ids_that_are_no_text_are_shown_as_far_as_they_can_be_read():
    strange = clean()
    strange.train.images[0] = 0
    strange.train.ids[0] = b"caf\xe9"
    assert audit(strange).audit.constant[0].id == "caf\N{REPLACEMENT CHARACTER}"


def test_a_sheet_shows_pairs_side_by_side():
    pairs = np.zeros((4, 2, 3, 10, 20), np.uint8)
    pairs[3, 1, 0] = 200
    sheet = draw_sheet(pairs)
    assert sheet.mode == "RGB"
    assert sheet.size == (3 * (2 * 80 + 12) + 12, 2 * (40 + 12) + 12)  # 20 pixels wide, enlarged 4 times
    assert sheet.getpixel((12 + 80, 12 + 40 + 12)) == (200, 0, 0)
    assert sheet.getpixel((12 + 79, 12 + 40 + 12)) == (0, 0, 0)
    assert draw_sheet(pairs[:1, :, :1]).mode == "L"


def test_glyphs_have_no_twins():
    found = audit(Glyphs(train_size=300, test_size=100).load()).audit
    assert found.identical.groups == 0
    assert found.constant == found.originals == ()


@pytest.mark.slow
def test_fer2013(real_data):
    loaded = Images(real_data / "fer2013.zip").load()
    start = perf_counter()
    found = audit(loaded)
    seconds = perf_counter() - start
    identical = found.audit.identical
    assert (identical.groups, identical.test_images, identical.conflicting) == (1516, 568, 57)
    assert len(found.twins) == 568
    assert set(found.twins.tolist()) <= set(loaded.test.ids.tolist())
    assert found.audit.originals == (("48 x 48, L", 35_887),)
    assert [one.test for one in found.audit.classes] == [958, 111, 1024, 1774, 1233, 1247, 831]
    assert isinstance(found.audit.near, NearDuplicates)
    assert found.audit.near.pairs == pytest.approx(2019, rel=0.01)
    assert found.audit.near.across == pytest.approx(637, rel=0.01)
    assert found.pictures.shape == (12, 2, 1, 48, 48)
    assert seconds < 30


@pytest.mark.parametrize(("name", "unreadable"), [("notmnist/notMNIST_10k.tar.gz", 2), ("notmnist", 0)])
def test_notmnist(real_data, name, unreadable):
    found = audit(datasets.open(str(real_data / name)).load()).audit
    identical = found.identical
    assert identical.images - identical.groups == 10_000 - 9_804
    assert identical.conflicting == 0
    assert len(found.unreadable) == unreadable
    assert found.originals == (("28 x 28, L", 10_000),)
    assert isinstance(found.near, NearDuplicates)
    assert found.near.pairs > 1000
