"""Data from strangers: each hostile kind is refused, named or read rightly, in bounded time and memory."""

import bz2
import contextlib
import gzip
import io
import itertools
import lzma
import os
import random
import struct
import subprocess
import sys
import tarfile
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from forms import letters, png, write_folder, write_tar
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from visavis.datasets import Images, NotMNIST, collection, members
from visavis.datasets.archives import is_archive
from visavis.datasets.archives import members as members_of
from visavis.datasets.decode import FORMATS, Form, Unreadable, decode
from visavis.datasets.idx import _ids as idx_names
from visavis.datasets.idx import read_idx
from visavis.errors import DataError, VisavisError

ONE = png(np.zeros((4, 4), np.uint8))
BLOCK = 512


@pytest.fixture(autouse=True)
def no_cache(monkeypatch):
    """What is read is read anew."""
    monkeypatch.setenv("VISAVIS_CACHE", os.devnull)


# Archives.


def written(path, content):
    path.write_bytes(content)
    return path


def tar_of(*infos, kind=tarfile.GNU_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for name, content in letters("AB", 2).items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in infos:
            archive.addfile(info, io.BytesIO(bytes(info.size)))
    return out.getvalue()


def special(kind, name="A/odd.png", target="/etc/passwd"):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def sized(name, size=0, **headers):
    info = tarfile.TarInfo(name)
    info.size, info.pax_headers = size, headers
    return info


def raw_header(kind, size, name=b"odd"):
    """A tar header with whatever size, and a checksum that is right."""
    digits = b"%011o\0" % size if size >= 0 else b"\xff" + size.to_bytes(11, "big", signed=True)
    block = bytearray(name.ljust(100, b"\0") + b"0000644\0" * 3 + digits + b"00000000000\0" + b" " * 8 + kind)
    block += bytes(100) + b"ustar\x0000" + bytes(BLOCK - len(block) - 108)
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def extended(kind, body):
    return raw_header(kind, len(body)) + body + bytes(-len(body) % BLOCK)


def zip_of(files, method=zipfile.ZIP_DEFLATED, **settings):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in {**letters("AB", 2), **files}.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            for key, value in settings.items():
                setattr(info, key, value)
            archive.writestr(info, content)
    return out.getvalue()


def overlapping_zip():
    """Every name stands for the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("A/one.png", ONE)
        for letter in "BCD":
            copy = zipfile.ZipInfo("A/one.png")
            first = archive.filelist[0]
            copy.CRC, copy.file_size, copy.compress_size = first.CRC, first.file_size, first.compress_size
            copy.filename, copy.header_offset = f"{letter}/one.png", 0
            archive.filelist.append(copy)
    return out.getvalue()


def zip_that_lies(claimed):
    """A megabyte of zeros that is said to be a few bytes."""
    content = zip_of({"A/large.png": bytes(1 << 20)})
    return content.replace(struct.pack("<I", 1 << 20), struct.pack("<I", claimed))


PAX_WITHOUT_END = b"2 " * 5000 + b"x=\n"
"""Some versions of tarfile take it for thousands of records that share their bytes."""
LINK = tarfile.SYMTYPE

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


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_what_unpacks_to_too_much_is_refused(pack, tmp_path, monkeypatch):
    monkeypatch.setattr(members, "FREE_BYTES", 1 << 20)
    monkeypatch.setattr(members, "LARGEST_RATIO", 2)
    for content in (tar_of(*(sized(f"A/{n}.png", 1 << 20) for n in range(4))), tar_of() + bytes(4 << 20)):
        path = written(tmp_path / "bomb", pack(content))
        if pack is bytes:
            assert list(members_of(path))
            continue
        with pytest.raises(DataError, match=r"unpacks to far more than its own size; got .* bytes or more"):
            list(members_of(path))


def test_a_zip_that_says_it_unpacks_to_too_much_is_refused(tmp_path):
    path = written(tmp_path / "bomb.zip", zip_of({f"A/{n}.png": bytes(40 << 20) for n in range(8)}))
    with pytest.raises(DataError, match="unpacks to far more than its own size"):
        list(members_of(path))


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
    found = {member.name: len(member.content) for member in members_of(path)}
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
    for source in (Images, NotMNIST):
        with pytest.raises(DataError, match="can't be read; got Permission denied"):
            source(path).load()


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
            r"deeper below train/",
        ),
        (
            {"train/set/A/x.png": ONE, "test/set/A/x.png": ONE},
            r"deeper below t\w+/ .*expected \.\.\./t\w+/<class>/<file>",
        ),
        ({"A/x.png": ONE, "B/s1/y.png": ONE, "B/s2/z.png": ONE}, "different depths.*A/x.png.*B/s1/y.png"),
        ({"set/A/x.png": ONE, "set/B/y.png": ONE, "set/README": b"text"}, "different depths"),
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


# IDX.


def idx(*shape, data=b""):
    return struct.pack(f">4B{len(shape)}I", 0, 0, 8, len(shape), *shape) + data


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (idx(1 << 20, 1 << 15, 1 << 15), "unpacks to far more than its own size"),
        (idx(2**32 - 1, 1, 1), "has too many images; got 4,294,967,295"),
        (idx(2**32 - 1, 2**32 - 1, 2**32 - 1), "has too many images"),
        (idx(4, 2, 2, data=bytes(1 << 24)), "hasn't the length that it says; got more bytes"),
        (idx(4, 2, 2, data=bytes(7)), "hasn't the length that it says; got 7 bytes"),
        (idx(4, 0, 2), "hasn't the length that it says; got nothing"),
        (idx(4, 2), "isn't an IDX file of bytes"),
        (b"", "isn't an IDX file of bytes; got"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_hostile_idx_files_are_refused(pack, content, message, tmp_path):
    with pytest.raises(DataError, match=message):
        read_idx(written(tmp_path / "x-images-idx3-ubyte", pack(content)), 3)


def test_idx_images_are_named_by_part_and_row():
    names = idx_names("train", 1_000_002).tolist()
    assert names[:2] == [b"train/000000", b"train/000001"]
    assert names[-3:] == [b"train/999999", b"train/1000000", b"train/1000001"]


# CSV.

TABLE = "path,label\na.png,A\nb.png,B\n"

HOSTILE_TABLES = {
    "nothing": (b"", "has no column of that name; got no lines"),
    "no rows": (b"path,label\n", "has no column of that name; got no lines"),
    "zero bytes": (TABLE.encode().replace(b"a.png", b"a\0.png"), "can't be read as CSV; got a zero byte"),
    "UTF-16": (TABLE.encode("utf-16"), "can't be read as CSV"),
    "UTF-16 without a mark": (TABLE.encode("utf-16-le"), "can't be read as CSV; got a zero byte"),
    "Latin 1": (TABLE.replace("A", "é").encode("latin-1"), "can't be read as CSV; got 'utf-8' codec"),
    "late Latin 1": ((TABLE + "x,y\n" * 9).encode() + b"\xe9.png,C\n", "can't be read as CSV|second time"),
    "open quote": (b'path,label\n"a.png,A\nb.png,B\n', "can't be read as CSV; got unexpected end of data"),
    "long open quote": (b'path,label\n"' + b"a.png,A\n" * 99_999, "can't be read as CSV; got field larger"),
    "letters after a quote": (b'path,label\n"a.png"b,A\n', "can't be read as CSV"),
    "large field": (b"path,label\n" + b"x" * 200_000 + b",A\n", "can't be read as CSV; got field larger"),
    "long line": (b"path,label\n" + b"x," * 1_000_000 + b"\n", "has a row that is too long"),
    "long quoted row": (b"path,label\n" + b'"x\n",' * 500_000, "has a row that is too long"),
    "columns": (b",".join(b"%d" % n for n in range(100_000)), "has no column of that name"),
    "long file name": (b"path,label\n" + b"x" * 5000 + b",A\n", "class 'A' of .* is empty|one class only"),
    "image of bytes": (ONE, "can't be read as CSV"),
    "drive": (b"path,label\nC:\\x.png,A\n", "leads out of its folder"),
    "backslashes": (b"path,label\n..\\x.png,A\n", "leads out of its folder"),
    "wide faces": (b"emotion,pixels,Usage\n0," + b"9" * 100_000 + b",Training\n", "has no images; got 1 rows"),
}


@pytest.mark.parametrize("kind", HOSTILE_TABLES)
def test_hostile_tables_are_refused(kind, tmp_path):
    content, message = HOSTILE_TABLES[kind]
    with pytest.raises(DataError, match=message) as found:
        Images(written(tmp_path / "set.csv", content)).load()
    assert len(str(found.value)) < 1000


def test_a_folder_called_csv_and_a_pipe_are_no_tables(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("folder.csv", "pipe.csv"):
        with pytest.raises(DataError, match=r"no class folders|neither a file nor a folder"):
            Images(tmp_path / name).load()


# Images.


def saved(picture, kind="PNG", **how):
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def huge_png(width, height, depth=1, colour=0):
    """A picture of zeros, made without holding it."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    row = bytes(1 + (width * depth * {0: 1, 2: 3, 6: 4}[colour] + 7) // 8)
    packer = zlib.compressobj(1)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">2I5B", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def many_frames(kind, count=3000):
    frames = [Image.new("L", (1, 1), shade) for shade in (0, 255)]
    out = io.BytesIO()
    how = {"GIF": {"duration": 10}, "TIFF": {}, "WEBP": {}, "PNG": {}}[kind]
    frames[0].save(
        out, kind, save_all=True, append_images=list(itertools.islice(itertools.cycle(frames[::-1]), count)), **how
    )
    return out.getvalue()


GREY = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))
NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8))

