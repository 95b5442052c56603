"""The files of a tar, compressed or not, read as a stream and never extracted."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Self

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

OPENERS: Mapping[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}
"""How a compressed file is opened, by its first bytes."""

BLOCK, CHUNK = tarfile.BLOCKSIZE, 1 << 20
ENCODING, ERRORS = "utf-8", "surrogateescape"
GLOBAL = b"g"
PAX = frozenset({GLOBAL, b"x", b"X"})
EXTENSIONS = PAX | {b"L", b"K"}
"""Types of the headers that say more about the file that follows; the last two are GNU's long names."""
LARGEST_EXTENSIONS = 1 << 20
"""Bytes of such headers before one file."""
LARGEST_GLOBAL = 64 << 10
"""Bytes of headers that hold for all files: each file copies them."""
MOST_RECORDS = 1000
MOST_PADDING = 1 << 20
"""Zeros after the end mark: tar fills its last record with them, which are 10 KiB, on tapes up to a mebibyte."""
RECORD = re.compile(rb"(\d{1,7}) ([^=]+)=")
LONG_NUMBER = re.compile(rb"\d{64}")
SPARSE = b"GNU.sparse"


def is_tar(start: bytes) -> bool:
    """Whether a file whose first ``BLOCK`` bytes these are starts as a tar does."""
    try:
        tarfile.TarInfo.frombuf(start, ENCODING, ERRORS)
    except Exception:  # it can raise whatever comes to hand
        return False
    return True


def tar_members(path: Path, is_wanted: Wish) -> Iterator[Member]:
    """Yields files and folders of a tar, without those that systems leave behind.

    Raises:
        DataError: it is damaged or packed too well, or has links, devices, files with holes, very long headers or
            names that lead out of it.
    """
    try:
        with _open(path) as file:
            stream = _Stream(file, path)
            source: Any = stream  # the stubs ask for a method to write, too
            with tarfile.TarFile(fileobj=source, tarinfo=_Header, encoding=ENCODING, errors=ERRORS) as archive:
                for count, entry in enumerate(_entries(archive), start=1):
                    require_few(count, path)
                    yield from _members_of(archive, entry, path, is_wanted)
            _require_end(stream)
    except DataError:
        raise
    except Exception as problem:  # damaged archives make the reader raise whatever comes to hand
        raise archive_error(path, problem) from problem


def _require_end(stream: _Stream) -> None:
    """Reads on to the end of the file, where the checksum of a compressed one stands.

    Raises:
        DataError: the archive doesn't end where it says, or nowhere.
    """
    if not stream.has_end:
        raise archive_error(stream.path, "no end mark: the rest is missing")
    zeros = 0
    while chunk := stream.read(CHUNK):
        if any(chunk):
            raise archive_error(stream.path, "something follows the end mark, perhaps another archive")
        zeros += len(chunk)
    if zeros > MOST_PADDING:
        raise archive_error(stream.path, f"{zeros:,} zeros after the last file: the rest is overwritten")


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        start = file.read(8)
    return next((opener(path) for magic, opener in OPENERS.items() if start.startswith(magic)), None) or path.open("rb")


def _entries(archive: Any) -> Iterator[tarfile.TarInfo]:
    while (entry := archive.next()) is not None:
        archive.members.clear()  # it would keep all of them
        yield entry


def _members_of(archive: tarfile.TarFile, entry: tarfile.TarInfo, path: Path, is_wanted: Wish) -> Iterator[Member]:
    """The entry as a member, or nothing where it is passed over."""
    name = entry.name.removeprefix("./")
    require_inside(name)
    if entry.islnk() or entry.issym() or entry.isdev():
        raise DataError(f"{quote(name)} in {path} is a link or a device", expected="files and folders", do="remove it")
    if is_hidden(name):
        return
    if entry.isdir():
        yield Member(name, b"", is_folder=True)
    elif entry.isreg() and not is_wanted(name):
        yield Member(name, b"")
    elif entry.isreg():
        require_small(name, entry.size)
        content = archive.extractfile(entry)
        assert content is not None
        yield Member(name, content.read())


