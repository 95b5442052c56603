"""A file of a folder or an archive, and what its name and size may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from visavis.errors import DataError

LARGEST_MEMBER = 64 << 20
"""Bytes beyond which a file is refused: no training image is that large."""
MOST_MEMBERS = 10_000_000
LONGEST_NAME = 4096
FREE_BYTES = 256 << 20
LARGEST_RATIO = 100
"""An archive may unpack to ``FREE_BYTES`` and ``LARGEST_RATIO`` times its own size; images hardly shrink at all."""
Wish = Callable[[str], bool]
"""Whether the content of a file of this name is asked for; of the others only the name is read."""
LONGEST_QUOTE = 200
"""Letters of a stranger's name, or of a library's error, that a message repeats."""


@dataclass(frozen=True)
class Member:
    """A file of a folder or an archive, or a folder that is listed there.

    Attributes:
        name: its path within, with forward slashes.
        content: its bytes; none where they aren't wanted.
        problem: why it can't be read; empty where it can.
        is_folder: whether it is a folder; then it has no content.
    """

    name: str
    content: bytes
    problem: str = ""
    is_folder: bool = False


def unpacked_limit(path: Path) -> int:
    """Bytes that a compressed file may unpack to."""
    return FREE_BYTES + LARGEST_RATIO * path.stat().st_size


LEFT_FILES = frozenset({"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r", "icon?"})
LEFT_FOLDERS = frozenset({"__MACOSX", "__pycache__", "@eaDir", "$RECYCLE.BIN", "System Volume Information"})
"""What systems leave behind."""


def is_hidden(name: str) -> bool:
    """Whether it is a file that systems leave behind (``.DS_Store``, ``__MACOSX/...``, ``Thumbs.db``)."""
    parts = PurePosixPath(name).parts
    is_left = parts != () and parts[-1].lower() in LEFT_FILES
    return is_left or any((part.startswith(".") and part != "..") or part in LEFT_FOLDERS for part in parts)


def quote(name: str) -> str:
    """A name for an error, cut short where it is very long."""
    return repr(name) if len(name) <= LONGEST_QUOTE else f"{name[:LONGEST_QUOTE]!r}..."


def require_inside(name: str) -> None:
    """Refuses a name that leads out of an archive, or that no file can have.

    Raises:
        DataError: it is absolute, has a drive or ``..``, holds a zero byte, or is very long.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or PureWindowsPath(name).drive:
        raise DataError(
            "the archive has a name that leads out of it", got=quote(name), expected="relative names without '..'"
        )
    if "\0" in name or len(name) > LONGEST_NAME:
        raise DataError(
            "the archive has a name that no file can have",
            got=quote(name),
            expected=f"at most {LONGEST_NAME:,} letters, none of them a zero byte",
        )


def require_small(name: str, size: int) -> None:
    """Refuses a file that is too large for an image.

    Raises:
        DataError: it is, or its size is below zero.
    """
    if not 0 <= size <= LARGEST_MEMBER:
        raise DataError(
            f"{quote(name)} is too large for an image", got=f"{size} bytes", expected=f"at most {LARGEST_MEMBER}"
        )


def require_few(count: int, origin: Path) -> None:
    """Refuses more files than any data set has.

    Raises:
        DataError: there are more than ``MOST_MEMBERS``.
    """
    if count > MOST_MEMBERS:
        raise DataError(f"{origin} has too many files", got=f"{count:,} or more", expected=f"at most {MOST_MEMBERS:,}")


def require_unpacked(size: int, limit: int, origin: Path) -> None:
    """Refuses an archive that unpacks to far more than itself.

    Raises:
        DataError: ``size`` is above ``limit``.
    """
    if size > limit:
        raise DataError(
            f"{origin} unpacks to far more than its own size",
            got=f"{size:,} bytes or more",
            expected=f"at most {limit:,}, which is {FREE_BYTES >> 20} MiB and {LARGEST_RATIO} times its size",
            do="check where it comes from; images that are packed that well can be given as a folder",
        )


def archive_error(path: Path, problem: object) -> DataError:
    """The error for an archive that its reader can't make sense of."""
    return DataError(
        f"{path} can't be read to its end",
        got=str(problem)[:LONGEST_QUOTE] or type(problem).__name__,
        expected="a whole archive",
        do="download it again",
    )
