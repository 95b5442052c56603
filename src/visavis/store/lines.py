"""Files that grow by a line of JSON at a time: what was cut short is passed over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from visavis.describe import Plain, plain_of
from visavis.errors import StorageError
from visavis.store.documents import LookDocument
from visavis.store.files import append_line, decode, encode, read_bytes

LARGEST = 1 << 30
"""Bytes of such a file."""


def append_object(path: Path, plain: Mapping[str, Plain]) -> None:
    """Adds a line."""
    append_line(path, json.dumps(plain, default=plain_of))


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the objects of a file's lines; nothing where there is no file."""
    yield from objects_of(read_bytes(path, LARGEST).splitlines() if path.exists() else [])


def objects_of(lines: Sequence[bytes]) -> Iterator[dict[str, Any]]:
    """Yields the objects among lines of JSON."""
    for line in lines:
        try:
            plain = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(plain, dict):
            yield plain


def read_looks(path: Path) -> list[tuple[int, ...]]:
    """The seeds of each look so far, the earliest first."""
    looks = []
    for line in read_bytes(path, LARGEST).splitlines() if path.is_file() else ():
        with suppress(ValueError, RecursionError):
            looks.append(decode(line, LookDocument).seeds)
    return looks


def note_look(path: Path, seeds: Sequence[int]) -> None:
    """Adds a look, once for each set of seeds; what can't be written is let go, so that a folder can be read all the
    same.
    """
    if any(set(look) == set(seeds) for look in read_looks(path)):
        return
    with suppress(StorageError, OSError):
        append_line(path, encode(LookDocument(tuple(seeds))).decode())