class _Stream:
    """What a compressed file unpacks to: read forward only, counted, and with a look ahead.

    Attributes:
        path: of the file.
        extension_bytes: of extended headers since the last file.
        global_bytes: of headers that hold for all files.
        has_end: whether the mark has been seen that ends an archive.
    """

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self.path = path
        self.extension_bytes = self.global_bytes = 0
        self.has_end = False
        self._file = file
        self._limit = unpacked_limit(path)
        self._ahead = b""
        self._position = self._unpacked_bytes = 0

    def peek(self, size: int) -> bytes:
        """The next bytes, which stay where they are; fewer at the end."""
        while len(self._ahead) < size and (more := self._file.read(size - len(self._ahead))):
            self._unpacked_bytes += len(more)
            require_unpacked(self._unpacked_bytes, self._limit, self.path)
            self._ahead += more
        return self._ahead[:size]

    def read(self, size: int) -> bytes:
        """The next bytes; fewer at the end."""
        content = self.peek(size)
        self._ahead = self._ahead[len(content) :]
        self._position += len(content)
        return content

    def tell(self) -> int:
        """How many bytes have been read."""
        return self._position

    def seek(self, position: int) -> int:
        """Reads on up to there, or to the end.

        Raises:
            DataError: it lies behind.
        """
        if position < self._position:
            raise archive_error(self.path, "a file that begins before the end of another")
        while self._position < position and self.read(min(CHUNK, position - self._position)):
            pass
        return self._position

    def close(self) -> None:
        """Leaves the file open, which another hand has opened."""


class _Header(tarfile.TarInfo):
    """A header that is looked at before tarfile makes anything of it.

    Some versions of tarfile take hours over a header that is made for it, and all take a damaged one for the end.
    """

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        """See ``tarfile.TarInfo.fromtarfile``.

        Raises:
            DataError: the header is damaged, of a file with holes, or says far too much.
        """
        stream = tarfile.fileobj
        assert isinstance(stream, _Stream)
        _require_sound(stream)
        return super().fromtarfile(tarfile)


def _require_sound(stream: _Stream) -> None:
    block = stream.peek(BLOCK)
    if not any(block):  # the end mark, or the end of the file
        stream.has_end = len(block) == BLOCK
        return
    try:
        header = tarfile.TarInfo.frombuf(block, ENCODING, ERRORS)
    except tarfile.HeaderError as problem:
        raise archive_error(stream.path, problem) from problem
    if header.size < 0:
        raise archive_error(stream.path, f"{header.size} bytes of {quote(header.name)}")
    if header.type == tarfile.GNUTYPE_SPARSE:
        raise _with_holes(stream.path)
    if header.type not in EXTENSIONS:
        stream.extension_bytes = 0
        return
    stream.extension_bytes += BLOCK + header.size
    stream.global_bytes += BLOCK + header.size if header.type == GLOBAL else 0
    if stream.extension_bytes > LARGEST_EXTENSIONS or stream.global_bytes > LARGEST_GLOBAL:
        raise DataError(
            f"an extended header in {stream.path} is too long",
            got=f"{header.size:,} bytes",
            expected=f"at most {LARGEST_EXTENSIONS:,} before a file, and {LARGEST_GLOBAL:,} for all files",
            do="pack it again",
        )
    if header.type in PAX:
        _require_records(stream.peek(BLOCK + header.size)[BLOCK:], stream.path)


def _require_records(body: bytes, path: Path) -> None:
    """Refuses a pax header that isn't records of ``<length> <keyword>=<value>`` and a line break, one after the other.

    Raises:
        DataError: it isn't, or has more records or longer numbers than any file needs.
    """
    start = count = 0
    while start < len(body) and body[start]:
        match = RECORD.match(body, start)
        end = start + int(match[1]) if match else 0
        count += 1
        if match is None or not match.end() < end <= len(body) or body[end - 1 : end] != b"\n" or count > MOST_RECORDS:
            raise archive_error(path, "an extended header of another form")
        if match[2].startswith(SPARSE):
            raise _with_holes(path)
        start = end
    if LONG_NUMBER.search(body):
        raise archive_error(path, "an extended header with a very long number")


def _with_holes(path: Path) -> DataError:
    return DataError(f"{path} has a file with holes", expected="a tar that is made without --sparse")
