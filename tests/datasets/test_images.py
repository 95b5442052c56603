import csv
import io

import numpy as np
import pytest
from forms import is_mapped, letters, png, write_folder, write_zip
from PIL import Image

import visavis as vv
from visavis import arrays, datasets
from visavis.datasets import Images, Limited, ReadAs, TorchvisionData
from visavis.datasets.reading.collection import commonest
from visavis.datasets.reading.files.archives import listing
from visavis.errors import DataError, InvalidStudy


def pictures(parts=("train", "test"), classes="ab", each=4, side=6, colour=False):
    generator = np.random.default_rng(0)
    shape = (side, side, 3) if colour else (side, side)
    return {
        f"{part}/{label}/{number}.png": png(generator.integers(0, 256, shape, dtype=np.uint8))
        for part in parts
        for label in classes
        for number in range(each)
    }


def test_class_folders_in_parts(tmp_path):
    data = Images(write_folder(tmp_path / "images", pictures())).load()
    assert (len(data.train), len(data.test)) == (8, 8)
    assert data.shape == vv.ImageShape(1, 6, 6)
    assert data.classes == ("a", "b")
    assert data.split_rule == "As given by the source."


def test_class_folders_without_parts_are_split(tmp_path):
    data = Images(write_zip(tmp_path / "images.zip", letters()), test_fraction=0.3).load()
    assert (len(data.train), len(data.test)) == (21, 9)
    assert "30% for test" in data.split_rule


def test_one_coloured_image_gives_colours_to_all(tmp_path):
    files = pictures() | {"train/b/9.png": png(np.full((6, 6, 3), (9, 8, 7), np.uint8))}
    data = Images(write_folder(tmp_path / "images", files)).load()
    assert data.shape.channels == 3
    row = data.train.ids.tolist().index(b"train/b/9.png")
    assert data.train.images[row, :, 0, 0].tolist() == [9, 8, 7]
    grey = Images(tmp_path / "images", channels=1).load()
    assert grey.shape.channels == 1
    assert np.array_equal(data.train.images[:row].max(1), grey.train.images[:row, 0])


def test_mixed_sizes_are_brought_to_one(tmp_path):
    files = pictures() | {"train/a/arrays.png": png(np.zeros((9, 12), np.uint8))}
    path = write_folder(tmp_path / "images", files)
    data = Images(path, size=(8, 8)).load()
    assert data.shape == vv.ImageShape(1, 8, 8)
    assert "each brought to 8 x 8 pixels (crop)" in data.source
    assert data.notes == ()
    usual = Images(path, read_as=ReadAs(fit="pad")).load()
    assert usual.shape == vv.ImageShape(1, 6, 6)  # the median of the shorter sides
    assert usual.fit == "pad"
    assert "Sizes differ: every image is brought to 6 x 6 pixels (pad)" in usual.notes[0]


def test_a_limit_keeps_the_shares_of_the_classes(tmp_path):
    files = pictures(each=40) | {f"train/a/more{n}.png": png(np.zeros((6, 6), np.uint8)) for n in range(40)}
    data = Limited(Images(write_folder(tmp_path / "images", files)), 60).load()
    assert np.bincount(data.train.labels).tolist() == [40, 20]
    assert np.bincount(data.test.labels).tolist() == [20, 20]


def manifest(folder, rows, head="path,label,split"):
    path = folder / "manifest.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    return path


def test_a_manifest_names_files_labels_and_parts(tmp_path):
    write_folder(tmp_path, pictures())
    rows = [
        f"{part}/{label}/{n}.png,{label.upper()},{part}"
        for part in ("train", "test")
        for label in "ab"
        for n in range(4)
    ]
    data = Images(manifest(tmp_path, rows)).load()
    assert data.classes == ("A", "B")
    assert (len(data.train), len(data.test)) == (8, 8)
    folders = Images(tmp_path / "train").load()
    assert np.array_equal(
        np.sort(data.train.images.sum((1, 2, 3))),
        np.sort(np.concatenate([folders.train.images, folders.test.images]).sum((1, 2, 3))),
    )
    without = [",".join(row.split(",")[:2]) for row in rows]
    assert len(Images(manifest(tmp_path, without, "Filename,Class")).load().test) == 8  # as their folders say