HOSTILE_IMAGES = {
    "empty": (b"", "empty file"),
    "text": (b"not an image", "not an image"),
    "cut": (saved(NOISE)[:-300], "(?i)truncated|broken"),
    "cut JPEG": (saved(NOISE, "JPEG")[:-300], "(?i)truncated|broken"),
    "wrong header": (b"\x89PNG\r\n\x1a\n" + bytes(100), "not an image|broken|Error"),
    "wrong checksum": (saved(GREY)[:-20] + b"xxxx" + saved(GREY)[-16:], "(?i)broken|checksum|crc|truncated"),
    "square of bits": (huge_png(16384, 16384), "too many pixels|too large"),
    "no pixels": (huge_png(1, 1).replace(struct.pack(">2I", 1, 1), struct.pack(">2I", 0, 1)), "Error|image"),
    "long": (huge_png(20_000, 1), "is too large"),
    "GIF frames": (many_frames("GIF"), "more than one picture"),
    "TIFF frames": (many_frames("TIFF"), "more than one picture"),
    "WebP frames": (many_frames("WEBP", 100), "more than one picture"),
    "PNG frames": (many_frames("PNG", 100), "more than one picture"),
    "icon": (saved(GREY, "ICO"), "not an image"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image"),
    "floats": (saved(GREY.convert("F"), "TIFF"), "mode F has no known range"),
    "scans": (saved(GREY, "JPEG", progressive=True) + b"\xff\xda" * 101, "more than 100 scans"),
}


@pytest.mark.parametrize("kind", HOSTILE_IMAGES)
def test_hostile_images_are_named(kind):
    content, message = HOSTILE_IMAGES[kind]
    with pytest.raises(Unreadable, match=message) as found:
        decode(content, Form())
    assert len(str(found.value)) <= 200


def test_rare_images_are_decoded_rightly():
    exif = Image.Exif()
    exif[274] = 4
    pixels = np.asarray(GREY)
    assert np.array_equal(decode(saved(GREY, exif=exif), Form()).pixels[0], pixels[::-1])
    assert np.array_equal(decode(saved(GREY.convert("P"), "GIF"), Form()).pixels[0], pixels)
    deep = Image.fromarray(np.repeat(pixels.astype(np.uint16) * 257, 40, axis=0))
    assert np.array_equal(decode(saved(deep), Form()).pixels[0], np.repeat(pixels, 40, axis=0))
    clear = Image.fromarray(np.dstack([np.zeros((600, 3, 3), np.uint8), np.full((600, 3), 128, np.uint8)]))
    assert (decode(saved(clear), Form()).pixels == 127).all()
    tall = Image.fromarray(np.repeat(pixels, 64, axis=0)).convert("RGB")
    assert decode(saved(tall), Form()).pixels.shape == (1, 1024, 16)


def test_nothing_is_forgiven_that_pillow_could_forgive():
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
    assert not {"EPS", "PSD", "PDF", "WMF", "FITS", "MPO"} & set(FORMATS)


def test_what_pillow_warns_of_is_neither_raised_nor_shown(capfd):
    apng = saved(GREY).replace(b"IDAT", b"acTL", 1)  # an animation of no frames
    exif = saved(GREY, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\xff")
    palette = GREY.convert("P")
    tiff = saved(NOISE, "TIFF", compression="tiff_deflate")
    for content in (apng, exif, saved(palette, transparency=b"\0\x80"), tiff[:300] + b"\0" * 9 + tiff[309:]):
        with warnings.catch_warnings(record=True) as shown:
            warnings.simplefilter("always")
            try:
                decode(content, Form())
            except Unreadable:
                continue
        assert shown == []
    assert capfd.readouterr() == ("", "")


def test_a_few_files_that_stand_for_very_many_pixels_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(collection, "FREE_PIXELS", 1 << 20)
    files = {f"{label}/{n}.png": huge_png(800, 800) for label in "AB" for n in range(8)}
    with pytest.raises(DataError, match="the images take far more memory than their files"):
        Images(write_folder(tmp_path / "set", files)).load()
    assert len(Images(tmp_path / "set", size=(4, 4)).load().train) == 12


MEASURE = """
import sys
from pathlib import Path
from visavis.datasets.decode import Form, decode
decode(Path(sys.argv[1]).read_bytes(), Form())
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(peak.split()[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux says how much memory a process took")
@pytest.mark.parametrize(("depth", "colour"), [(8, 2), (8, 6), (16, 0), (1, 0)])
def test_the_largest_picture_takes_less_than_a_gigabyte(depth, colour, tmp_path):
    path = written(tmp_path / "large.png", huge_png(8192, 8192, depth, colour))
    done = subprocess.run([sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1 << 20


# Anything at all.

QUICK = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def altered(draw, originals):
    """One of the originals with a few bytes changed, cut out or put in."""
    content = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(content)))
        end = min(len(content), place + draw(st.sampled_from((0, 1, 2, 4, 16, 200))))
        content[place:end] = draw(st.one_of(st.binary(max_size=8), st.sampled_from((b"\xff\xff\xff\xff", bytes(4)))))
    return bytes(content)


TARS = [tar_of(kind=kind) for kind in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)]
ARCHIVES = [*TARS, gzip.compress(TARS[0]), zip_of({}), zip_of({"C/": b""}, zipfile.ZIP_STORED)]
PICTURES = [saved(GREY, kind) for kind in ("PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP")]


def only_refused(source):
    with contextlib.suppress(VisavisError):
        source.load()


@QUICK
@given(content=altered(ARCHIVES))
def test_altered_archives(content, tmp_path):
    only_refused(Images(written(tmp_path / "set", content), size=(4, 4)))


@QUICK
@given(content=altered([TABLE.encode(), (TABLE * 3).encode("utf-8-sig"), b'"path","label"\r\n"a","b"\r\n']))
def test_altered_tables(content, tmp_path):
    only_refused(Images(written(tmp_path / "set.csv", content)))


@QUICK
@given(
    images=altered([idx(4, 2, 2, data=bytes(16))]),
    labels=altered([idx(4, data=bytes((0, 1, 0, 1)))]),
    packed=st.booleans(),
)
def test_altered_idx(images, labels, packed, tmp_path):
    written(tmp_path / "x-labels-idx1-ubyte", labels)
    only_refused(NotMNIST(written(tmp_path / "x-images-idx3-ubyte", gzip.compress(images) if packed else images)))


@settings(QUICK, max_examples=400)
@given(content=altered(PICTURES))
def test_altered_pictures(content):
    try:
        found = decode(content, Form()).pixels
    except Unreadable:
        return
    assert found.dtype == np.uint8


def test_random_bytes_are_nothing(tmp_path):
    generator = random.Random(0)
    for start in (b"", b"PK\3\4", b"\x1f\x8b\x08\0", b"BZh9", b"\xfd7zXZ\0", b"\0\0\x08\x03"):
        only_refused(Images(written(tmp_path / "set", start + generator.randbytes(2000))))
        only_refused(NotMNIST(tmp_path / "set"))
