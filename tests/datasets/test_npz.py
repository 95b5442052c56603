"""Images and labels as arrays of an npz file."""

import io
import zipfile

import numpy as np
import pytest

from visavis.datasets import Images, ReadAs
from visavis.errors import DataError, InvalidStudy

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (30, 8, 9), np.uint8)
COLOUR = RNG.integers(0, 256, (30, 8, 9, 3), np.uint8)
LABELS = np.arange(30) % 3


def saved(folder, **arrays):
    np.savez_compressed(folder / "set.npz", **arrays)
    return folder / "set.npz"


def test_medmnist_has_its_parts(tmp_path):
    parts = {"train": slice(0, 18), "val": slice(18, 24), "test": slice(24, 30)}
    arrays = {f"{part}_images": GREY[rows] for part, rows in parts.items()}
    arrays |= {f"{part}_labels": LABELS[rows, None] for part, rows in parts.items()}
    data = Images(saved(tmp_path, **arrays)).load()
    assert (len(data.train), len(data.test), data.classes) == (18, 6, ("0", "1", "2"))
    assert np.array_equal(data.train.images[:, 0], GREY[:18])
    assert np.array_equal(data.test.labels, LABELS[24:])
    assert "validation part (6 images) is kept aside" in data.split_rule
    assert "train_images and train_labels" in data.notes[0]


def test_keras_and_plain_names(tmp_path):
    data = Images(saved(tmp_path, x_train=GREY[:20], y_train=LABELS[:20], x_test=GREY[20:], y_test=LABELS[20:])).load()
    assert (len(data.train), len(data.test)) == (20, 10)
    plain = Images(
        saved(tmp_path, images=COLOUR, labels=LABELS.astype(str), weights=np.ones(3)), test_fraction=0.3
    ).load()
    assert (len(plain.train), len(plain.test), plain.shape.channels) == (21, 9, 3)
    assert "Arrays not used: weights." in plain.notes


def test_names_of_classes_and_labels_of_one_one_each(tmp_path):
    names = np.array(["ten", "nine", "one"])
    for labels in (LABELS, np.eye(3)[LABELS], np.eye(3, dtype=bool)[LABELS]):
        data = Images(saved(tmp_path, images=GREY, labels=labels, class_names=names)).load()
        assert data.classes == ("ten", "nine", "one")
        assert Images(saved(tmp_path, images=GREY, labels=labels)).load().classes == ("0", "1", "2")


def test_a_form_is_that_of_files(tmp_path):
    grey = np.repeat(GREY[..., None], 3, axis=3)
    assert Images(saved(tmp_path, images=grey, labels=LABELS)).load().shape.channels == 1
    assert Images(saved(tmp_path, images=GREY, labels=LABELS), channels=3).load().shape.channels == 3
    assert Images(saved(tmp_path, images=COLOUR, labels=LABELS), channels=1).load().shape.channels == 1
    resized = Images(saved(tmp_path, images=COLOUR, labels=LABELS), read_as=ReadAs(decode_size=4)).load()
    assert (resized.shape.height, resized.shape.width) == (4, 4)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": GREY}, "no pairs of images and labels; got 'images'"),
        ({"a": GREY, "b": LABELS}, "no pairs"),
        ({"images": GREY / 255, "labels": LABELS}, "holds no images; got float64"),
        ({"images": GREY[:, 0], "labels": LABELS}, "holds no images; got uint8"),
        ({"images": GREY, "labels": LABELS[:7]}, "don't match; got 30 images, 7 labels"),
        ({"images": GREY, "labels": np.zeros(30, int)}, "one class only"),
        ({"images": GREY, "labels": RNG.random(30)}, "aren't one class for each image"),
        ({"images": GREY, "labels": np.ones((30, 3))}, "aren't one class for each image"),
        ({"images": GREY, "image": GREY, "labels": LABELS}, "could be the same"),
        ({"train_images": GREY, "train_labels": LABELS, "test_images": GREY}, "no pairs"),
        ({"images": GREY, "labels": np.array([None, 1, 2] * 10, object)}, r"Python objects.* labels\.astype\(str\)"),
        ({"images": COLOUR.transpose(0, 3, 1, 2), "labels": LABELS}, r"images\.transpose\(0, 2, 3, 1\)"),
        ({"images": GREY / np.float32(255), "labels": LABELS}, r"\(255 \* images\)"),
        ({"train_images": GREY, "train_labels": LABELS, "test_images": COLOUR, "test_labels": LABELS}, "mixed shapes"),
    ],
)
def test_what_cannot_be_read_is_refused(arrays, message, tmp_path):
    with pytest.raises(DataError, match=message):
        Images(saved(tmp_path, **arrays)).load()


def test_a_head_that_says_more_than_there_is_is_refused(tmp_path):
    out = io.BytesIO()
    np.save(out, GREY)
    head = out.getvalue().replace(b"(30, 8, 9)", b"(1<<9, 8,)"[:10])
    large = out.getvalue().replace(b"(30, 8, 9), ", b"(99999999,9)")
    for content in (head, large, out.getvalue()[:-5], b"", b"no array"):
        with zipfile.ZipFile(tmp_path / "set.npz", "w") as archive:
            archive.writestr("images.npy", content)
            archive.writestr("labels.npy", out.getvalue())
        with pytest.raises(DataError):
            Images(tmp_path / "set.npz").load()


def test_what_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("visavis.datasets.reading.files.members.FREE_BYTES", 1000)
    with pytest.raises(DataError, match="unpacks to far more"):
        Images(saved(tmp_path, images=np.zeros((30, 99, 99), np.uint8), labels=LABELS)).load()


def test_columns_mean_nothing_for_arrays(tmp_path):
    with pytest.raises(InvalidStudy, match="for an npz file"):
        Images(saved(tmp_path, images=GREY, labels=LABELS), read_as=ReadAs(label_column="x")).load()