def test_links_are_followed_and_unreadable_folders_refused(tmp_path, monkeypatch):
    write_folder(tmp_path / "away", {name: one for name, one in pictures().items() if name.startswith("test/")})
    write_folder(tmp_path / "images", {name: one for name, one in pictures().items() if name.startswith("train/")})
    (tmp_path / "images" / "test").symlink_to(tmp_path / "away" / "test")
    (tmp_path / "images" / "train" / "loop").symlink_to(tmp_path / "images")
    data = Images(tmp_path / "images").load()
    assert (len(data.train), len(data.test)) == (8, 8)
    monkeypatch.setattr("os.scandir", lambda path: (_ for _ in ()).throw(PermissionError(13, "no", str(path))))
    with pytest.raises(DataError, match="can't be read; got no"):
        listing(tmp_path / "images")


def test_a_manifest_names_each_file_once(tmp_path):
    write_folder(tmp_path, pictures(parts=("train",)))
    with pytest.raises(DataError, match=r"line 3 of .* for the second time, .*; got \./train/a/0\.png: 'b' after 'a'"):
        Images(manifest(tmp_path, ["train/a/0.png,a", "./train/a/0.png,b"], "path,label")).load()


def test_altered_labels_in_the_cache_are_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    path = write_folder(tmp_path / "images", pictures())
    expected = Images(path).load().train.labels
    (table,) = (tmp_path / "cache").rglob("table.npz")
    with np.load(table) as arrays:
        altered = {**arrays, "labels": arrays["labels"][::-1]}
    np.savez(table, **altered)
    assert np.array_equal(Images(path).load().train.labels, expected)
    table.write_bytes(table.read_bytes()[:50])
    assert np.array_equal(Images(path).load().train.labels, expected)


def test_a_manifest_lists_what_is_missing(tmp_path):
    write_folder(tmp_path, pictures(parts=("train",)))
    rows = [f"train/{label}/{n}.png,{label}" for label in "ab" for n in range(4)]
    data = Images(manifest(tmp_path, [*rows, "nowhere.png,a"], "path,label")).load()
    assert [(left.name, left.reason) for left in data.left_out] == [("nowhere.png", "No such file or directory")]


@pytest.mark.parametrize(
    ("rows", "head", "message"),
    [
        (["../secret.png,a,train"], "path,label,split", "leads out of its folder"),
        (["/etc/passwd,a,train"], "path,label,split", "leads out of its folder"),
        (["x.png,a,sometimes"], "path,label,split", "line 2 .* unknown split; got 'sometimes'"),
        ([",a,train"], "path,label,split", "line 2 .* names no file or no label"),
        (["x.png"], "nothing", "no column of that name; got 'nothing'; .* path or filepath .*: --path-column NAME"),
        ([], "", "has no column of that name"),
        (
            ["b/2.png,b"],
            "a/1.png,a",
            r"the first line of .* names a file, not columns; .*put a line above it: path,label",
        ),
    ],
)
def test_manifests_that_cannot_be_used(rows, head, message, tmp_path):
    with pytest.raises(DataError, match=message):
        Images(manifest(tmp_path, rows, head)).load()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "has no row with a label; got the columns' names only; .*expected one row for each image, .*"),
        (
            ["1.png,cat", "2.png,cat", "3.png,dog", "train/a/0.png,bird"],
            "class 'cat' of .* is empty; got 2 files, none readable; expected at least one readable image .*",
        ),
        (["train/a/0.png,cat"], "has one class only; got 'cat'; .*"),
        (["1.png,cat"], "none of the 1 files is there .* got .*1.png.*; name their .* with --images DIR"),
    ],
)
def test_a_manifest_without_images_of_a_class_is_refused_in_its_own_words(tmp_path, rows, message):
    write_folder(tmp_path, pictures(parts=("train",), each=1))
    with pytest.raises(DataError, match=message) as refusal:
        Images(manifest(tmp_path, rows, "path,label")).load()
    words = str(refusal.value).replace(str(tmp_path), "")
    assert "class folder" not in words


