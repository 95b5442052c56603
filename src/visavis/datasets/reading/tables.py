"""Images by a CSV file: a manifest of paths and labels, or Kaggle's ``fer2013.csv`` with the pixels in it."""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

import numpy as np
from PIL import Image

from visavis.data import LeftOut
from visavis.datasets.reading.cache import decode_once, file_key
from visavis.datasets.reading.collection import PARTS, TEST, TRAIN, UNSPLIT, Collection, Entry, Words, gather
from visavis.datasets.reading.decode import Form, bitmap_of
from visavis.datasets.reading.members import LARGEST_MEMBER, Member, quote
from visavis.datasets.reading.stack import Stack
from visavis.errors import DataError

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

LONGEST_ROW = 1 << 20
"""Letters of one row; one of FER2013's has at most 9,300."""
LONGEST_REASON = 100

Row = Mapping[str, str]


WORDS = Words(
    no_classes="no row with a label",
    nothing="the columns' names only",
    layout="one row for each image, such as one.png,A below path,label",
    filled="at least one readable image of every class",
    mend="mend the paths in its rows, or remove the rows",
)


def takes(path: Path) -> bool:
    """Whether it is a CSV file, by its name."""
    return path.suffix.lower() == ".csv" and path.is_file()


def read(path: Path, form: Form) -> Collection:
    """The images of a CSV file.

    Raises:
        DataError: its columns are others, a path leads out of its folder, or as ``gather``.
    """
    columns = _columns(path)
    if columns >= FER_COLUMNS:
        return decode_once([file_key(path), "fer2013", repr(form)], lambda: _read_fer(path, form))
    _column(columns, PATHS, path)
    _column(columns, LABELS, path)
    keys = [file_key(path), _files_key(path), repr(form)]
    return decode_once(keys, lambda: gather(_files(path), str(path), WORDS, form))


def _files_key(path: Path) -> str:
    """A digest of the sizes and times of the files that a manifest names."""
    column = _column(_columns(path), PATHS, path)
    hasher = hashlib.sha256()
    for row in _rows(path):
        try:
            status = (path.parent / _relative_path(row[column].strip())).stat()
            hasher.update(repr((row[column], status.st_size, status.st_mtime_ns)).encode())
        except OSError as problem:
            hasher.update(repr((row[column], problem.errno)).encode())
    return hasher.hexdigest()


def _columns(path: Path) -> set[str]:
    """The columns' names in small letters.

    Raises:
        DataError: as ``_lines``.
    """
    with _lines(path) as lines:
        return {name.strip().lower() for name in next(csv.reader(lines, strict=True), ()) if name}


def _rows(path: Path) -> Iterator[Row]:
    """Yields the lines by column, the columns' names in small letters.

    Raises:
        DataError: as ``_lines``.
    """
    with _lines(path) as lines:
        for row in csv.DictReader(lines, restval="", restkey="", strict=True):
            lines.of_row = 0
            yield {name.strip().lower(): value for name, value in row.items() if name}


