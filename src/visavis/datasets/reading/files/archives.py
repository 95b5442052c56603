"""Files with their paths, from a folder, a tar or a zip; archives are read as streams and never extracted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from visavis.datasets.reading.files.folders import folder_members
from visavis.datasets.reading.files.members import LARGEST_MEMBER, Member, Wish
from visavis.datasets.reading.files.tars import BLOCK, OPENERS, is_tar, tar_members
from visavis.datasets.reading.files.zips import zip_members

__all__ = ["LARGEST_MEMBER", "Listing", "Member", "is_archive", "listing", "members_of"]

ZIP = b"PK"


def is_archive(path: Path) -> bool:
    """Whether the file starts as a tar (compressed or not) or a zip does; it may be cut short all the same."""
    with path.open("rb") as file:
        start = file.read(BLOCK)
    return start.startswith((ZIP, *OPENERS)) or is_tar(start)


@dataclass(frozen=True)
class Listing:
    """What lies below a folder or in an archive, by name; what systems leave behind is passed over.

    Attributes:
        files: in the order in which they are read.
        empty: folders without anything in them.
    """

    files: tuple[str, ...]
    empty: tuple[str, ...]


def members_of(path: Path, is_wanted: Wish = lambda _: True) -> Iterator[Member]:
    """Yields the files and folders below a folder or in an archive, those that are wanted with their content.

    Raises:
        DataError: neither folder nor archive, or refused by ``folder_members``, ``zip_members`` or ``tar_members``.
    """
    if path.is_dir():
        return folder_members(path, is_wanted)
    with path.open("rb") as file:
        zipped = file.read(2) == ZIP
    return zip_members(path, is_wanted) if zipped else tar_members(path, is_wanted)


def listing(path: Path) -> Listing:
    """The names of what lies below a folder or in an archive.

    Raises:
        DataError: as ``members_of``.
    """
    files: list[str] = []
    folders: set[str] = set()
    for member in members_of(path, lambda _: False):
        if member.is_folder:
            folders.add(str(PurePosixPath(member.name)))
        else:
            files.append(member.name)
    parents = {name.rpartition("/")[0] for name in files} | {str(PurePosixPath(name).parent) for name in folders}
    return Listing(tuple(files), tuple(_empty(folders, parents)))


def _empty(folders: set[str], parents: set[str]) -> Iterator[str]:
    """Yields the folders that no file or folder lies below."""
    names = sorted(parents)
    for name in sorted(folders - parents):
        # the first folder with files that could lie below this one: names below it begin with its own and a slash
        index = bisect_left(names, f"{name}/")
        if name != "." and not (index < len(names) and names[index].startswith(f"{name}/")):
            yield name