def test_the_unreadable_files_of_a_class_are_those_of_its_folder_alone(tmp_path):
    files = {"A/1.png": b"", "BA/1.png": b"", "BA/A.png": b"", "BA/2.png": png(np.zeros((6, 6), np.uint8))}
    with pytest.raises(DataError, match=r"class 'A' of .* is empty; got 1 files, none .* fill the folder or remove it"):
        Images(write_folder(tmp_path / "images", files)).load()


def fer(folder, rows=70, head=("emotion", "pixels", "Usage"), broken=()):
    generator = np.random.default_rng(1)
    images = generator.integers(0, 256, (rows, 48 * 48))
    path = folder / "fer2013.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        for row in range(rows):
            usage = ("Training", "Training", "PublicTest", "PrivateTest", "PrivateTest")[row // 7 % 5]
            values = {"emotion": row % 7, "pixels": " ".join(map(str, images[row])), "usage": usage}
            writer.writerow([values[name.strip().lower()] for name in head])
        writer.writerows(broken)
    return path, images


@pytest.mark.parametrize("head", [("emotion", "pixels", "Usage"), ("emotion", " Usage", " pixels")])
def test_kaggles_fer2013(tmp_path, head):
    path, images = fer(tmp_path, head=head)
    data = Images(path).load()
    assert data.classes == ("angry", "disgusted", "fearful", "happy", "neutral", "sad", "surprised")
    assert (len(data.train), len(data.test)) == (28, 42)
    assert data.shape == vv.ImageShape(1, 48, 48)
    assert data.originals == (("48 x 48, L", 70),)
    row = data.train.ids.tolist().index(b"train/sad/Training_00004")
    assert np.array_equal(data.train.images[row].ravel(), images[4])
    assert data.classes[data.train.labels[row]] == "sad"


@pytest.mark.parametrize(("part", "count"), [("both", 42), ("public", 14), ("private", 28)])
def test_the_choice_of_the_test_part(tmp_path, part, count):
    data = Images(fer(tmp_path)[0], test_part=part).load()
    assert len(data.test) == count
    assert (part in data.split_rule) == (part != "both")


def test_a_test_part_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="has no private test part"):
        Images(write_folder(tmp_path / "images", pictures()), test_part="private").load()


def test_rows_of_fer2013_that_cannot_be_read_are_named(tmp_path):
    broken = [
        [-1, "0 " * 2304, "Training"],
        [9, "0 " * 2304, "Training"],
        [1, "0 1 2", "Training"],
        [1, "x " * 2304, "Training"],
    ]
    data = Images(fer(tmp_path, broken=broken)[0]).load()
    assert len(data.left_out) == 4
    assert "3 pixels instead of 2304" in data.left_out[2].reason


def test_an_unknown_part_of_fer2013_is_refused(tmp_path):
    with pytest.raises(DataError, match="unknown Usage; got 'Now'; expected Training, PublicTest, PrivateTest"):
        Images(fer(tmp_path, broken=[[1, "0 " * 2304, "Now"]])[0]).load()


def test_fer2013_takes_a_form_like_any_images(tmp_path):
    data = Images(fer(tmp_path)[0], size=(24, 32), channels=3).load()
    assert data.shape == vv.ImageShape(3, 24, 32)


def test_a_large_set_stays_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "IN_MEMORY", 100)
    data = Images(write_folder(tmp_path / "images", pictures())).load()
    for part in (data.train, data.test):
        assert is_mapped(part.images)
        assert part.images.flags.writeable


