"""Arrays that may be larger than memory: up to a size they lie there, beyond it in a file without a name.

Such a file is mapped, so that the system keeps of it what there is room for. It is never listed in its folder, and its
room on the disk is free again when the array is, or when the process ends, however that happens.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

import numpy as np

from visavis.errors import DataError

IN_MEMORY = 256 << 20
"""Bytes up to which an array lies in ordinary memory."""
SLICE = 16 << 20
"""Bytes that are worked on at once."""


def cache_folder() -> Path:
    """``$VISAVIS_CACHE``, else ``visavis`` in the user's cache folder."""
    if os.environ.get("VISAVIS_CACHE"):
        return Path(os.environ["VISAVIS_CACHE"])
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "visavis"


def rows_at_once(size: int) -> int:
    """Rows of so many bytes each that are worked on at once, one at least."""
    return max(1, SLICE // max(1, size))


def slices(array: np.ndarray) -> Iterator[slice]:
    """Yields the rows of an array [n, ...] in order, as many at a time as are worked on at once."""
    step = rows_at_once(array[:1].nbytes)
    for start in range(0, len(array), step):
        yield slice(start, min(start + step, len(array)))


class GrowingArray:
    """An array that grows by rows, their number unknown; memory holds at most ``IN_MEMORY`` bytes of it.

    Beyond that its bytes go to a file in the cache folder. A disk that takes no more costs memory, not the run.
    """

    def __init__(self) -> None:
        self.nbytes = 0
        self._kind: np.dtype | None = None
        self._shape: tuple[int, ...] = ()
        self._buffer = bytearray()
        self._file: IO[bytes] | None = None
        self._file_size = 0
        self._may_file = True

    def add(self, rows: np.ndarray) -> None:
        """Adds rows [k, ...] behind those that are there.

        Raises:
            ValueError: they are of another shape or type than those.
            DataError: neither the disk nor the memory takes them.
        """
        if self._kind is None:
            self._kind, self._shape = rows.dtype, rows.shape[1:]
        if (rows.dtype, rows.shape[1:]) != (self._kind, self._shape):
            raise ValueError(f"rows of {rows.dtype} {rows.shape[1:]} behind rows of {self._kind} {self._shape}")
        self._buffer += np.ascontiguousarray(rows).data
        self.nbytes += rows.nbytes
        if self.nbytes > IN_MEMORY and len(self._buffer) >= SLICE:
            self._move()

    def array(self) -> np.ndarray:
        """All rows, [n, ...], writable; they aren't copied, and none can be added any more.

        Raises:
            DataError: neither the disk nor the memory takes them.
        """
        if self.nbytes > IN_MEMORY:
            self._move()
        flat = self._memory_map()
        if flat is None:
            flat = np.frombuffer(self._buffer, self._kind or np.uint8)
        return flat.reshape(-1, *self._shape)

    def _memory_map(self) -> np.ndarray | None:
        """Copy on write: PyTorch wants what could be written to, and nothing written should ever need more disk."""
        if self._file is None:
            return None
        try:
            flat = np.memmap(self._file, self._kind or np.uint8, "c")
        except OSError as problem:
            self._fetch(problem)
            return None
        self._file.close()  # the map keeps it
        return np.asarray(flat)

    def _move(self) -> None:
        """Moves what memory holds to the file; all of it back, where the disk takes no more."""
        if not self._may_file or not self._buffer:
            return
        try:
            if self._file is None:
                self._file = _nameless()
                weakref.finalize(self, self._file.close)
            _write(self._file, self._buffer)
            self._file_size += len(self._buffer)
            self._buffer = bytearray()
        except OSError as problem:
            self._may_file = False
            self._fetch(problem)

    def _fetch(self, reason: OSError) -> None:
        if self._file is None:
            return
        try:
            self._buffer[:0] = _read(self._file, self._file_size)
        except MemoryError:
            raise DataError(
                "there is no room for the images",
                got=f"{reason.strerror or reason} in {cache_folder()}",
                expected=f"more than {self.nbytes:,} bytes, there or in memory",
                do="have VISAVIS_CACHE name a folder on a disk with more room",
            ) from reason
        self._file.close()
        self._file = None


def _nameless() -> IO[bytes]:
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder, buffering=0)


def _write(file: IO[bytes], content: bytearray) -> None:
    with memoryview(content) as view:
        position = 0
        while position < len(view):
            position += file.write(view[position:])


def _read(file: IO[bytes], size: int) -> bytearray:
    content = bytearray()
    file.seek(0)
    while len(content) < size:  # a single read ends after two gigabytes
        content += file.read(min(SLICE, size - len(content)))
    return content


def take(array: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """These rows of an array, in their order; of neighbours a view, so that a memory map stays one.

    Args:
        array: [n, ...].
        rows: int64 [k].
    """
    if len(rows) and (np.diff(rows) == 1).all():
        return array[int(rows[0]) : int(rows[-1]) + 1]
    size = array[:1].nbytes
    if len(rows) * size <= IN_MEMORY:
        return array[rows]
    step = rows_at_once(size)
    return concatenate(array[rows[start : start + step]] for start in range(0, len(rows), step))


def concatenate(parts: Iterable[np.ndarray]) -> np.ndarray:
    """The rows of all parts [k, ...], one behind the other."""
    whole = GrowingArray()
    for part in parts:
        whole.add(part)
    return whole.array()


def in_slices(apply: Callable[[np.ndarray], np.ndarray], array: np.ndarray) -> np.ndarray:
    """What a function that works row by row makes of an array [n, ...]; it is handed a few rows at a time.

    Where it returns all that it is handed, the array itself is returned, and nothing is copied.
    """
    parts = list(slices(array))
    if len(parts) < 2:
        return apply(array)
    results: GrowingArray | None = None
    for number, part in enumerate(parts):
        rows = array[part]
        result = apply(rows)
        if results is None and result is not rows:
            results = GrowingArray()
            for before in parts[:number]:
                results.add(array[before])
        if results is not None:
            results.add(result)
    return array if results is None else results.array()
