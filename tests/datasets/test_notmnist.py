import gzip
import io
import os
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from forms import is_mapped, letters, png, write_folder, write_idx, write_tar, write_zip
from PIL import Image

from visavis import arrays, datasets
from visavis.cells.fingerprints import data_fingerprints
from visavis.datasets import Images
from visavis.datasets.glyphs import Glyphs
from visavis.datasets.reading.decode import Form
from visavis.datasets.reading.readers import read_images
from visavis.errors import DataError, InvalidStudy


def test_every_form_gives_the_same_data(tmp_path):
    files = letters()
    forms = [
        write_folder(tmp_path / "folder", files),
        write_tar(tmp_path / "letters.tar.gz", files),
        write_tar(tmp_path / "letters.tar", dict(reversed(files.items())), "w"),
        write_zip(tmp_path / "letters.zip", files),
    ]
    found = [data_fingerprints(Images(path).load()) for path in forms]
    assert all(one == found[0] for one in found)


def test_a_stratified_split_is_stated_and_seeded(tmp_path):
    path = write_tar(tmp_path / "letters.tar.gz", letters(each=20))
    data = Images(path, test_fraction=0.25).load()
    assert np.bincount(data.test.labels).tolist() == [5, 5, 5]
    assert data.classes == ("A", "B", "C")
    assert "25% for test, split seed 0" in data.split_rule
    assert not set(data.train.ids.tolist()) & set(data.test.ids.tolist())
    other = Images(path, test_fraction=0.25, split_seed=1).load()
    assert set(other.test.ids.tolist()) != set(data.test.ids.tolist())


def test_a_font_disjoint_split(tmp_path):
    path = write_tar(tmp_path / "letters.tar.gz", letters(each=20))
    data = Images(path, font_disjoint=True).load()
    assert not set(data.train.groups.tolist()) & set(data.test.groups.tolist())
    assert data.train.groups[0].startswith(b"Font ")
    assert len(data.test) == pytest.approx(12, abs=3)
    assert "No font in both parts" in data.split_rule


def test_fonts_are_needed_for_a_font_disjoint_split(tmp_path):
    path = write_tar(tmp_path / "letters.tar.gz", letters(fonts=False))
    with pytest.raises(DataError, match="can't be split by font; got 30 of 30"):
        Images(path, font_disjoint=True).load()


def test_a_given_split_is_kept(tmp_path):
    files = {f"train/{name}": content for name, content in letters(each=6).items()}
    files |= {f"test/{name}": content for name, content in letters(each=2).items()}
    data = Images(write_zip(tmp_path / "letters.zip", files)).load()
    assert (len(data.train), len(data.test)) == (18, 6)
    assert data.split_rule == "As given by the source."


@pytest.mark.parametrize("packed", [True, False])
def test_idx_files(tmp_path, packed):
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (40, 28, 28), dtype=np.uint8)
    labels = (np.arange(40) % 10).astype(np.uint8)
    path = write_idx(tmp_path, images, labels, packed=packed)
    for source in (path, tmp_path):
        data = Images(source, test_fraction=0.25).load()
        assert data.classes == tuple("ABCDEFGHIJ")
        assert data.originals == (("28 x 28, L", 40),)
        row = int(data.train.ids[0].split(b"/")[1])
        assert np.array_equal(data.train.images[0, 0], images[row])
        assert data.train.labels[0] == labels[row]


def test_idx_train_and_test_are_the_given_split(tmp_path):
    images, labels = np.zeros((20, 28, 28), np.uint8), (np.arange(20) % 2).astype(np.uint8)
    write_idx(tmp_path, images, labels, "train")
    write_idx(tmp_path, images[:6], labels[:6], "t10k")
    data = Images(tmp_path).load()
    assert (len(data.train), len(data.test)) == (20, 6)


