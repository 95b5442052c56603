"""Files with their paths, from a folder, a tar or a zip; archives are read as streams and never extracted."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from visavis.errors import DataError

LARGEST_MEMBER = 64 << 20
"""Bytes beyond which a file is refused: no training image is that large."""


@dataclass(frozen=True)
class Member:
    """A file of a folder or an archive.

    Attributes:
        name: its path within, with forward slashes.
        content: its bytes.
    """

    name: str
    content: bytes

    @property
    def is_hidden(self) -> bool:
        """Whether it is a file that systems leave behind (``.DS_Store``, ``__MACOSX/...``, ``Thumbs.db``)."""
        parts = PurePosixPath(self.name).parts
        return parts[-1] == "Thumbs.db" or any(part.startswith(".") or part == "__MACOSX" for part in parts)


def is_archive(path: Path) -> bool:
    """Whether the file is a tar (compressed or not) or a zip."""
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


def members(path: Path) -> Iterator[Member]:
    """Yields the regular files below a folder or in an archive.

    Raises:
        DataError: neither folder nor archive, damaged, or with a name that leaves the archive.
    """
    if path.is_dir():
        yield from _folder_members(path)
    elif zipfile.is_zipfile(path):
        yield from _zip_members(path)
    else:
        yield from _tar_members(path)


def _folder_members(path: Path) -> Iterator[Member]:
    for file in sorted(path.rglob("*")):
        if file.is_file():
            _require_small(file.name, file.stat().st_size)
            yield Member(file.relative_to(path).as_posix(), file.read_bytes())


def _zip_members(path: Path) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    _require_inside(info.filename)
                    _require_small(info.filename, info.file_size)
                    yield Member(info.filename, archive.read(info))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        raise _damaged(path, problem) from problem


def _tar_members(path: Path) -> Iterator[Member]:
    try:
        with tarfile.open(path, "r|*") as archive:
            for info in archive:
                if not info.isreg():
                    continue
                _require_inside(info.name)
                _require_small(info.name, info.size)
                content = archive.extractfile(info)
                assert content is not None
                yield Member(info.name.removeprefix("./"), content.read())
    except (tarfile.TarError, zlib.error, EOFError, OSError) as problem:
        raise _damaged(path, problem) from problem


def _require_inside(name: str) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        raise DataError(
            "the archive has a name that leads out of it", got=repr(name), expected="relative names without '..'"
        )


def _require_small(name: str, size: int) -> None:
    if size > LARGEST_MEMBER:
        raise DataError(f"{name} is too large for an image", got=f"{size} bytes", expected=f"at most {LARGEST_MEMBER}")


def _damaged(path: Path, problem: Exception) -> DataError:
    return DataError(
        f"{path} can't be read to its end", got=str(problem), expected="a whole archive", do="download it again"
    )
