"""NumPy's ``.npz``: images and labels as arrays, with their parts in the names, as MedMNIST and Keras have them."""

from __future__ import annotations

import io
import math
import re
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from visavis.datasets.reading.cache import decode_once
from visavis.datasets.reading.collection import Collection, digests_of
from visavis.datasets.reading.decode import Form
from visavis.datasets.reading.files import (
    METHODS,
    MOST_MEMBERS,
    archive_error,
    file_key,
    quote,
    require_unpacked,
    unpacked_limit,
)
from visavis.datasets.reading.layouts import PART_WORDS, UNSPLIT, natural
from visavis.datasets.reading.pixels import in_form
from visavis.errors import DataError
from visavis.quantities import list_text, some_text
from visavis.read_as import ReadAs

IMAGES = frozenset({"images", "image", "x", "data", "imgs"})
LABELS = frozenset({"labels", "label", "y", "targets", "target"})
CLASS_NAMES = ("class_names", "classes", "label_names", "names")
WORD = re.compile(r"[a-z]+")
MOST_SHOWN = 8
LONGEST_HEADER = 10_000
LARGEST_NAMES = 1 << 20


def takes(path: Path) -> bool:
    """Whether it is such a file, by its name."""
    return path.suffix.lower() == ".npz" and path.is_file()


def read(path: Path, form: Form, read_as: ReadAs) -> Collection:
    """The images of an npz file.

    Raises:
        DataError: it is damaged, holds other arrays, or unpacks to far more than its own size.
    """
    read_as.require_only("an npz file")
    return decode_once([file_key(path), "npz", repr(form)], lambda: _read(path, form))


def _read(path: Path, form: Form) -> Collection:
    try:
        with zipfile.ZipFile(path) as archive:
            require_unpacked(sum(entry.file_size for entry in archive.infolist()), unpacked_limit(path), path)
            arrays = {Path(entry.filename).stem: entry for entry in archive.infolist()}
            pairs = _pairs(tuple(arrays), path)
            parts = [_pair(archive, arrays[images], arrays[labels], path) for images, labels in pairs.values()]
            names = next((_array(archive, arrays[name], path) for name in CLASS_NAMES if name in arrays), None)
    except DataError:
        raise
    except Exception as problem:  # damaged archives make the reader raise whatever comes to hand
        raise archive_error(path, problem) from problem
    shapes = sorted({images.shape[1:] for images, _ in parts})
    if len(shapes) > 1:
        raise DataError(f"the images of {path} have mixed shapes", got=list_text(shapes), expected="one")
    pixels = in_form(np.concatenate([images for images, _ in parts]), form)
    labels, classes = _classes(np.concatenate([labels for _, labels in parts]), names, path)
    counts = [len(images) for images, _ in parts]
    height, width = shapes[0][:2]
    names_in_pairs = {name for pair in pairs.values() for name in pair}
    rest = sorted(set(arrays) - names_in_pairs - set(CLASS_NAMES))
    return Collection(
        images=pixels,
        labels=labels,
        ids=np.concatenate([_ids(part, count) for part, count in zip(pairs, counts, strict=True)]),
        parts=np.repeat(np.array(list(pairs)), counts),
        classes=classes,
        left_out=(),
        originals=((f"{width} x {height}, {'L' if len(shapes[0]) == 2 else 'RGB'}", len(labels)),),
        groups=np.full(len(labels), b""),
        digests=digests_of(pixels),
        notes=(
            f"Arrays: {list_text(f'{images} and {names}' for images, names in pairs.values())}.",
            *([f"Arrays not used: {some_text(rest, MOST_SHOWN)}."] if rest else []),
        ),
    ).by_name()


def _pairs(names: tuple[str, ...], path: Path) -> dict[bytes, tuple[str, str]]:
    """The names of images and labels of each part.

    Raises:
        DataError: a part has one of them only, or two arrays could be the same thing.
    """
    roles: dict[tuple[bytes, bool], str] = {}
    for name in names:
        words = set(WORD.findall(name.lower()))
        parts = [PART_WORDS[word] for word in sorted(words & PART_WORDS.keys())] or [UNSPLIT]
        rest = words - PART_WORDS.keys()
        is_images, is_labels = bool(rest & IMAGES), bool(rest & LABELS)
        if is_images == is_labels or len(rest) > 1:
            continue
        key = parts[0], is_images
        if key in roles:
            raise DataError(f"two arrays of {path} could be the same", got=f"{roles[key]} and {name}", expected="one")
        roles[key] = name
    pairs = {
        part: (name, roles[part, False])
        for (part, is_images), name in roles.items()
        if is_images and (part, False) in roles
    }
    if not pairs or len(roles) != 2 * len(pairs):
        raise DataError(
            f"{path} has no pairs of images and labels",
            got=some_text([quote(name) for name in names], MOST_SHOWN),
            expected="train_images and train_labels, test_images and test_labels, or images and labels",
            do="save it again with such names: numpy.savez(path, images=images, labels=labels)",
        )
    return pairs


