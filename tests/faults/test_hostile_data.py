"""Tables and images from strangers: each hostile kind is refused, named or read rightly, in bounded memory."""

import gzip
import io
import itertools
import os
import struct
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from forms import write_folder
from hostile import GREY, NOISE, ONE, TABLE, huge_png, idx, saved, written
from PIL import Image, ImageFile

from visavis.datasets import Images
from visavis.datasets.reading import collection
from visavis.datasets.reading.decode import FORMATS, Form, Unreadable, decode
from visavis.datasets.reading.idx import _ids as idx_names
from visavis.datasets.reading.idx import read_idx
from visavis.errors import DataError


@pytest.fixture(autouse=True)
def no_cache(monkeypatch):
    """What is read is read anew."""
    monkeypatch.setenv("VISAVIS_CACHE", os.devnull)


# IDX.


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

HOSTILE_TABLES = {
    "nothing": (b"", "has no column of that name; got no lines"),
    "no rows": (b"path,label\n", "has no row with a label; got the columns' names only"),
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
    "long column": (b"x" * 100_000 + b"\n1\n", "has no column of that name"),
    "long class": (b"path,label\na.png," + b"x" * 100_000 + b"\n", "none of the 1 files is there"),
    "classes": (
        b"path,label\n" + b"".join(b"%d.png,%d\n" % (n, n) for n in range(5000)),
        "none of the 5,000 files is there .*/2.png'; expected",
    ),
    "long file name": (b"path,label\n" + b"x" * 5000 + b",A\n", "none of the 1 files is there"),
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


def many_frames(kind, count=3000):
    frames = [Image.new("L", (1, 1), shade) for shade in (0, 255)]
    out = io.BytesIO()
    how = {"GIF": {"duration": 10}, "TIFF": {}, "WEBP": {}, "PNG": {}}[kind]
    frames[0].save(
        out, kind, save_all=True, append_images=list(itertools.islice(itertools.cycle(frames[::-1]), count)), **how
    )
    return out.getvalue()


HOSTILE_IMAGES = {
    "empty": (b"", "empty file"),
    "text": (b"not an image", "not an image"),
    "cut": (saved(NOISE)[:-300], "(?i)truncated|broken"),
    "cut JPEG": (saved(NOISE, "JPEG")[:-300], "without its end"),
    "wrong header": (b"\x89PNG\r\n\x1a\n" + bytes(100), "overwritten"),
    "wrong checksum": (saved(GREY)[:-20] + b"xxxx" + saved(GREY)[-16:], "(?i)broken|checksum|crc|truncated"),
    "square of bits": (huge_png(16384, 16384), "too many pixels|too large"),
    "no pixels": (huge_png(1, 1).replace(struct.pack(">2I", 1, 1), struct.pack(">2I", 0, 1)), "checksum"),
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
from visavis.datasets.reading.decode import Form, decode
decode(Path(sys.argv[1]).read_bytes(), Form())
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(peak.split()[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux says how much memory a process took")
@pytest.mark.parametrize(("depth", "colour"), [(8, 2), (8, 6), (16, 0)])
def test_the_largest_picture_takes_less_than_a_gigabyte(depth, colour, tmp_path):
    path = written(tmp_path / "large.png", huge_png(8192, 8192, depth, colour))
    done = subprocess.run([sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1 << 20
