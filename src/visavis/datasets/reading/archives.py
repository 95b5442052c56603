"""Files with their paths, from a folder, a tar or a zip; archives are read as streams and never extracted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from visavis.datasets.reading.folders import folder_members
from visavis.datasets.reading.members import LARGEST_MEMBER, Member
from visavis.datasets.reading.tars import BLOCK, OPENERS, is_tar, tar_members
from visavis.datasets.reading.zips import zip_members

__all__ = ["LARGEST_MEMBER", "Member", "is_archive", "members"]

ZIP = b"PK"


def is_archive(path: Path) -> bool:
    """Whether the file starts as a tar (compressed or not) or a zip does; it may be cut short all the same."""
    with path.open("rb") as file:
        start = file.read(BLOCK)
    return start.startswith((ZIP, *OPENERS)) or is_tar(start)


def members(path: Path) -> Iterator[Member]:
    """Yields the files below a folder or in an archive, then the folders that are empty.

    Those that systems leave behind are passed over.

    Raises:
        DataError: neither folder nor archive, or refused by ``folder_members``, ``zip_members`` or ``tar_members``.
    """
    if path.is_dir():
        return _then_empty_folders(folder_members(path))
    with path.open("rb") as file:
        zipped = file.read(2) == ZIP
    return _then_empty_folders(zip_members(path) if zipped else tar_members(path))


def _then_empty_folders(files: Iterator[Member]) -> Iterator[Member]:
    folders: set[str] = set()
    parents: set[str] = set()
    for member in files:
        path = PurePosixPath(member.name)
        parents.add(str(path.parent))
        if member.is_folder:
            folders.add(str(path))
        else:
            yield member
    names = sorted(parents)
    for name in sorted(folders - parents):
        # the first folder with files that could lie below this one: names below it begin with its own and a slash
        index = bisect_left(names, f"{name}/")
        if name != "." and not (index < len(names) and names[index].startswith(f"{name}/")):
            yield Member(name, b"", is_folder=True)
