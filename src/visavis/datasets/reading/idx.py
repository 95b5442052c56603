"""IDX files, the form in which MNIST and its relatives are given, gzipped or not.

The format: two zero bytes, a type code (8 is unsigned byte), the number of dimensions, each dimension as a big-endian
32-bit integer, then the data.
"""

from __future__ import annotations

import gzip
import math
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from visavis.arrays import concatenate, rows_at_once, slices
from visavis.checks import require
from visavis.datasets.reading.cache import decode_once
from visavis.datasets.reading.collection import Collection, digests_of
from visavis.datasets.reading.decode import Form
from visavis.datasets.reading.files import MOST_MEMBERS, file_key, require_unpacked, unpacked_limit
from visavis.datasets.reading.layouts import TEST, TRAIN, UNSPLIT
from visavis.errors import DataError
from visavis.read_as import ReadAs

IMAGES, LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"
IMAGES_IN_NAME = re.compile(r"images([-.])idx3-ubyte")
"""Some programs that unpack write a point for the hyphen."""
PARTS_OF_WORD = {"train": TRAIN, "t10k": TEST, "test": TEST}
"""The last word of a file's name before what the format adds, where it says which part the images are."""
GZIP = b"\x1f\x8b"


def is_idx(path: Path) -> bool:
    """Whether the file starts as an IDX file of unsigned bytes does."""
    try:
        with _open(path) as file:
            return file.read(4)[:3] == b"\0\0\x08"
    except (OSError, EOFError, zlib.error):
        return False


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as raw:
        gzipped = raw.read(2) == GZIP
    opener: Callable[..., Any] = gzip.open if gzipped else open
    return opener(path, "rb")


def image_files(folder: Path) -> list[Path]:
    """The IDX files of images in a folder, by name; of a file and its gzipped copy, the file."""
    files = {path.name.removesuffix(".gz"): path for path in sorted(folder.iterdir(), reverse=True) if path.is_file()}
    return [files[name] for name in sorted(files) if IMAGES_IN_NAME.search(name)]


def idx_files_at(path: Path) -> list[Path]:
    """The IDX files of images that a path stands for: those of a folder, or the file itself.

    Nothing where the folder can't be read, which the reader of class folders tells.
    """
    try:
        if path.is_dir():
            return image_files(path)
        return [path] if path.is_file() and is_idx(path) else []
    except OSError:
        return []


def labels_of(images: Path) -> Path | None:
    """The file of labels that lies beside a file of images, gzipped or not."""
    if not IMAGES_IN_NAME.search(images.name):
        return None
    plain = images.with_name(IMAGES_IN_NAME.sub(r"labels\1idx1-ubyte", images.name).removesuffix(".gz"))
    return next((path for path in (plain, plain.with_name(f"{plain.name}.gz")) if path.is_file()), None)


def _with_labels(images: list[Path]) -> list[Path]:
    """The files of images, then the files of labels that are there."""
    labels = [labels_of(path) for path in images]
    return [*images, *(path for path in labels if path is not None)]


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """An IDX file of unsigned bytes as an array.

    Raises:
        DataError: it is no such file, has another number of dimensions, is cut short, or unpacks to far more than
            its own size.
    """
    try:
        with _open(path) as file:
            shape = _shape(file.read(4 + 4 * dimensions), dimensions, path)
            return concatenate(_pieces(file, shape, path))
    except (OSError, EOFError, zlib.error) as problem:
        raise DataError(f"{path} can't be read to its end", got=problem, do="download it again") from problem


def _pieces(file: IO[bytes], shape: tuple[int, ...], path: Path) -> Iterator[np.ndarray]:
    """Yields what follows a head, uint8 [k, ...], some rows at a time."""
    size = math.prod(shape[1:])
    step = rows_at_once(size)
    for start in range(0, shape[0], step):
        length = min(step, shape[0] - start) * size
        content = file.read(length)
        if len(content) < length:
            raise _wrong_length(path, shape, f"{start * size + len(content)} bytes")
        yield np.frombuffer(content, np.uint8).reshape(-1, *shape[1:])
    if file.read(1):  # asked for, so that wrong checksums are noticed too
        raise _wrong_length(path, shape, "more bytes")


def _shape(head: bytes, dimensions: int, path: Path) -> tuple[int, ...]:
    """What the head of a file says, before so much is asked for."""
    if len(head) < 4 + 4 * dimensions or head[:4] != bytes((0, 0, 8, dimensions)):
        raise DataError(
            f"{path} isn't an IDX file of bytes", got=head[:4].hex(" "), expected=f"00 00 08 {dimensions:02x}"
        )
    shape = struct.unpack(f">{dimensions}I", head[4:])
    if 0 in shape:
        raise _wrong_length(path, shape, "nothing")
    if shape[0] > MOST_MEMBERS:
        raise DataError(f"{path} has too many images", got=f"{shape[0]:,}", expected=f"at most {MOST_MEMBERS:,}")
    require_unpacked(math.prod(shape), unpacked_limit(path), path)
    return shape


