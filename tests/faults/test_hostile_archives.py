"""Archives and folders from strangers: each hostile kind is refused or named, in bounded time and memory."""

import bz2
import gzip
import io
import itertools
import lzma
import os
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from forms import letters, write_folder, write_tar
from hostile import (
    BLOCK,
    LINK,
    ONE,
    PAX_WITHOUT_END,
    extended,
    overlapping_zip,
    raw_header,
    sized,
    special,
    tar_of,
    written,
    zip_of,
    zip_that_lies,
)

from visavis.datasets import Images
from visavis.datasets.reading import collection
from visavis.datasets.reading.files import members
from visavis.datasets.reading.files.archives import is_archive, members_of
from visavis.errors import DataError


@pytest.fixture(autouse=True)
def no_cache(monkeypatch):
    """What is read is read anew."""
    monkeypatch.setenv("VISAVIS_CACHE", os.devnull)


HOSTILE_ARCHIVES = {
    "symbolic link": (lambda: tar_of(special(LINK)), r"'A/odd\.png' in .* is a link or a device"),
    "hidden link": (lambda: tar_of(special(LINK, "A/.odd")), r"'A/\.odd' in .* is a link or a device"),
    "hard link": (lambda: tar_of(special(tarfile.LNKTYPE, target="A/x.png")), "is a link or a device"),
    "pipe": (lambda: tar_of(special(tarfile.FIFOTYPE)), "is a link or a device"),
    "device": (lambda: tar_of(special(tarfile.CHRTYPE)), "is a link or a device"),
    "link in a zip": (lambda: zip_of({"A/o": b"/etc"}, external_attr=0o120777 << 16), "is a link or a device"),
    "pipe in a zip": (lambda: zip_of({"A/o": b""}, external_attr=0o010644 << 16), "is a link or a device"),
    "absolute": (lambda: tar_of(sized("/A/x.png")), "leads out of it"),
    "above": (lambda: tar_of(sized("A/../../x.png")), "leads out of it"),
    "folder above": (lambda: tar_of(special(tarfile.DIRTYPE, "../A")), "leads out of it"),
    "drive": (lambda: zip_of({"C:/A/x.png": ONE}), "leads out of it"),
    "drive without a slash": (lambda: tar_of(sized("C:A/x.png")), "leads out of it"),
    "share": (lambda: zip_of({"\\\\host\\share\\x.png": ONE}), "leads out of it"),
    "zero byte": (lambda: zip_of({"A/xyz.png": ONE}).replace(b"A/xyz", b"A/x\0z"), "a name that no file can have"),
    "long name": (lambda: tar_of(sized("A/" * 3000 + "x.png")), "a name that no file can have"),
    "large": (lambda: tar_of(sized("A/x.png", 65 << 20)), "'A/x.png' is too large for an image"),
    "below zero": (lambda: raw_header(b"0", -512) + bytes(1024), "can't be read to its end"),
    "below zero by pax": (lambda: extended(b"x", b"13 size=-512\n") + raw_header(b"0", 0), "too large|its end"),
    "holes": (lambda: raw_header(b"S", 0) + bytes(1024), "has a file with holes"),
    "holes by pax": (lambda: extended(b"x", b"22 GNU.sparse.major=1\n") + raw_header(b"0", 0), "file with holes"),
    "long extended header": (lambda: extended(b"x", bytes(2 << 20)), "an extended header in .* is too long"),
    "long name's header": (lambda: extended(b"L", b"x" * (2 << 20)), "an extended header in .* is too long"),
    "header for all": (lambda: extended(b"g", bytes(100_000)), "an extended header in .* is too long"),
    "headers for all": (lambda: (extended(b"g", bytes(9000)) + raw_header(b"0", 0)) * 9, "header in .* is too long"),
    "many headers": (lambda: extended(b"L", b"x\0") * 2000, "an extended header|can't be read to its end"),
    "shared records": (lambda: extended(b"x", PAX_WITHOUT_END), "an extended header of another form"),
    "long number": (lambda: extended(b"x", b"100011 a=" + b"1" * 100_001 + b"\n"), "very long number"),
    "many records": (lambda: extended(b"x", b"6 a=b\n" * 2000), "an extended header of another form"),
    "damaged header": (lambda: tar_of().replace(b"B/", b"C/", 1), "can't be read to its end; got bad checksum"),
    "cut header": (lambda: tar_of()[: 2 * BLOCK + 100], "can't be read to its end"),
    "overlap": (overlapping_zip, "files of .* overlap"),
    "lies": (lambda: zip_that_lies(1000), "can't be read to its end"),
    "rare packing": (lambda: zip_of({}, zipfile.ZIP_BZIP2), "packed in a way that can't be read safely"),
    "encrypted": (lambda: zip_of({}).replace(b"PK\1\2\x14\x03\x14\0\0", b"PK\1\2\x14\x03\x14\0\1"), "is encrypted"),
    "no directory": (lambda: b"PK" + bytes(100), "can't be read to its end"),
    "wrong gzip": (lambda: gzip.compress(b"no tar at all"), "can't be read to its end"),
}


