"""Images in WebDataset's tars and in Parquet files."""

import io
import json
import tarfile

import numpy as np
import pytest
from forms import png

from visavis.datasets import Images, ReadAs
from visavis.errors import DataError, InvalidStudy

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (24, 8, 8), np.uint8)
LABELS = np.arange(24) % 3


def tar(path, files):
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def samples(rows):
    files = {}
    for row in rows:
        files |= {f"{row:04d}.png": png(PIXELS[row]), f"{row:04d}.cls": b"%d\n" % LABELS[row], f"{row:04d}.json": b"{}"}
    return files


def images_of(data):
    return np.sort(np.concatenate([data.train.images, data.test.images]).reshape(len(PIXELS), -1), axis=0)


# WebDataset


def test_a_tar_of_samples(tmp_path):
    data = Images(tar(tmp_path / "set.tar.gz", samples(range(24)))).load()
    assert data.classes == ("0", "1", "2")
    assert np.array_equal(images_of(data), np.sort(PIXELS.reshape(24, -1), axis=0))
    assert data.notes == ("1 shard of WebDataset.",)


def test_shards_say_their_part(tmp_path):
    for name, rows in {"x-train-000": range(12), "x-train-001": range(12, 18), "x-test-000": range(18, 24)}.items():
        tar(tmp_path / f"{name}.tar", samples(rows))
    data = Images(tmp_path).load()
    assert (len(data.train), len(data.test)) == (18, 6)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({**samples(range(6)), "9.png": png(PIXELS[9])}, r"has no class; got '9\.png'; expected 9\.cls"),
        ({**samples(range(6)), "0000.cls": b""}, "names no class"),
        ({**samples(range(6)), "0000.cls": b"x" * 999}, "names no class"),
    ],
)
def test_samples_without_a_class_are_refused(files, message, tmp_path):
    with pytest.raises(DataError, match=message):
        Images(tar(tmp_path / "set.tar", files)).load()


# Parquet


def written(path, rows=slice(None), names=None, **columns):
    images = [{"bytes": png(pixels), "path": None} for pixels in PIXELS[rows]]
    table = pyarrow.table({"image": images, "label": LABELS[rows], **columns})
    if names:
        features = {"label": {"names": names, "_type": "ClassLabel"}}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, path, row_group_size=5)
    return path


def test_a_file_with_images(tmp_path):
    data = Images(written(tmp_path / "set.parquet", names=["c", "b", "a"], age=np.arange(24))).load()
    assert data.classes == ("a", "b", "c")
    assert np.array_equal(images_of(data), np.sort(PIXELS.reshape(24, -1), axis=0))
    assert data.notes == ("1 Parquet file: images by 'image', classes by 'label'.", "Columns not used: age.")


def test_shards_in_the_folders_of_a_hub(tmp_path):
    for name, rows in {
        "train-00000-of-00002": slice(0, 9),
        "train-00001-of-00002": slice(9, 18),
        "test-0": slice(18, 24),
    }.items():
        written(tmp_path / "data" / f"{name}.parquet", rows)
    (tmp_path / "README.md").write_text("x")
    data = Images(tmp_path).load()
    assert (len(data.train), len(data.test)) == (18, 6)
    assert np.array_equal(data.test.labels, LABELS[18:][np.argsort(LABELS[18:], kind="stable")])


def test_a_column_for_each_class(tmp_path):
    images = [{"bytes": png(pixels), "path": None} for pixels in PIXELS]
    table = pyarrow.table(
        {"image": images, **{name: (label == LABELS).astype(int) for label, name in enumerate("abc")}}
    )
    parquet.write_table(table, tmp_path / "set.parquet")
    data = Images(tmp_path / "set.parquet").load()
    assert data.classes == ("a", "b", "c")
    assert data.notes == ("1 Parquet file: images by 'image', classes by the 3 columns of one class each.",)


