"""WebDataset's tars: each sample is a few files of one name, an image and a class (``0001.jpg``, ``0001.cls``)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from visavis.datasets.reading.cache import decode_once
from visavis.datasets.reading.collection import Collection, Words, gather
from visavis.datasets.reading.decode import Form
from visavis.datasets.reading.files import Member, file_key, is_archive, quote, tar_members
from visavis.datasets.reading.layouts import PART_WORDS, UNSPLIT, Entry, is_image_name
from visavis.errors import DataError
from visavis.quantities import count
from visavis.read_as import ReadAs

CLASS = ".cls"
TARS = (".tar", ".tar.gz", ".tgz")
FIRST = 12
"""Files of a tar by which it is known: a sample has a few."""
LONGEST_CLASS = 200
WORD = re.compile(r"[a-z]+")
WORDS = Words(
    no_classes="no sample with a class",
    nothing="files of other kinds",
    layout="an image and a class for each sample, such as 0001.jpg and 0001.cls",
    filled="at least one readable image of every class",
    mend="pack the shards again",
)


def takes(path: Path) -> bool:
    """Whether it is such a tar, or a folder of them.

    Raises:
        OSError: it can't be read.
    """
    shards = _shards(path)
    try:
        return bool(shards) and any(name.endswith(CLASS) for name in islice(_names(shards[0]), FIRST))
    except DataError:
        return False  # which the reader of class folders tells


def read(path: Path, form: Form, read_as: ReadAs) -> Collection:
    """The images of all shards.

    Raises:
        DataError: an image has no class, or as ``tar_members`` and ``gather``.
        OSError: it can't be read.
    """
    read_as.require_only("WebDataset's tars")
    shards = _shards(path)
    notes = (f"{count(len(shards), 'shard')} of WebDataset.",)
    keys = [file_key(shard) for shard in shards]
    return decode_once(
        [*keys, "webdataset", repr(form)], lambda: gather(_files(shards), str(path), WORDS, form, notes=notes)
    )


def _shards(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.name.lower().endswith(TARS) and file.is_file())
    return [path] if path.is_file() and path.name.lower().endswith(TARS) and is_archive(path) else []


def _names(shard: Path) -> Iterator[str]:
    return (member.name for member in tar_members(shard, lambda _: False) if not member.is_folder)


def _files(shards: list[Path]) -> Iterator[tuple[Member, Entry]]:
    """Yields the images with their classes, which stand before or behind them in the tar."""
    for shard in shards:
        part = _part(shard.name)
        classes = {
            _key(file.name): _class(file, shard)
            for file in tar_members(shard, lambda name: name.endswith(CLASS))
            if file.name.endswith(CLASS)
        }
        for member in tar_members(shard, _is_image):
            if member.is_folder or not _is_image(member.name):
                continue
            label = classes.get(_key(member.name))
            if label is None:
                raise DataError(
                    f"an image of {shard} has no class",
                    got=quote(member.name),
                    expected=f"{_key(member.name)}{CLASS} in the same tar",
                )
            prefix = f"{part.decode()}/" if part else ""
            yield member, Entry(part, label, f"{prefix}{label}/{shard.name}/{member.name}")


def _is_class(name: str) -> bool:
    return name.endswith(CLASS)


def _is_image(name: str) -> bool:
    return is_image_name(name) and not name.endswith(CLASS)


def _key(name: str) -> str:
    """What the files of a sample have in common: the path up to the first point in the file's name."""
    folder, slash, file = name.rpartition("/")
    return f"{folder}{slash}{file.partition('.')[0]}"


def _class(file: Member, shard: Path) -> str:
    label = file.content[: LONGEST_CLASS + 1].decode(errors="replace").strip()
    if not label or len(label) > LONGEST_CLASS:
        raise DataError(
            f"{quote(file.name)} of {shard} names no class", got=quote(label), expected="a number or a name"
        )
    return sys.intern(label)


def _part(name: str) -> bytes:
    """The part that a shard's name says: ``imagenet-train-000012.tar``."""
    return next((PART_WORDS[word] for word in WORD.findall(name.lower()) if word in PART_WORDS), UNSPLIT)
