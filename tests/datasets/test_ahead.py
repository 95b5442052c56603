import os
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest
from forms import letters, png, write_folder
from PIL import Image

from visavis.datasets import Images
from visavis.datasets.reading import ahead, decode
from visavis.datasets.reading.ahead import decoded_in_order, decoders
from visavis.datasets.reading.decode import Form, Unreadable
from visavis.datasets.reading.files.members import Member
from visavis.errors import DataError

SHADES = [Member(f"{shade}.png", png(np.full((4, 4), shade, np.uint8))) for shade in range(40)]


def test_files_come_in_their_order_however_long_they_take(monkeypatch):
    real = ahead.decode_silenced

    def slow(content, form):
        time.sleep(0.02 * (content == SHADES[3].content))
        return real(content, form)

    monkeypatch.setattr(ahead, "decode_silenced", slow)
    odd = [Member("odd.png", b"x"), Member("gone.png", b"", "no such file")]
    with decoders() as pool:
        found = list(decoded_in_order(zip([*SHADES, *odd], range(42), strict=True), Form(), pool))
    assert [number for _, number, _ in found] == list(range(42))
    assert [int(one.pixels[0, 0, 0]) for _, _, one in found[:40]] == list(range(40))
    assert [str(one) for _, _, one in found[40:]] == ["not an image in a known format", "no such file"]
    assert all(isinstance(one, Unreadable) for _, _, one in found[40:])


def test_few_files_are_read_before_their_turn():
    read = []

    def files():
        for member in SHADES:
            read.append(member)
            yield member, None

    with decoders() as pool:
        for number, _ in enumerate(decoded_in_order(files(), Form(), pool)):
            assert len(read) <= number + 1 + ahead.AHEAD


def test_warnings_are_as_before_whatever_happens(tmp_path):
    before, threads = list(warnings.filters), threading.active_count()
    files = {**letters("AB"), "C/broken.png": b"no image"}
    with pytest.raises(DataError, match=r"class 'C' .* is empty"):
        Images(write_folder(tmp_path / "images", files)).load()
    assert warnings.filters == before
    assert threading.active_count() == threads


def test_large_pictures_are_decoded_one_after_the_other(monkeypatch):
    monkeypatch.setattr(decode, "LARGE_PIXELS", 15)
    real, at_once, most = decode._pixels, [], []

    def counted(image, form):
        at_once.append(image)
        most.append(len(at_once))
        time.sleep(0.002)
        found = real(image, form)
        at_once.pop()
        return found

    monkeypatch.setattr(decode, "_pixels", counted)
    with decoders() as pool:
        assert len(list(decoded_in_order(((one, None) for one in SHADES), Form(), pool))) == 40
    assert max(most) == 1


def test_libtiff_is_silent_and_the_standard_error_comes_back(tmp_path):
    for label in "ab":
        (tmp_path / "set" / label).mkdir(parents=True)
        for number in range(30):
            path = tmp_path / "set" / label / f"{number}.tif"
            pixels = np.arange(number, number + 100, dtype=np.uint8).reshape(10, 10)
            Image.fromarray(pixels).save(path, compression="tiff_lzw")
            if number % 3 == 0:
                content = bytearray(path.read_bytes())
                content[10:14] = b"\xff\xff\xff\xff"
                path.write_bytes(content)
    code = """
import sys
from pathlib import Path
from visavis.datasets import Images
data = Images(Path(sys.argv[1])).load()
print(len(data.left_out))
print("still there", file=sys.stderr)
"""
    environment = {**os.environ, "VISAVIS_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "set")], capture_output=True, text=True, env=environment
    )
    assert done.stderr == "still there\n"
    assert done.stdout == "20\n"
