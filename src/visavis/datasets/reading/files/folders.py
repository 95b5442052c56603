"""Files below a folder; links to other folders are followed, pipes and devices never opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from visavis.datasets.reading.files.members import Member, Wish, is_hidden, require_small
from visavis.errors import DataError

RUNS, JOURNAL = "runs", "events.jsonl"
"""The folder that runs are written to by default, and a file that each of them has."""


def folder_members(folder: Path, is_wanted: Wish) -> Iterator[Member]:
    """Yields files and folders below a folder, in order of their names, without those that systems leave behind.

    Raises:
        DataError: a folder can't be read, or a is_wanted file is too large for an image.
    """
    for path in sorted(_below(folder)):
        name = path.relative_to(folder).as_posix()
        if is_hidden(name):
            continue
        if path.is_dir():
            yield Member(name, b"", is_folder=True)
        else:
            yield _file(path, name) if is_wanted(name) else Member(name, b"")


def _file(path: Path, name: str) -> Member:
    try:
        status = path.stat()
        if not path.is_file():
            return Member(name, b"", "neither a file nor a folder")
        require_small(name, status.st_size)
        return Member(name, path.read_bytes())
    except OSError as problem:
        return Member(name, b"", str(problem.strerror))


def files_below(folder: Path) -> Iterator[Path]:
    """Yields the files below a folder, in no order; nothing where there is no such folder.

    Raises:
        DataError: a folder can't be read.
    """
    if folder.is_dir():
        yield from (path for path in _below(folder) if path.is_file())


def _below(folder: Path) -> Iterator[Path]:
    """Yields what lies below a folder, through links to other folders too, each folder once; not within run folders.

    Raises:
        DataError: a folder can't be read.
    """
    real_folders = {folder.resolve()}  # links can lead back to where the walk has been

    def refuse(problem: OSError) -> None:
        raise DataError(f"{problem.filename} can't be read", got=problem.strerror, expected="readable folders")

    try:
        for parent, folders, files in os.walk(folder, followlinks=True, onerror=refuse):
            folders[:] = [name for name in folders if not _holds_runs(Path(parent, name))]
            folders[:] = [name for name in sorted(folders) if not _is_known(Path(parent, name), real_folders)]
            yield from (Path(parent, name) for name in (*folders, *files))
    except RecursionError:  # some versions of os.walk call themselves for each level
        raise DataError(f"{folder} has folders within folders without end", expected="class folders") from None


def _holds_runs(folder: Path) -> bool:
    """Whether it is a run folder, or that of all runs, which can lie in the folder of their data."""
    return (folder / JOURNAL).is_file() or (folder.name == RUNS and any(folder.glob(f"*/{JOURNAL}")))


def _is_known(folder: Path, real_folders: set[Path]) -> bool:
    real = folder.resolve()
    is_known = real in real_folders
    real_folders.add(real)
    return is_known