def test_a_missing_shard_is_named(tmp_path):
    written(tmp_path / "train-00000-of-00002.parquet")
    with pytest.raises(DataError, match=r"a shard is missing; got 1 of 2 .* expected train-00001-of-00002"):
        Images(tmp_path).load()


def test_a_test_part_without_classes_is_passed_over(tmp_path):
    parts = {"train-0": (LABELS[:12], slice(0, 12)), "validation-0": (LABELS[12:18], slice(12, 18))}
    parts["test-0"] = (np.full(6, -1), slice(18, 24))
    for name, (labels, rows) in parts.items():
        images = [{"bytes": png(pixels), "path": None} for pixels in PIXELS[rows]]
        parquet.write_table(pyarrow.table({"image": images, "label": labels}), tmp_path / f"{name}.parquet")
    data = Images(tmp_path).load()
    assert (data.classes, len(data.train), len(data.test)) == (("0", "1", "2"), 12, 6)
    assert "6 test rows without a class passed over" in data.notes[-1]


@pytest.mark.parametrize("labels", [[None, *LABELS[1:].tolist()], [[0, 1]] * 24])
def test_no_label_or_several_are_refused(labels, tmp_path):
    images = [{"bytes": png(pixels), "path": None} for pixels in PIXELS]
    parquet.write_table(pyarrow.table({"image": images, "label": labels}), tmp_path / "set.parquet")
    with pytest.raises(DataError, match=r"without a class|a list for a label"):
        Images(tmp_path / "set.parquet").load()


def test_groups_and_binary_columns(tmp_path):
    table = pyarrow.table(
        {"picture": [png(one) for one in PIXELS], "class": LABELS, "patient": [f"p{n // 4}" for n in range(24)]}
    )
    parquet.write_table(table, tmp_path / "set.parquet")
    data = Images(tmp_path / "set.parquet").load()
    assert "No group in both parts" in data.split_rule
    assert not set(data.train.groups) & set(data.test.groups)


def test_paths_in_a_table_of_parquet(tmp_path):
    names = [f"{row}.png" for row in range(24)]
    for name, pixels in zip(names, PIXELS, strict=True):
        (tmp_path / name).write_bytes(png(pixels))
    parquet.write_table(pyarrow.table({"file_name": names, "label": LABELS}), tmp_path / "metadata.parquet")
    assert len(Images(tmp_path / "metadata.parquet").load().train) + 6 == 24 - 0
    assert Images(tmp_path).load().classes == ("0", "1", "2")


def test_a_stray_table_beside_class_folders_is_none(tmp_path):
    for row, label in enumerate("abab"):
        (tmp_path / label).mkdir(exist_ok=True)
        (tmp_path / label / f"{row}.png").write_bytes(png(PIXELS[row]))
    written(tmp_path / "features.parquet")
    assert Images(tmp_path).load().classes == ("a", "b")


def test_a_damaged_file_is_refused(tmp_path):
    path = written(tmp_path / "set.parquet")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match="can't be read"):
        Images(path).load()


def test_an_image_that_is_none_is_left_out(tmp_path):
    images = [{"bytes": png(one), "path": None} for one in PIXELS]
    images[3]["bytes"] = b"no image"
    images[4] = None
    parquet.write_table(pyarrow.table({"image": images, "label": LABELS}), tmp_path / "set.parquet")
    data = Images(tmp_path / "set.parquet").load()
    assert [(one.name, one.reason) for one in data.left_out] == [
        ("set.parquet: row 3", "not an image in a known format"),
        ("set.parquet: row 4", "empty file (0 bytes)"),
    ]


def test_a_label_column_is_asked_for(tmp_path):
    with pytest.raises(DataError, match="--label-column"):
        Images(written(tmp_path / "set.parquet", **{"class": LABELS})).load()
    path = written(tmp_path / "set.parquet", **{"class": ["x", "y"] * 12})
    assert Images(path, read_as=ReadAs(label_column="class")).load().classes == ("x", "y")
    with pytest.raises(InvalidStudy, match="for a Parquet file"):
        Images(path, read_as=ReadAs(layout="class")).load()
