"""The files of a zip, read as a stream and never extracted."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from visavis.datasets.reading.files.members import (
    Member,
    Wish,
    archive_error,
    is_hidden,
    quote,
    require_few,
    require_inside,
    require_small,
    require_unpacked,
    unpacked_limit,
)
from visavis.errors import DataError

METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Of the others zipfile unpacks a whole block at once, however large it gets."""
LINKS_AND_DEVICES = frozenset({stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK})
HEADER = 30
"""Bytes that stand before each file at the least."""


def zip_members(path: Path, is_wanted: Wish) -> Iterator[Member]:
    """Yields files and folders of a zip, without those that systems leave behind.

    Raises:
        DataError: it is damaged, encrypted, packed too well or in a rare way, its files overlap, or it has links,
            devices or names that lead out of it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _require_bounded(path, entries, archive.start_dir)
            for entry in entries:
                _require_plain(path, entry)
                name = entry.filename.replace("\\", "/")  # as some programs on Windows write them
                if is_hidden(name):
                    continue
                if name.endswith("/"):
                    yield Member(name, b"", is_folder=True)
                else:
                    yield Member(name, _content(archive, entry, path) if is_wanted(name) else b"")
    except DataError:
        raise
    except Exception as problem:  # damaged archives make the reader raise whatever comes to hand
        raise archive_error(path, problem) from problem


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> bytes:
    """Asks for one byte more than is declared, so that the reader unpacks no more than that at once."""
    require_small(entry.filename, entry.file_size)
    with archive.open(entry) as file:
        content = file.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise archive_error(path, f"{len(content)} bytes of {quote(entry.filename)} instead of {entry.file_size}")
    return content


def _require_bounded(path: Path, entries: Sequence[zipfile.ZipInfo], end: int) -> None:
    require_few(len(entries), path)
    require_unpacked(sum(entry.file_size for entry in entries), unpacked_limit(path), path)
    extents = sorted((entry.header_offset, entry.compress_size, quote(entry.filename)) for entry in entries)
    # the index of the archive begins where the last file must have ended
    for (start, size, name), (next_start, _, _) in pairwise([*extents, (end, 0, "")]):
        if start + HEADER + size > next_start:
            raise DataError(
                f"files of {path} overlap", got=name, expected="each byte in one file only", do="download it again"
            )


def _require_plain(path: Path, entry: zipfile.ZipInfo) -> None:
    require_inside(entry.orig_filename)
    if stat.S_IFMT(entry.external_attr >> 16) in LINKS_AND_DEVICES:
        raise DataError(
            f"{quote(entry.filename)} in {path} is a link or a device", expected="files and folders", do="remove it"
        )
    if entry.flag_bits & 1:
        raise DataError(f"{path} is encrypted", got=quote(entry.filename), expected="an archive that needs no password")
    if entry.compress_type not in METHODS:
        raise DataError(
            f"{path} is packed in a way that can't be read safely",
            got=f"method {entry.compress_type} of {quote(entry.filename)}",
            expected="stored or deflated files, as nearly every zip has them",
            do="pack it again",
        )
