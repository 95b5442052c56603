"""Files with a few bytes altered: readers take them, or refuse them in one line."""

import contextlib
import gzip
import os
import random
import tarfile
import zipfile

import numpy as np
import pytest
from hostile import GREY, TABLE, idx, saved, tar_of, written, zip_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from visavis.datasets import Images
from visavis.datasets.reading.decode import Form, Unreadable, decode
from visavis.errors import VisavisError


@pytest.fixture(autouse=True)
def no_cache(monkeypatch):
    """What is read is read anew."""
    monkeypatch.setenv("VISAVIS_CACHE", os.devnull)


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
    only_refused(Images(written(tmp_path / "x-images-idx3-ubyte", gzip.compress(images) if packed else images)))


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
        only_refused(Images(tmp_path / "set"))