def test_unreadable_files_are_named_and_left_out(tmp_path):
    whole = png(np.zeros((28, 28), np.uint8))
    files = letters() | {
        "A/empty.png": b"",
        "B/cut.png": whole[: len(whole) // 2],
        "C/text.png": b"not an image at all",
    }
    data = Images(write_tar(tmp_path / "letters.tar.gz", files)).load()
    reasons = {left.name.rsplit("/", 1)[1]: left.reason for left in data.left_out}
    assert set(reasons) == {"empty.png", "cut.png", "text.png"}
    assert reasons["empty.png"] == "empty file (0 bytes)"
    assert len(data.train) + len(data.test) == 30


def _saved(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_modes_with_an_exact_grey_are_decoded(tmp_path):
    grey = Image.fromarray(np.arange(784, dtype=np.uint8).reshape(28, 28))
    files = letters(each=1) | {"A/rgb.png": _saved(grey.convert("RGB")), "A/palette.png": _saved(grey.convert("P"))}
    files |= {"B/second.png": png(np.asarray(grey)), "C/second.png": png(np.asarray(grey))}
    data = Images(write_zip(tmp_path / "letters.zip", files), channels=1, test_fraction=0.3).load()
    images = dict(zip(data.train.ids.tolist(), data.train.images, strict=True))
    images |= dict(zip(data.test.ids.tolist(), data.test.images, strict=True))
    assert np.array_equal(images[b"A/rgb.png"][0], np.asarray(grey))
    assert np.array_equal(images[b"A/palette.png"][0], np.asarray(grey))


def _no_classes(folder):
    return write_folder(folder / "flat", {"one.png": ONE}), "no class folders"


def _table_beside(folder):
    path = write_folder(folder / "beside", {"one.png": ONE, "labels.csv": b"filename,label\none.png,a\n"})
    return path, r"no class folders; got images beside labels\.csv; .*give it as the data: .*beside/labels\.csv"


def _one_class(folder):
    return write_folder(folder / "one", letters("A")), "has one class only; got 'A'"


def _empty_class(folder):
    return write_tar(folder / "empty.tar", {**letters(), "D/a.png": b""}, "w"), "class 'D' of .* is empty; got 1 files"


def _same_name(folder):
    files = {f"x/{name}": content for name, content in letters().items()}
    path = write_zip(folder / "twice.zip", files | {"x/A/one.png": ONE, "y/A/one.png": ONE})
    return path, "it isn't told which are the classes"


def _cut_short(folder):
    whole = write_tar(folder / "whole.tar.gz", letters()).read_bytes()
    return _file(folder / "cut.tar.gz", whole[: len(whole) // 2]), "can't be read to its end"


def _no_archive(folder):
    return _file(folder / "a.zip", b"hello there"), "isn't an archive of images; got a file of 11 bytes"


def _missing(folder):
    return folder / "nowhere.zip", "no such file or folder"


ONE = png(np.zeros((28, 28), np.uint8))


def _file(path, content):
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "make",
    [_no_classes, _table_beside, _one_class, _empty_class, _same_name, _cut_short, _no_archive, _missing],
)
def test_bad_input_is_refused_with_a_reason(tmp_path, make):
    path, message = make(tmp_path)
    with pytest.raises(DataError, match=message):
        Images(path).load()


@pytest.mark.parametrize("name", ["../../evil/A/x.png", "/abs/A/x.png", "C:\\..\\A\\x.png"])
def test_names_that_lead_out_of_an_archive_are_refused(tmp_path, name):
    image = png(np.zeros((28, 28), np.uint8))
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr(name, image)
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(image)
        archive.addfile(info, io.BytesIO(image))
    for path in (tmp_path / "evil.zip", tmp_path / "evil.tar"):
        with pytest.raises(DataError, match="leads out of it"):
            Images(path).load()


def test_hidden_files_are_passed_over(tmp_path):
    files = letters() | {"__MACOSX/A/._x.png": b"junk", ".DS_Store": b"junk", "A/.hidden.png": b"junk"}
    assert Images(write_zip(tmp_path / "mac.zip", files)).load().left_out == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\0\0\x08\x03" + bytes(12) + b"x", "hasn't the length that it says"),
        (b"\0\0\x08\x03" + struct.pack(">3I", 4, 0, 28), "hasn't the length that it says"),
        (gzip.compress(b"\0\0\x08\x01" + bytes(4), mtime=0), "isn't an IDX file of bytes"),
        (
            gzip.compress(b"\0\0\x08\x03" + struct.pack(">3I", 4, 28, 28) + bytes(3136), mtime=0)[:-12],
            "can't be read to its end",
        ),
    ],
)
def test_damaged_idx_files_are_refused(tmp_path, content, message):
    write_idx(tmp_path, np.zeros((4, 28, 28), np.uint8), np.array([0, 1, 0, 1], np.uint8))
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(DataError, match=message):
        Images(tmp_path).load()


def test_idx_without_labels_is_refused(tmp_path):
    path = write_idx(tmp_path, np.zeros((4, 28, 28), np.uint8), np.array([0, 1, 0, 1], np.uint8))
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match="no file of labels beside it"):
        Images(path).load()


