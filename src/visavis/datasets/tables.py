"""Images by a CSV file: a manifest of paths and labels, or Kaggle's ``fer2013.csv`` with the pixels in it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from visavis.datasets.archives import LARGEST_MEMBER, Member
from visavis.datasets.cache import cached, file_key
from visavis.datasets.collection import PARTS, TEST, TRAIN, UNSPLIT, Collection, Place, gather
from visavis.datasets.decode import Form, decoded
from visavis.describe import digest
from visavis.errors import DataError
from visavis.interfaces import LeftOut

PATHS = ("path", "file", "filename", "image")
LABELS = ("label", "class", "target")
SPLITS = ("split", "part", "usage", "set")
"""Names of a manifest's columns, in any case; the split may be left out."""

EMOTIONS = ("angry", "disgusted", "fearful", "happy", "sad", "surprised", "neutral")
"""What Kaggle's numbers 0 to 6 stand for, by the class names of the study."""
FER_EMOTIONS = {str(number): name for number, name in enumerate(EMOTIONS)}
FER_COLUMNS = {"emotion", "pixels", "usage"}
FER_SIDE = 48
FER_PARTS = {"Training": TRAIN, "PublicTest": TEST, "PrivateTest": TEST}

Row = Mapping[str, str]


def is_table(path: Path) -> bool:
    """Whether it is a CSV file, by its name."""
    return path.suffix.lower() == ".csv"


def read_table(path: Path, form: Form) -> Collection:
    """The images of a CSV file.

    Raises:
        DataError: its columns are others, a path leads out of its folder, or as ``gather``.
    """
    columns = set(next(iter(_rows(path)), {}))
    if columns >= FER_COLUMNS:
        return cached([file_key(path), "fer2013", repr(form)], lambda: _read_fer(path, form))
    _column(columns, PATHS, path)
    _column(columns, LABELS, path)
    keys = [file_key(path), _files_key(path), repr(form)]
    return cached(keys, lambda: gather(_placed(path), str(path), form))


def _files_key(path: Path) -> str:
    """A digest of the sizes and times of the files that a manifest names."""
    column = _column(set(next(_rows(path))), PATHS, path)
    found = []
    for row in _rows(path):
        file = path.parent / row[column].strip()
        about = file.stat() if file.is_file() else None
        found.append([row[column], about and about.st_size, about and about.st_mtime_ns])
    return digest(found)


def _rows(path: Path) -> Iterator[Row]:
    """Yields the lines by column, the columns' names in small letters."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="", restkey="")
            for row in reader:
                yield {name.strip().lower(): value for name, value in row.items() if name}
    except (UnicodeDecodeError, csv.Error) as problem:
        raise DataError(f"{path} can't be read as CSV", got=problem, expected="comma-separated text") from problem


def _column(columns: set[str], names: tuple[str, ...], path: Path) -> str:
    found = [name for name in names if name in columns]
    if not found:
        raise DataError(
            f"{path} has no column of that name",
            got=", ".join(sorted(columns)[:8]) or "no lines",
            expected=f"a column {' or '.join(names)}",
            do="a manifest has the columns path, label and perhaps split; fer2013.csv has emotion, pixels and Usage",
        )
    return found[0]


def _placed(path: Path) -> Iterator[tuple[Member, Place]]:
    """Yields the files that a manifest names."""
    columns = set(next(_rows(path)))
    file_column, label_column = _column(columns, PATHS, path), _column(columns, LABELS, path)
    split_column = next((name for name in SPLITS if name in columns), None)
    seen: set[PurePosixPath] = set()
    for number, row in enumerate(_rows(path), start=2):
        name, label = row[file_column].strip(), row[label_column].strip()
        if not name or not label:
            raise DataError(f"line {number} of {path} names no file or no label", got=dict(islice(row.items(), 4)))
        place = PurePosixPath(name.replace("\\", "/"))
        if place in seen:
            raise DataError(f"line {number} of {path} names a file for the second time", got=name, expected="each once")
        seen.add(place)
        part = UNSPLIT if split_column is None else _part(row[split_column], number, path)
        yield _member(path.parent, name), Place(part, label, f"{part.decode()}/{label}/{name}".lstrip("/"))


def _part(word: str, number: int, path: Path) -> bytes:
    part = PARTS.get(word.strip().lower()) or FER_PARTS.get(word.strip())
    if part is None:
        raise DataError(f"line {number} of {path} has an unknown split", got=repr(word), expected=", ".join(PARTS))
    return part


def _member(folder: Path, name: str) -> Member:
    place = PurePosixPath(name.replace("\\", "/"))
    if place.is_absolute() or ".." in place.parts:
        raise DataError(
            "the manifest has a path that leads out of its folder", got=repr(name), expected="paths below it"
        )
    try:
        file = folder / place
        if file.exists() and not file.is_file():
            return Member(name, b"", "not a file")
        if file.stat().st_size > LARGEST_MEMBER:
            return Member(name, b"", "too large for an image")
        return Member(name, file.read_bytes())
    except (OSError, ValueError) as problem:
        return Member(name, b"", getattr(problem, "strerror", None) or str(problem))


def _read_fer(path: Path, form: Form) -> Collection:
    images, labels, ids, parts, left_out = [], [], [], [], []
    classes = tuple(sorted(EMOTIONS))
    for number, row in enumerate(_rows(path)):
        usage = row["usage"].strip()
        try:
            emotion, part = FER_EMOTIONS[row["emotion"].strip()], FER_PARTS[usage]
            values = np.array(row["pixels"].split(), np.int64)
        except (ValueError, KeyError, OverflowError) as problem:
            left_out.append(LeftOut(f"row {number}", f"{type(problem).__name__}: {problem}"))
            continue
        if values.size != FER_SIDE**2 or values.min() < 0 or values.max() > 255:
            left_out.append(LeftOut(f"row {number}", f"{values.size} pixels instead of {FER_SIDE**2}, or not bytes"))
            continue
        square = values.astype(np.uint8).reshape(FER_SIDE, FER_SIDE)
        images.append(decoded(Image.fromarray(square), form).pixels)
        labels.append(classes.index(emotion))
        ids.append(f"{part.decode()}/{emotion}/{usage}_{number:05d}".encode())
        parts.append(part)
    if not images:
        raise DataError(f"{path} has no images", got=f"{len(left_out)} rows, none readable")
    order = np.argsort(ids, kind="stable")
    return Collection(
        np.stack(images)[order],
        np.array(labels)[order],
        np.array(ids)[order],
        np.array(parts)[order],
        classes,
        tuple(left_out),
        ((f"{FER_SIDE} x {FER_SIDE}, L", len(images)),),
    )
