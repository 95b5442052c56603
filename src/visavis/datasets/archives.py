"""Files with their paths, from a folder, a tar or a zip; archives are read as streams and never extracted."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from visavis.errors import DataError

LARGEST_MEMBER = 64 << 20
"""Bytes beyond which a file is refused: no training image is that large."""

OPENERS: Mapping[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}
"""How a compressed file is opened, by its first bytes."""

ZIP = b"PK"


@dataclass(frozen=True)
class Member:
    """A file of a folder or an archive.

    Attributes:
        name: its path within, with forward slashes.
        content: its bytes.
        problem: why it can't be read; empty where it can.
    """

    name: str
    content: bytes
    problem: str = ""


def is_archive(path: Path) -> bool:
    """Whether the file starts as a tar (compressed or not) or a zip does; it may be cut short all the same."""
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith((ZIP, *OPENERS)):
        return True
    try:
        return tarfile.is_tarfile(path)
    except Exception:  # it can raise whatever comes to hand
        return False


def members(path: Path) -> Iterator[Member]:
    """Yields the regular files below a folder or in an archive, without those that systems leave behind.

    Raises:
        DataError: neither folder nor archive, damaged, encrypted, or with a name that leaves the archive.
    """
    if path.is_dir():
        return _folder_members(path)
    with path.open("rb") as file:
        zipped = file.read(2) == ZIP
    return _zip_members(path) if zipped else _tar_members(path)


def is_hidden(name: str) -> bool:
    """Whether it is a file that systems leave behind (``.DS_Store``, ``__MACOSX/...``, ``Thumbs.db``)."""
    parts = PurePosixPath(name).parts
    return parts[-1:] == ("Thumbs.db",) or any(
        (part.startswith(".") and part != "..") or part == "__MACOSX" for part in parts
    )


def _folder_members(path: Path) -> Iterator[Member]:
    for file in sorted(_files_below(path)):
        name = file.relative_to(path).as_posix()
        if is_hidden(name) or not file.is_file():
            continue
        _require_small(name, file.stat().st_size)
        try:
            yield Member(name, file.read_bytes())
        except OSError as problem:
            yield Member(name, b"", str(problem.strerror))


def _files_below(path: Path) -> Iterator[Path]:
    """Yields what lies below a folder, through links to other folders too, each folder once.

    Raises:
        DataError: a folder can't be read.
    """
    seen: set[Path] = set()

    def refuse(problem: OSError) -> None:
        raise DataError(f"{problem.filename} can't be read", got=problem.strerror, expected="readable folders")

    for place, folders, files in os.walk(path, followlinks=True, onerror=refuse):
        folders[:] = [name for name in folders if not _is_known(Path(place, name), seen)]
        yield from (Path(place, name) for name in files)


def _is_known(folder: Path, seen: set[Path]) -> bool:
    real = folder.resolve()
    known = real in seen
    seen.add(real)
    return known


def _zip_members(path: Path) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.is_dir() or is_hidden(info.filename):
                    continue
                _require_plain(path, info)
                yield Member(info.filename, archive.read(info))
    except DataError:
        raise
    except Exception as problem:  # damaged archives make the reader raise whatever comes to hand
        raise _damaged(path, problem) from problem


def _require_plain(path: Path, info: zipfile.ZipInfo) -> None:
    _require_inside(info.filename)
    _require_small(info.filename, info.file_size)
    if info.flag_bits & 1:
        raise DataError(f"{path} is encrypted", got=info.filename, expected="an archive that needs no password")


def _tar_members(path: Path) -> Iterator[Member]:
    try:
        with _unpacked(path) as stream:
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                for info in archive:
                    name = info.name.removeprefix("./")
                    if not info.isreg() or is_hidden(name):
                        continue
                    _require_inside(name)
                    _require_small(name, info.size)
                    content = archive.extractfile(info)
                    assert content is not None
                    yield Member(name, content.read())
            while stream.read(1 << 20):  # the checksum of a compressed file stands at its end
                pass
    except DataError:
        raise
    except Exception as problem:  # damaged archives make the reader raise whatever comes to hand
        raise _damaged(path, problem) from problem


def _unpacked(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        start = file.read(8)
    return next((opened(path) for magic, opened in OPENERS.items() if start.startswith(magic)), None) or path.open("rb")


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
        f"{path} can't be read to its end",
        got=str(problem) or type(problem).__name__,
        expected="a whole archive",
        do="download it again",
    )