@pytest.mark.parametrize("kind", HOSTILE_ARCHIVES)
def test_hostile_archives_are_refused(kind, tmp_path):
    make, message = HOSTILE_ARCHIVES[kind]
    path = written(tmp_path / "set", make())
    assert is_archive(path)
    with pytest.raises(DataError, match=message):
        list(members_of(path))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_what_unpacks_to_too_much_is_refused(pack, tmp_path, monkeypatch):
    monkeypatch.setattr(members, "FREE_BYTES", 1 << 20)
    monkeypatch.setattr(members, "LARGEST_RATIO", 2)
    for content in (tar_of(*(sized(f"A/{n}.png", 1 << 20) for n in range(4))), tar_of() + bytes(4 << 20)):
        path = written(tmp_path / "bomb", pack(content))
        with pytest.raises(DataError, match=r"unpacks to far more than its own size; got .* bytes or more"):
            list(members_of(path))


def test_a_zip_that_says_it_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(members, "FREE_BYTES", 1 << 20)
    path = written(tmp_path / "bomb.zip", zip_of({f"A/{n}.png": bytes(1 << 20) for n in range(4)}))
    with pytest.raises(DataError, match="unpacks to far more than its own size"):
        list(members_of(path))


def test_a_tar_ends_where_it_says(tmp_path):
    whole = tar_of(*(sized(f"A/{n}.png", 300 << 10) for n in range(8)))
    boundary = whole.index(b"A/4.png")
    cases = {
        "cut": (whole[:boundary], "no end mark"),
        "overwritten": (whole[:boundary] + bytes(len(whole) - boundary), "zeros after the last file"),
        "two": (whole + whole, "something follows the end mark"),
    }
    for name, (content, message) in cases.items():
        with pytest.raises(DataError, match=message):
            list(members_of(written(tmp_path / name, content)))
    assert len(list(members_of(written(tmp_path / "whole", whole)))) == 8 + len(letters("AB", 2))


@pytest.mark.parametrize("make", [lambda: tar_of(), lambda: zip_of({})])
def test_too_many_files_are_refused(make, tmp_path, monkeypatch):
    monkeypatch.setattr(members, "MOST_MEMBERS", 3)
    with pytest.raises(DataError, match="has too many files; got 4 or more"):
        list(members_of(written(tmp_path / "set", make())))


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_what_tar_writes_is_read(kind, tmp_path):
    long = f"{'folder/' * 12}A/{'n' * 60}.png"
    folder = special(tarfile.DIRTYPE, "A")
    path = written(tmp_path / "set.tar", tar_of(folder, special(tarfile.DIRTYPE, "./"), sized(long, 9), kind=kind))
    found = {member.name: len(member.content) for member in members_of(path) if not member.is_folder}
    assert found.pop(long) == 9
    assert set(found) == set(letters("AB", 2))


def test_members_of_other_kinds_are_passed_over(tmp_path):
    volume = raw_header(b"V", 0, b"volume") + raw_header(b"Z", 5) + bytes(BLOCK)
    assert len(list(members_of(written(tmp_path / "set.tar", volume + tar_of())))) == 4


# Folders.


def test_pipes_and_broken_links_in_folders_are_named(tmp_path):
    write_folder(tmp_path / "set", letters("AB", 3))
    os.mkfifo(tmp_path / "set" / "A" / "pipe.png")
    (tmp_path / "set" / "B" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "set" / "B" / "device.png").symlink_to("/dev/zero")
    left = {one.name: one.reason for one in Images(tmp_path / "set").load().left_out}
    assert left == {
        "A/pipe.png": "neither a file nor a folder",
        "B/device.png": "neither a file nor a folder",
        "B/gone.png": "No such file or directory",
    }


def test_a_cycle_of_links_ends(tmp_path):
    write_folder(tmp_path / "set", letters("AB", 3))
    (tmp_path / "set" / "A" / "up").symlink_to(tmp_path / "set")
    (tmp_path / "set" / "self").symlink_to(tmp_path / "set" / "self")
    assert len(Images(tmp_path / "set").load().train) == 4