def _pair(
    archive: zipfile.ZipFile, images: zipfile.ZipInfo, labels: zipfile.ZipInfo, path: Path
) -> tuple[np.ndarray, np.ndarray]:
    pixels, answers = _array(archive, images, path), _array(archive, labels, path)
    is_image = pixels.ndim == 3 or (pixels.ndim == 4 and pixels.shape[3] in (1, 3))
    if pixels.dtype != np.uint8 or not is_image or 0 in pixels.shape:
        raise DataError(
            f"{quote(images.filename)} of {path} holds no images",
            got=f"{pixels.dtype} {list(pixels.shape)}",
            expected="uint8 [images, height, width] or [images, height, width, 3], values from 0 to 255",
            do=_advice(pixels),
        )
    if len(pixels) > MOST_MEMBERS:
        raise DataError(f"{path} has too many images", got=f"{len(pixels):,}", expected=f"at most {MOST_MEMBERS:,}")
    if len(answers) != len(pixels):
        raise DataError(
            f"images and labels of {path} don't match",
            got=f"{len(pixels):,} images, {len(answers):,} labels",
            expected="one label for each image",
        )
    return (pixels[..., 0] if pixels.ndim == 4 and pixels.shape[3] == 1 else pixels), _one_label(answers, path)


def _advice(pixels: np.ndarray) -> str:
    """What makes images of an array."""
    if pixels.ndim == 4 and pixels.shape[1] in (1, 3):
        return "put the channels last: images.transpose(0, 2, 3, 1)"
    if pixels.dtype.kind == "f" and pixels.size and pixels.min() >= 0 and pixels.max() <= 1:
        return "save them as bytes: (255 * images).round().astype(numpy.uint8)"
    return "save them as bytes from 0 to 255: images.astype(numpy.uint8)"


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> np.ndarray:
    """An array, which is exactly as large as its head says.

    Raises:
        DataError: it isn't, or holds objects.
    """
    if entry.flag_bits & 1 or entry.compress_type not in METHODS:
        raise archive_error(path, f"{quote(entry.filename)} is encrypted, or packed in a rare way")
    with archive.open(entry) as file:
        content = file.read(entry.file_size + 1)
    stream = io.BytesIO(content)
    version = npy.read_magic(stream)
    read_head = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read_head(stream, max_header_size=LONGEST_HEADER)
    if dtype.hasobject:
        raise DataError(
            f"{quote(entry.filename)} of {path} holds Python objects",
            got=str(dtype),
            expected="numbers or text",
            do="save labels as text: labels.astype(str)",
        )
    if math.prod(shape) * dtype.itemsize != len(content) - stream.tell():
        raise archive_error(path, f"{quote(entry.filename)} says {dtype} {list(shape)} and holds something else")
    stream.seek(0)
    array: np.ndarray = npy.read_array(stream, allow_pickle=False, max_header_size=LONGEST_HEADER)
    return array


def _one_label(labels: np.ndarray, path: Path) -> np.ndarray:
    """[n]: of labels [n], [n, 1], or [n, classes] with a single 1 in each row."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        return labels[:, 0]
    if (
        labels.ndim == 2
        and labels.dtype.kind in "biuf"
        and ((labels == 1).sum(1) == 1).all()
        and (labels != 0).sum() == len(labels)
    ):
        return labels.argmax(1)
    if labels.ndim != 1 or labels.dtype.kind not in "iuUS":
        raise DataError(
            f"the labels of {path} aren't one class for each image",
            got=f"{labels.dtype} {list(labels.shape)}",
            expected="whole numbers or text, [images], or a single 1 in each row",
        )
    return labels


def _classes(labels: np.ndarray, names: np.ndarray | None, path: Path) -> tuple[np.ndarray, tuple[str, ...]]:
    """int64 [n] and the classes: by their names where the file has them for numbers, else by themselves."""
    values = np.unique(labels)
    texts = {
        value: value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in values.tolist()
    }
    if names is not None and labels.dtype.kind in "iu" and names.ndim == 1 and names.dtype.kind in "US":
        if values.min() < 0 or values.max() >= len(names) or names.nbytes > LARGEST_NAMES:
            raise DataError(
                f"the labels of {path} have no names", got=str(values.max()), expected=f"below {len(names)}"
            )
        texts = {value: str(names[value]) for value in values.tolist()}
    if len(values) < 2:
        raise DataError(f"{path} has one class only", got=quote(*texts.values()), expected="two classes or more")
    is_named = names is not None
    order = sorted(texts, key=(lambda value: value) if is_named else lambda value: natural(texts[value]))
    index = {value: number for number, value in enumerate(order)}
    return np.array([index[value] for value in labels.tolist()], np.int64), tuple(texts[value] for value in order)


def _ids(part: bytes, count: int) -> np.ndarray:
    """bytes [count]: the part with the row's number."""
    rows = np.char.zfill(np.arange(count).astype("S"), 6)
    return np.char.add(part + b"/" if part else b"", rows)