def _wrong_length(path: Path, shape: tuple[int, ...], got: str) -> DataError:
    return DataError(
        f"{path} hasn't the length that it says",
        got=got,
        expected=f"{' x '.join(map(str, shape))} bytes, and some of each",
        do="download it again",
    )


def takes(path: Path) -> bool:
    """Whether it is an IDX file of images, or a folder with some."""
    return bool(idx_files_at(path))


def read(path: Path, form: Form, read_as: ReadAs) -> Collection:
    """Pairs of IDX files of images and labels, from the cache where they have been read before; label k is the k-th
    letter of the alphabet.

    Args:
        path: of a file of images, or of a folder with some; each has its file of labels beside it. Where both
            ``train-...`` and ``t10k-...`` are there they are the given split.
        form: what the images have in any case, or nothing.

    Raises:
        InvalidStudy: another form is asked for.
        DataError: a file of labels is missing, or the numbers of images and labels differ.
    """
    read_as.require_only("IDX files")
    require(form.channels != 3, "data.channels", 3, "1 or none: the images of IDX files are grey")
    images = idx_files_at(path)
    letters = decode_once([file_key(file) for file in _with_labels(images)], lambda: _read_letters(images))
    size = letters.images.shape[2:]
    require(form.size in (None, size), "data.size", form.size, f"{size} or none: the images of IDX files have one size")
    return letters


def _read_letters(images: list[Path]) -> Collection:
    pairs = [_read_pair(path) for path in images]
    pixels = [image for image, _ in pairs]
    labels = np.concatenate([label for _, label in pairs]).astype(np.int64)
    highest = int(labels.max(initial=0))
    if highest >= 26 or len(np.unique(labels)) != highest + 1 or highest == 0:
        raise DataError(
            f"the labels of {images[0].name} can't be letters",
            got=np.unique(labels)[:30].tolist(),
            expected="all of 0 (for A) up to the last class, two classes or more",
        )
    sizes = {image.shape[1:] for image in pixels}
    if len(sizes) > 1:
        raise DataError("images of mixed size", got=sorted(sizes), expected="one size in all files")
    prefixes = [path.name[: _start(path.name)].strip("-_.") for path in images]
    counts = [len(label) for _, label in pairs]
    parts = np.repeat(_parts_of(prefixes), counts)
    ids = np.concatenate([_ids(prefix, count) for prefix, count in zip(prefixes, counts, strict=True)])
    classes = tuple(chr(ord("A") + label) for label in range(highest + 1))
    stack = pixels[0] if len(pixels) == 1 else concatenate(image[part] for image in pixels for part in slices(image))
    height, width = sizes.pop()
    originals = ((f"{width} x {height}, L", len(labels)),)
    return Collection(
        images=stack[:, None],
        labels=labels,
        ids=ids,
        parts=parts,
        classes=classes,
        left_out=(),
        originals=originals,
        groups=np.full(len(labels), b""),
        digests=digests_of(stack),
        notes=tuple(f"{path.name}: {len(image):,} images." for path, (image, _) in zip(images, pairs, strict=True)),
    ).by_name()


def _ids(prefix: str, count: int) -> np.ndarray:
    """bytes [count]: the prefix with the row's number; made without a Python object for each."""
    rows = np.char.zfill(np.arange(count).astype("S"), 6)
    return np.char.add(f"{prefix}/".encode(errors="surrogateescape"), rows)


def _parts_of(prefixes: list[str]) -> np.ndarray:
    """bytes [files]: the given split, where every file says its part and both parts are there.

    Raises:
        DataError: some say it and others don't, or several sets lie beside each other.
    """
    words = [prefix.replace("_", "-").split("-") for prefix in prefixes]
    parts = [PARTS_OF_WORD.get(last, UNSPLIT) for *_, last in words]
    is_split = {TRAIN, TEST} <= set(parts)
    sets = {tuple(before) for *before, _ in words}
    if is_split and (UNSPLIT in parts or len(sets) > 1):
        raise DataError(
            "several sets of IDX files lie beside each other",
            got=", ".join(prefixes),
            expected="one training and one test part",
            do="move the files of one set into a folder of its own",
        )
    return np.array(parts if is_split else [UNSPLIT] * len(parts))


def _start(name: str) -> int:
    """Where the format's part of a file's name begins; its end where there is none."""
    match = IMAGES_IN_NAME.search(name)
    return match.start() if match else len(name)


def _read_pair(images: Path) -> tuple[np.ndarray, np.ndarray]:
    labels = labels_of(images)
    if labels is None:
        raise DataError(
            f"{images} has no file of labels beside it",
            expected=f"NAME-{IMAGES} beside NAME-{LABELS}",
            do="put both files into one folder",
        )
    pair = read_idx(images, 3), read_idx(labels, 1)
    if len(pair[0]) != len(pair[1]):
        raise DataError(
            f"{images.name} and its labels don't match", got=f"{len(pair[0])} images, {len(pair[1])} labels"
        )
    return pair