@pytest.fixture
def shallow():
    """Python gives up after fewer calls within calls, so that fewer folders are endless."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    yield
    sys.setrecursionlimit(before)


def test_folders_without_end_are_refused(tmp_path, shallow):
    places = list(itertools.accumulate(["a"] * 450, Path.joinpath, initial=tmp_path / "set"))
    for place in places:
        place.mkdir()
    try:
        with pytest.raises(DataError, match=r"has folders within folders without end|has no class folders|one class"):
            Images(tmp_path / "set").load()
    finally:
        for place in reversed(places):
            place.rmdir()


def test_one_long_name_does_not_make_all_names_long(tmp_path, monkeypatch):
    monkeypatch.setattr(collection, "FREE_NAMES", 1 << 10)
    files = letters("AB", 300) | {f"A/{'x' * 3000}.png": next(iter(letters("A", 1).values()))}
    with pytest.raises(DataError, match="a file's name is far longer than those of the others; got 'A/xxx"):
        Images(of_zip(tmp_path / "set", files, [])).load()


def test_files_behind_a_link_count_for_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VISAVIS_CACHE", str(tmp_path / "cache"))
    write_folder(tmp_path / "away", letters("A", 3))
    write_folder(tmp_path / "set", letters("B", 3))
    (tmp_path / "set" / "A").symlink_to(tmp_path / "away" / "A")
    assert len(Images(tmp_path / "set").load().train) == 4
    write_folder(tmp_path / "away", letters("A", 8))
    assert len(Images(tmp_path / "set").load().train) == 8


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_refused(tmp_path):
    path = write_tar(tmp_path / "set.tar", letters(), "w")
    path.chmod(0)
    with pytest.raises(DataError, match="can't be read; got Permission denied"):
        Images(path).load()


# Class folders.


def of_folder(path, files, folders):
    write_folder(path, files)
    for name in folders:
        (path / name).mkdir(parents=True)
    return path


def of_tar(path, files, folders):
    with tarfile.open(path, "w") as archive:
        for name in folders:
            archive.addfile(special(tarfile.DIRTYPE, name, ""))
        for name, content in files.items():
            archive.addfile(sized(name, len(content)), io.BytesIO(content))
    return path


def of_zip(path, files, folders):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        for name in folders:
            archive.writestr(f"{name}/", b"")
    return path


WAYS = pytest.mark.parametrize("write", [of_folder, of_tar, of_zip])
SPLIT = {f"{part}/{name}": one for part in ("train", "test") for name, one in letters("AB", 2).items()}


@WAYS
def test_an_empty_class_folder_is_refused(write, tmp_path):
    with pytest.raises(DataError, match=r"class 'C' of .* is empty; got 0 files, none readable"):
        Images(write(tmp_path / "set", SPLIT, ["train/C"])).load()
    with pytest.raises(DataError, match=r"class 'C' of .* is empty"):
        Images(
            write(tmp_path / "other", {**letters("AB", 2), "C/.DS_Store": b"junk"}, ["C"] * (write is not of_folder))
        ).load()


@WAYS
def test_empty_folders_that_are_no_classes_are_passed_over(write, tmp_path):
    files = {f"set/{name}": one for name, one in SPLIT.items()}
    folders = ["set/.hidden", "__MACOSX", "set/val"]
    filled = ["set", "set/train", "set/train/A"] if write is not of_folder else []
    assert len(Images(write(tmp_path / "set", files, [*folders, *filled])).load().train) == 4


@WAYS
@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {f"train/{name}": one for name, one in {"A/s1/x.png": ONE, "B/s2/y.png": ONE}.items()},
            r"it isn't told which are the classes; got A, B; below them s1, s2",
        ),
        (
            {"train/set/A/x.png": ONE, "test/set/A/x.png": ONE},
            r"one class only; got 'A'",
        ),
        ({"A/x.png": ONE, "B/s1/y.png": ONE, "B/s2/z.png": ONE}, "different depths.*A/x.png.*B/s1/y.png"),
    ],
)
def test_images_at_other_depths_are_refused(write, files, message, tmp_path):
    with pytest.raises(DataError, match=message):
        Images(write(tmp_path / "set", files, [])).load()


@pytest.mark.parametrize("above", ["", "notMNIST_small/", "data/of/mine/"])
def test_class_folders_may_lie_below_any_folders(above, tmp_path):
    for name, files in {"plain": letters("AB", 4), "split": SPLIT}.items():
        path = of_zip(
            tmp_path / name, {f"{above}{one}": content for one, content in files.items()} | {"README": b""}, []
        )
        assert len(Images(path).load().classes) == 2