def test_decoded_once_and_read_back_only_if_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    path = write_tar(tmp_path / "letters.tar.gz", letters())
    before = data_fingerprints(Images(path).load())
    (entry,) = (tmp_path / "cache").iterdir()
    written = (entry / "images.npy").stat().st_mtime_ns
    assert data_fingerprints(Images(path).load()) == before
    assert (entry / "images.npy").stat().st_mtime_ns == written
    content = bytearray((entry / "images.npy").read_bytes())
    content[-5] ^= 255
    (entry / "images.npy").write_bytes(content)
    assert data_fingerprints(Images(path).load()) == before


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("VISAVIS_CACHE", str(blocked))
    assert len(Images(write_tar(tmp_path / "letters.tar.gz", letters())).load().train) == 24


def test_large_collections_are_memory_mapped(tmp_path, monkeypatch):
    from visavis.datasets.reading import cache

    monkeypatch.setattr(arrays, "IN_MEMORY", 100)
    path = write_tar(tmp_path / "letters.tar.gz", letters())
    monkeypatch.setattr(cache, "DECODER", "another")
    collection = read_images(path, Form())
    assert is_mapped(collection.images)


def test_open():
    assert datasets.open("glyphs") == Glyphs()
    assert datasets.open("x.zip") == datasets.open(Path("x.zip")) == Images(Path("x.zip"))
    with pytest.raises(InvalidStudy, match=r"data\.test_fraction can't be used; got 1\.5"):
        datasets.open("x.zip", test_fraction=1.5)


def test_the_real_letters(real_data):
    data = Images(real_data / "notmnist" / "notMNIST_10k.tar.gz").load()
    assert (len(data.train), len(data.test)) == (8000, 2000)
    assert data.classes == tuple("ABCDEFGHIJ")
    assert sorted(left.reason for left in data.left_out) == ["empty file (0 bytes)"] * 2
    idx = Images(real_data / "notmnist").load()
    assert len(idx.train) + len(idx.test) == 10_000
    both = [np.concatenate([one.train.images, one.test.images]).reshape(10_000, -1) for one in (data, idx)]
    assert len(np.unique(both[0], axis=0)) == len(np.unique(both[1], axis=0)) == 9_804
    assert both[0].sum() == both[1].sum()


def test_an_idx_file_and_its_gzipped_copy_are_one(tmp_path):
    images, labels = np.zeros((20, 28, 28), np.uint8), (np.arange(20) % 2).astype(np.uint8)
    write_idx(tmp_path, images, labels, packed=True)
    write_idx(tmp_path, images, labels, packed=False)
    data = Images(tmp_path).load()
    assert len(data.train) + len(data.test) == 20


def test_idx_names_with_more_words_say_their_part(tmp_path):
    images, labels = np.zeros((20, 28, 28), np.uint8), (np.arange(20) % 2).astype(np.uint8)
    write_idx(tmp_path, images, labels, "emnist-letters-train")
    write_idx(tmp_path, images[:6], labels[:6], "emnist-letters-test")
    data = Images(tmp_path).load()
    assert (len(data.train), len(data.test)) == (20, 6)
    assert len(set(data.train.ids.tolist()) | set(data.test.ids.tolist())) == 26


def test_idx_files_of_different_sizes_are_refused(tmp_path):
    labels = np.array([0, 1, 0, 1], np.uint8)
    write_idx(tmp_path, np.zeros((4, 28, 28), np.uint8), labels, "train")
    write_idx(tmp_path, np.zeros((4, 14, 14), np.uint8), labels, "t10k")
    with pytest.raises(DataError, match="images of mixed size"):
        Images(tmp_path).load()


