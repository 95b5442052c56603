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
        DataError: a folder can't be read, or a wanted file is too large for an image.
    """
    for name, is_folder in sorted(_below(folder)):
        if is_hidden(name):
            continue
        if is_folder:
            yield Member(name, b"", is_folder=True)
        else:
            yield _file(folder / name, name) if is_wanted(name) else Member(name, b"")


def _file(path: Path, name: str) -> Member:
    try:
        status = path.stat()
        if not path.is_file():
            return Member(name, b"", "neither a file nor a folder")
        require_small(name, status.st_size)
        return Member(name, path.read_bytes())
    except OSError as problem:
        return Member(name, b"", str(problem.strerror))


def files_below(folder: Path) -> Iterator[str]:
    """Yields the names of what lies below a folder and is no folder, in no order; nothing where there is none.

    Raises:
        DataError: a folder can't be read.
    """
    if folder.is_dir():
        yield from (name for name, is_folder in _below(folder) if not is_folder)


def _below(folder: Path) -> Iterator[tuple[str, bool]]:
    """Yields what lies below a folder by its name there, with forward slashes, and whether it is a folder.

    Links to other folders are followed, each folder is gone through once, and run folders aren't.

    Names are plain text, since a tree can have a million of them.

    Raises:
        DataError: a folder can't be read.
    """
    real_folders = {folder.resolve()}  # links can lead back to where the walk has been
    above = len(str(folder)) + 1 if str(folder) != "." else 0

    def refuse(problem: OSError) -> None:
        raise DataError(f"{problem.filename} can't be read", got=problem.strerror, expected="readable folders")

    try:
        for parent, folders, files in os.walk(folder, followlinks=True, onerror=refuse):
            folders[:] = [name for name in sorted(folders) if _is_new(Path(parent, name), real_folders)]
            prefix = f"{parent[above:]}/".lstrip("/").replace(os.sep, "/") if parent != str(folder) else ""
            yield from ((f"{prefix}{name}", True) for name in folders)
            yield from ((f"{prefix}{name}", False) for name in files)
    except RecursionError:  # some versions of os.walk call themselves for each level
        raise DataError(f"{folder} has folders within folders without end", expected="class folders") from None


def _is_new(folder: Path, real_folders: set[Path]) -> bool:
    """Whether the walk hasn't been there; run folders don't count."""
    real = folder.resolve()
    if real in real_folders or _holds_runs(folder):
        return False
    real_folders.add(real)
    return True


def _holds_runs(folder: Path) -> bool:
    """Whether it is a run folder, or that of all runs, which can lie in the folder of their data."""
    return (folder / JOURNAL).is_file() or (folder.name == RUNS and any(folder.glob(f"*/{JOURNAL}")))