def test_torchvisions_data_sets_where_they_are_on_disk(tmp_path):
    import gzip
    import struct

    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    generator = np.random.default_rng(0)
    for part, count in (("train", 40), ("t10k", 20)):
        images, labels = (
            generator.integers(0, 256, (count, 28, 28), dtype=np.uint8),
            (np.arange(count) % 10).astype(np.uint8),
        )
        for name, array in ((f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)):
            content = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()
            (raw / name).write_bytes(content)
            (raw / f"{name}.gz").write_bytes(gzip.compress(content))
    source = datasets.open(f"torchvision:MNIST:{tmp_path}")
    assert source == TorchvisionData("MNIST", tmp_path)
    data = source.load()
    assert (len(data.train), len(data.test)) == (40, 20)
    assert data.shape == vv.ImageShape(1, 28, 28)
    assert data.classes[0] == "0 - zero"
    assert data.name == "torchvision MNIST"
    assert data.originals == (("28 x 28, L", 60),)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("torchvision:CIFAR10:FOLDER", "CIFAR10 can't be read in .*download=True"),
        ("torchvision:Nothing:FOLDER", "torchvision has no data set 'Nothing'"),
        ("torchvision:FakeData:FOLDER", "torchvision has no data set 'FakeData' with a training and a test part"),
    ],
)
def test_torchvision_data_that_are_not_there(words, message, tmp_path):
    with pytest.raises(DataError, match=message):
        datasets.open(words.replace("FOLDER", str(tmp_path))).load()


@pytest.mark.parametrize("words", ["torchvision:CIFAR10", "torchvision::x", ""])
def test_words_that_name_no_data(words):
    with pytest.raises(InvalidStudy, match="data can't be used"):
        datasets.open(words)


@pytest.mark.parametrize(
    "settings", [{"channels": 2}, {"size": (0, 5)}, {"size": (10**6, 5)}, {"test_fraction": 0.0}, {"test_part": "half"}]
)
def test_settings_that_cannot_be(settings, tmp_path):
    with pytest.raises(InvalidStudy, match=r"data\.\w+ can't be used"):
        Images(tmp_path, **settings)


def test_other_images_are_other_cache_entries(tmp_path):
    path = write_folder(tmp_path / "images", pictures())
    assert Images(path).load().shape.height == 6
    assert Images(path, size=(7, 7)).load().shape.height == 7
    assert Images(path, channels=3).load().shape.channels == 3


def test_jpeg_is_taken(tmp_path):
    out = io.BytesIO()
    Image.new("L", (6, 6), 77).save(out, "JPEG")
    data = Images(write_folder(tmp_path / "images", pictures() | {"test/a/photo.JPG": out.getvalue()})).load()
    assert len(data.test) == 9


def test_the_real_faces(real_data):
    data = Images(real_data / "fer2013.zip").load()
    assert (len(data.train), len(data.test)) == (28_709, 7_178)
    assert np.bincount(data.test.labels).tolist() == [958, 111, 1024, 1774, 1233, 1247, 831]
    assert data.shape == vv.ImageShape(1, 48, 48)
    assert data.left_out == ()
    public = Images(real_data / "fer2013.zip", test_part="public").load()
    assert len(public.test) == 3_589


def test_originals_are_counted_and_kept_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    deep = np.arange(36, dtype=np.uint16).reshape(6, 6) * 1000
    files = pictures() | {"train/a/deep.png": png(deep), "test/b/wide.png": png(np.zeros((5, 9, 3), np.uint8))}
    path = write_folder(tmp_path / "images", files | {"train/a/empty.png": b""})
    expected = (("6 x 6, L", 16), ("6 x 6, I;16", 1), ("9 x 5, RGB", 1))
    for _ in range(2):
        data = Images(path, size=(6, 6)).load()
        assert data.originals == expected
    assert Limited(Images(path, size=(6, 6)), 4).load().originals == expected


def test_of_many_kinds_of_originals_the_rarest_are_put_together():
    kinds = {f"{side} x 1, L": side for side in range(1, 81)}
    found = commonest(kinds)
    assert len(found) == 50
    assert found[0] == ("80 x 1, L", 80)
    assert found[-1] == ("31 other kinds", sum(range(1, 32)))
    assert sum(count for _, count in found) == sum(kinds.values())