@contextmanager
def _lines(path: Path) -> Iterator[_Lines]:
    """The lines of a CSV file.

    Raises:
        DataError: within the block: it is no CSV in UTF-8, or has a row longer than ``LONGEST_ROW``.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield _Lines(file, path)
    except (UnicodeDecodeError, csv.Error, OSError) as problem:
        raise DataError(f"{path} can't be read as CSV", got=problem, expected="comma-separated text") from problem


class _Lines:
    """The lines of a file, none of them read beyond what a row may have; a quoted row can go over many.

    Attributes:
        of_row: letters since the last row ended; set to 0 by whoever takes the rows.
    """

    def __init__(self, file: IO[str], path: Path) -> None:
        self.of_row = 0
        self._file, self._path = file, path

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._file.readline(LONGEST_ROW + 1)
        self.of_row += len(line)
        if self.of_row > LONGEST_ROW:
            raise DataError(
                f"{self._path} has a row that is too long",
                got=f"more than {LONGEST_ROW:,} letters",
                expected="one line for each image",
                do="look for a quote that never ends",
            )
        if "\0" in line:
            raise DataError(f"{self._path} can't be read as CSV", got="a zero byte", expected="text in UTF-8")
        if not line:
            raise StopIteration
        return line


def _column(columns: set[str], names: tuple[str, ...], path: Path) -> str:
    matches = [name for name in names if name in columns]
    if not matches:
        raise DataError(
            f"{path} has no column of that name",
            got=", ".join(name[:LONGEST_REASON] for name in sorted(columns)[:8]) or "no lines",
            expected=f"a column {' or '.join(names)}",
            do="a manifest has the columns path, label and perhaps split; fer2013.csv has emotion, pixels and Usage",
        )
    return matches[0]


def _files(path: Path) -> Iterator[tuple[Member, Entry]]:
    """Yields the files that a manifest names."""
    columns = _columns(path)
    file_column, label_column = _column(columns, PATHS, path), _column(columns, LABELS, path)
    split_column = next((name for name in SPLITS if name in columns), None)
    paths: set[str] = set()
    for number, row in enumerate(_rows(path), start=2):  # line 1 names the columns
        name, label = row[file_column].strip(), row[label_column].strip()
        if not name or not label:
            got = {key: value[:LONGEST_REASON] for key, value in islice(row.items(), 4)}
            raise DataError(f"line {number} of {path} names no file or no label", got=got)
        relative = str(_relative_path(name))
        if relative in paths:
            raise DataError(
                f"line {number} of {path} names a file for the second time",
                got=name[:LONGEST_REASON],
                expected="each once",
            )
        paths.add(relative)
        part = UNSPLIT if split_column is None else _part(row[split_column], number, path)
        yield _member(path.parent, name), Entry(part, sys.intern(label), f"{part.decode()}/{label}/{name}".lstrip("/"))


def _part(word: str, number: int, path: Path) -> bytes:
    part = PARTS.get(word.strip().lower()) or FER_PARTS.get(word.strip())
    if part is None:
        raise DataError(f"line {number} of {path} has an unknown split", got=quote(word), expected=", ".join(PARTS))
    return part


def _relative_path(name: str) -> PurePosixPath:
    """A manifest's path, below its folder.

    Raises:
        DataError: it leads out of the folder.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or PureWindowsPath(name).drive:
        raise DataError(
            "the manifest has a path that leads out of its folder", got=quote(name), expected="paths below it"
        )
    return path


def _member(folder: Path, name: str) -> Member:
    try:
        file = folder / _relative_path(name)
        if file.exists() and not file.is_file():
            return Member(name, b"", "not a file")
        if file.stat().st_size > LARGEST_MEMBER:
            return Member(name, b"", "too large for an image")
        return Member(name, file.read_bytes())
    except OSError as problem:
        return Member(name, b"", sys.intern(problem.strerror or str(problem)))  # a manifest can name millions


def _read_fer(path: Path, form: Form) -> Collection:
    stack, labels, ids, parts, left_out = Stack(), [], [], [], []
    # in the order that class folders have, so that labels mean the same in every form of FER2013
    classes = tuple(sorted(EMOTIONS))
    for number, row in enumerate(_rows(path)):
        usage = row["usage"].strip()
        try:
            emotion, part = FER_EMOTIONS[row["emotion"].strip()], FER_PARTS[usage]
            values = np.array(row["pixels"].split(), np.int64)
        except (ValueError, KeyError, OverflowError) as problem:
            left_out.append(LeftOut(f"row {number}", f"{type(problem).__name__}: {problem}"[:LONGEST_REASON]))
            continue
        if values.size != FER_SIDE**2 or values.min() < 0 or values.max() > 255:
            left_out.append(LeftOut(f"row {number}", f"{values.size} pixels instead of {FER_SIDE**2}, or not bytes"))
            continue
        square = values.astype(np.uint8).reshape(FER_SIDE, FER_SIDE)
        stack.add(bitmap_of(Image.fromarray(square), form).pixels)
        labels.append(classes.index(emotion))
        ids.append(f"{part.decode()}/{emotion}/{usage}_{number:05d}".encode())
        parts.append(part)
    if not labels:
        raise DataError(f"{path} has no images", got=f"{len(left_out)} rows, none readable")
    table = np.array(labels), np.array(ids), np.array(parts)
    originals = ((f"{FER_SIDE} x {FER_SIDE}, L", len(labels)),)
    return Collection(stack.array(), *table, classes, tuple(left_out), originals).by_name()
