"""Kaggle's ``fer2013.csv``, with the pixels in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from visavis.data import LeftOut
from visavis.datasets.reading.collection import Collection, content_digest
from visavis.datasets.reading.decode import Form, bitmap_of
from visavis.datasets.reading.files import quote
from visavis.datasets.reading.layouts import USAGES
from visavis.datasets.reading.stack import Stack
from visavis.datasets.reading.tables import Table
from visavis.errors import DataError

COLUMNS = frozenset({"emotion", "pixels", "usage"})
EMOTIONS = ("angry", "disgusted", "fearful", "happy", "sad", "surprised", "neutral")
"""What Kaggle's numbers 0 to 6 stand for, by the class names of the study."""
SIDE = 48
LONGEST_REASON = 100


def read_fer(table: Table, form: Form) -> Collection:
    """The faces.

    Raises:
        DataError: a row says another part than FER2013 has, or none can be read.
    """
    stack, labels, ids, parts, left_out, digests = Stack(), [], [], [], [], []
    # in the order that class folders have, so that labels mean the same in every form of FER2013
    classes = tuple(sorted(EMOTIONS))
    for number, (name, row) in enumerate(table.rows()):
        usage, part = _usage(row["usage"], name, table.path)
        try:
            emotion = EMOTIONS[_number(row["emotion"])]
            square = _pixels(row["pixels"])
        except (ValueError, IndexError, OverflowError) as problem:
            left_out.append(LeftOut(f"row {number}", f"{type(problem).__name__}: {problem}"[:LONGEST_REASON]))
            continue
        stack.add(bitmap_of(Image.fromarray(square), form).pixels)
        labels.append(classes.index(emotion))
        ids.append(f"{part.decode()}/{emotion}/{usage}_{number:05d}".encode())
        parts.append(part)
        digests.append(content_digest(square.tobytes()))
    if not labels:
        raise DataError(f"{table.path} has no images", got=f"{len(left_out)} rows, none readable")
    return Collection(
        images=stack.array(),
        labels=np.array(labels),
        ids=np.array(ids),
        parts=np.array(parts),
        classes=classes,
        left_out=tuple(left_out),
        originals=((f"{SIDE} x {SIDE}, L", len(labels)),),
        groups=np.full(len(labels), b""),
        digests=np.array(digests),
    ).by_name()


def _usage(word: str, name: str, path: Path) -> tuple[str, bytes]:
    usage = next((usage for usage in USAGES if usage.lower() == word.strip().lower()), None)
    if usage is None:
        raise DataError(
            f"{name} of {path} has an unknown Usage",
            got=quote(word),
            expected=", ".join(USAGES),
        )
    return usage, USAGES[usage]


def _number(cell: str) -> int:
    number = int(cell.strip())
    if number < 0:
        raise ValueError(f"emotion {number}")
    return number


def _pixels(cell: str) -> np.ndarray:
    """uint8 [48, 48].

    Raises:
        ValueError: they are too few or too many, or not bytes.
    """
    values = np.array(cell.split(), np.int64)
    if values.size != SIDE**2 or values.min() < 0 or values.max() > 255:
        raise ValueError(f"{values.size} pixels instead of {SIDE**2}, or not bytes")
    return values.astype(np.uint8).reshape(SIDE, SIDE)