def test_a_split_that_is_not_whole_is_refused(tmp_path):
    files = letters() | {f"train/{name}": content for name, content in letters().items()}
    with pytest.raises(DataError, match="files lie at different depths"):
        Images(write_zip(tmp_path / "half.zip", files)).load()


def test_train_val_and_test(tmp_path):
    files = {f"{part}/{name}": content for part in ("train", "val", "test") for name, content in letters().items()}
    data = Images(write_zip(tmp_path / "three.zip", files)).load()
    assert (len(data.train), len(data.test)) == (30, 30)
    assert data.split_rule == "As given by the source; its validation part (30 images) is kept aside."
    two = {name: content for name, content in files.items() if not name.startswith("test/")}
    data = Images(write_zip(tmp_path / "two.zip", two)).load()
    assert (len(data.train), len(data.test)) == (30, 30)
    assert "its validation part is the test part" in data.split_rule


def test_a_wrong_checksum_is_noticed(tmp_path):
    path = write_tar(tmp_path / "letters.tar.gz", letters())
    content = bytearray(path.read_bytes())
    content[-6] ^= 255
    path.write_bytes(content)
    with pytest.raises(DataError, match="can't be read to its end; got CRC check failed"):
        Images(path).load()


@pytest.mark.parametrize("mode", ["w:bz2", "w:xz"])
def test_other_compressions(tmp_path, mode):
    path = write_tar(tmp_path / "letters.tar.x", letters(), mode)
    assert len(Images(path).load().train) == 24
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match="can't be read to its end"):
        Images(path).load()


def test_a_picture_that_exif_says_is_turned_is_turned_back(tmp_path):
    pixels = np.zeros((28, 28), np.uint8)
    pixels[:14] = 255
    exif = Image.Exif()
    exif[274] = 3
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", exif=exif)
    files = letters(each=2) | {"A/turned.png": out.getvalue()}
    data = Images(write_zip(tmp_path / "turned.zip", files), test_fraction=0.3).load()
    found = {
        i: image for part in (data.train, data.test) for i, image in zip(part.ids.tolist(), part.images, strict=True)
    }
    assert np.array_equal(found[b"A/turned.png"][0], pixels[::-1, ::-1])


def test_names_that_are_no_text_are_refused(tmp_path):
    files = letters() | {os.fsdecode(b"A/caf\xe9.png"): ONE}
    with pytest.raises(DataError, match="a file's name isn't text"):
        Images(write_tar(tmp_path / "latin.tar", files, "w")).load()


def test_odd_members_are_passed_over(tmp_path):
    path = tmp_path / "odd.zip"
    with zipfile.ZipFile(write_zip(path, letters()), "a") as archive:
        archive.writestr("./", b"")
        archive.writestr(".", b"x")
        archive.writestr("README", bytes(10))
    assert Images(path).load().left_out == ()


def test_what_is_neither_file_nor_folder_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="neither a file nor a folder"):
        Images(tmp_path / "pipe").load()


def test_idx_files_with_points_in_their_names(tmp_path):
    pixels, labels = np.zeros((6, 5, 5), np.uint8), np.array([0, 1, 0, 1, 0, 1], np.uint8)
    for prefix in ("train", "t10k"):
        write_idx(tmp_path, pixels, labels, prefix, packed=False)
    for path in tmp_path.iterdir():
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    data = Images(tmp_path).load()
    assert (len(data.train), len(data.test)) == (6, 6)


@pytest.mark.parametrize("third", ["more", "letters-train"])
def test_a_third_pair_of_idx_files_is_not_pooled(tmp_path, third):
    pixels, labels = np.zeros((6, 5, 5), np.uint8), np.array([0, 1, 0, 1, 0, 1], np.uint8)
    for prefix in ("train", "t10k", third):
        write_idx(tmp_path, pixels, labels, prefix, packed=False)
    with pytest.raises(DataError, match="several sets of IDX files"):
        Images(tmp_path).load()
