"""Digests of files: by their bytes, or by what the file system says of them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from visavis.datasets.reading.files.folders import files_below

SAMPLED = 64
"""Files of a folder whose contents are part of its key: some file systems have neither numbers nor fine times."""


def file_key(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stat_key(path: Path | str) -> tuple[int, ...]:
    """What the file system says of a file that two files can't share: its size, device, number, and the times of its
    last change. The last, that of its status, can't be set by a program that unpacks or copies it.
    """
    try:
        status = os.stat(path)  # noqa: PTH116  # a million paths: as text they take a tenth of the time
    except OSError as problem:
        return (-1, problem.errno or 0)
    return (status.st_size, status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)


def is_there(path: Path) -> bool:
    """Whether there is something at a path; not where its name is longer than names can be, either."""
    return stat_key(path)[0] >= 0


def folder_key(path: Path) -> str:
    """A digest of the names of the files below a folder, of what the file system says of each, and of the contents of
    some; links to other folders are followed.
    """
    names, hasher, prefix = sorted(files_below(path)), hashlib.sha256(), f"{path}{os.sep}"
    for name in names:
        hasher.update(f"{name}\0{stat_key(prefix + name)}\0".encode(errors="surrogateescape"))
    for name in names[:: max(1, len(names) // SAMPLED)][:SAMPLED]:
        hasher.update(_content_key(path / name).encode())
    return hasher.hexdigest()


def _content_key(path: Path) -> str:
    try:
        return file_key(path) if path.is_file() else "no file"
    except OSError as problem:  # it is told when it is decoded
        return str(problem.errno)
