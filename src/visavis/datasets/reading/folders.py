"""Files below a folder; links to other folders are followed, pipes and devices never opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from visavis.datasets.reading.members import Member, is_hidden, require_small
from visavis.errors import DataError


def folder_members(path: Path) -> Iterator[Member]:
    """Yields files and folders below a folder, in order of their names, without those that systems leave behind.

    Raises:
        DataError: a folder can't be read, or a file is too large for an image.
    """
    for place in sorted(_below(path)):
        name = place.relative_to(path).as_posix()
        if is_hidden(name):
            continue
        yield Member(name, b"", is_folder=True) if place.is_dir() else _file(place, name)


def _file(place: Path, name: str) -> Member:
    try:
        about = place.stat()
        if not place.is_file():
            return Member(name, b"", "neither a file nor a folder")
        require_small(name, about.st_size)
        return Member(name, place.read_bytes())
    except OSError as problem:
        return Member(name, b"", str(problem.strerror))


def files_below(path: Path) -> Iterator[Path]:
    """Yields the files below a folder, in no order; nothing where there is no such folder.

    Raises:
        DataError: a folder can't be read.
    """
    if path.is_dir():
        yield from (place for place in _below(path) if place.is_file())


def _below(path: Path) -> Iterator[Path]:
    """Yields what lies below a folder, through links to other folders too, each folder once.

    Raises:
        DataError: a folder can't be read.
    """
    seen = {path.resolve()}

    def refuse(problem: OSError) -> None:
        raise DataError(f"{problem.filename} can't be read", got=problem.strerror, expected="readable folders")

    try:
        for place, folders, files in os.walk(path, followlinks=True, onerror=refuse):
            folders[:] = [name for name in sorted(folders) if not _is_known(Path(place, name), seen)]
            yield from (Path(place, name) for name in (*folders, *files))
    except RecursionError:  # some versions of os.walk call themselves for each level
        raise DataError(f"{path} has folders within folders without end", expected="class folders") from None


def _is_known(folder: Path, seen: set[Path]) -> bool:
    real = folder.resolve()
    known = real in seen
    seen.add(real)
    return known
