"""Files that are written whole or not at all, and read back without running anything in them.

What is read may come from strangers: sizes are capped, pickles refused, and nothing but a regular file is opened.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import stat
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from visavis.describe import plain_of
from visavis.errors import DamagedFile, StorageError
from visavis.results import Predictions

LARGEST_JSON = 64 << 20
"""Bytes beyond which a JSON file is refused; a cell's description of a large network is a hundredth of that."""
SMALL_ARRAYS, MOST_ARRAYS, LARGEST_RATIO = 64 << 20, 4 << 30, 200
"""Unpacked bytes that an archive of arrays may always have, may have at most, and times its own size in between."""
DEEPEST = 50
"""Levels of objects and lists in a JSON file."""
UNFINISHED_SUFFIX = ".new"
"""End of the name of a file that is being written."""
PIECE = 1 << 20
Document = TypeVar("Document")
NEVER_WAITS = getattr(os, "O_NONBLOCK", 0)
"""Opening a pipe that nobody reads is an error then."""


def below(root: Path, name: str) -> Path:
    """The path of a file in a folder.

    Raises:
        DamagedFile: a link on the way leads out of the folder.
    """
    path = root / name
    try:
        inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError) as problem:  # links in a circle
        raise damage_error(path, problem) from problem
    if not inside:
        raise DamagedFile(f"{path} leads out of its folder", got="a link", expected="a file of its own")
    return path


def write_document(path: Path, document: object) -> None:
    """A document as JSON: a dataclass or a struct of msgspec with the fields that it is read with."""
    write_whole(path, msgspec.json.format(encode(document), indent=2) + b"\n")


def encode(document: object) -> bytes:
    """A document as JSON on one line.

    Raises:
        ValueError: a text of it can't be written.
    """
    return msgspec.json.encode(plain_of(document))


def decode(content: bytes, kind: type[Document]) -> Document:
    """JSON as a value of a document's type.

    Raises:
        ValueError, RecursionError: it is none.
    """
    plain = msgspec.json.decode(content)
    if _is_deeper(plain, DEEPEST):
        raise ValueError("nested too deeply")
    return msgspec.convert(plain, kind)


def read_document(path: Path, kind: type[Document]) -> Document:
    """A JSON document as a value of its type.

    Raises:
        DamagedFile: it doesn't read back, or a field is missing, of another type or out of its bounds; fields that the
            type doesn't have are passed over.
    """
    try:
        return decode(read_bytes(path, LARGEST_JSON), kind)
    except (ValueError, RecursionError) as problem:
        raise damage_error(path, problem) from problem


def _is_deeper(plain: object, levels: int) -> bool:
    if isinstance(plain, dict):
        plain = list(plain.values())
    return isinstance(plain, list) and (levels == 0 or any(_is_deeper(item, levels - 1) for item in plain))


def read_bytes(path: Path, most: int) -> bytes:
    """The content of a regular file.

    Raises:
        DamagedFile: it isn't there, isn't regular, or has more than ``most`` bytes.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise damage_error(path, "no regular file")
        if status.st_size > most:
            raise damage_error(path, f"{status.st_size:,} bytes, more than {most:,}")
        return path.read_bytes()
    except (OSError, ValueError) as problem:
        raise damage_error(path, _reason(problem)) from problem


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray], save: Callable[..., None] = np.savez_compressed) -> None:
    """Arrays by name, as NumPy's archives."""
    content = io.BytesIO()
    save(content, **arrays)
    write_whole(path, content.getvalue())


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Arrays by name; no pickle is read.

    Raises:
        DamagedFile: they don't read back, or are larger than their file lets expect.
    """
    content = io.BytesIO(read_bytes(path, MOST_ARRAYS))
    try:
        with zipfile.ZipFile(content) as archive:
            _require_unpackable(archive, len(content.getbuffer()))
        content.seek(0)
        with np.load(content, allow_pickle=False) as arrays:
            return {name: _require_array(arrays[name]) for name in names}
    except Exception as problem:  # damaged archives make the readers raise whatever comes to hand
        raise damage_error(path, problem) from problem


def _require_unpackable(archive: zipfile.ZipFile, size: int) -> None:
    unpacked_size = sum(info.file_size for info in archive.infolist())
    if unpacked_size > min(SMALL_ARRAYS + LARGEST_RATIO * size, MOST_ARRAYS):
        raise ValueError(f"{size:,} bytes that unpack to {unpacked_size:,}")


def _require_array(array: Any) -> np.ndarray:
    if not isinstance(array, np.ndarray) or array.itemsize == 0:
        raise ValueError("no array")
    return array


def write_whole(path: Path, content: bytes) -> None:
    """Whole or absent, also after a loss of power: a temporary file in the same folder, flushed to the disk, read back,
    put in place, and the folder flushed.

    Raises:
        StorageError: the disk is full, or the folder can't be written; what was there before is there still.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(6)}{UNFINISHED_SUFFIX}")
    try:
        _make_folder(path.parent)
        try:
            _write_flushed(fresh, content)
            _require_content(fresh, content)
            os.replace(fresh, path)  # noqa: PTH105 (one name for the tests that make each step fail)
        finally:
            fresh.unlink(missing_ok=True)
        flush_folder(path.parent)
    except OSError as problem:
        raise unwritable(path, problem) from problem


def append_line(path: Path, line: str) -> None:
    """A line at the end of a file, in one write; it is there at the latest when the next whole file is.

    Raises:
        StorageError: as ``write_whole``.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | NEVER_WAITS, 0o666)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(None, "no regular file")
            write_all(descriptor, line.encode() + b"\n")
        finally:
            os.close(descriptor)
    except OSError as problem:
        raise unwritable(path, problem) from problem


def make_folder(path: Path) -> None:
    """A folder with those above it, each entered in the one above for good.

    Raises:
        StorageError: as ``write_whole``.
    """
    try:
        _make_folder(path)
    except OSError as problem:
        raise unwritable(path, problem) from problem


def _make_folder(path: Path) -> None:
    if path.is_dir():
        return
    _make_folder(path.parent)
    path.mkdir(exist_ok=True)
    flush_folder(path.parent)


def flush_folder(path: Path) -> None:
    """Waits until the disk has the folder's list of names (where the system lets folders be opened)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> None:
    """Removes what writers that were killed have left unfinished; only for who alone writes there."""
    for leftover in folder.glob(f".*{UNFINISHED_SUFFIX}"):
        leftover.unlink(missing_ok=True)


def content_digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _write_flushed(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Writes until nothing is left, since a single write may take a part only."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest[: 16 * PIECE]) :]


def _require_content(path: Path, content: bytes) -> None:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != content_digest(content):
        raise OSError(None, "the file doesn't read back as it was written", str(path))


def damage_error(path: Path, problem: object) -> DamagedFile:
    """The error for a file that doesn't read back."""
    return DamagedFile(
        f"{path} can't be read",
        got=problem,
        expected="a whole file",
        do="run the study again to make it anew; if that is refused, in another --out",
    )


def unwritable(path: Path, problem: OSError) -> StorageError:
    """The error for a file that can't be written."""
    return StorageError(
        f"{path} can't be written", got=_reason(problem), do="make room or mend the permissions, then run again"
    )


def _reason(problem: Exception) -> str:
    return getattr(problem, "strerror", None) or str(problem)


def require_pictures(images: np.ndarray, dimensions: int, path: Path) -> np.ndarray:
    """Pictures that a page can show.

    Raises:
        DamagedFile: the array is of another type or shape.
    """
    if images.dtype != np.uint8 or images.ndim != dimensions or images.shape[-3] not in {1, 3} or not images.size:
        raise damage_error(path, f"an array {images.dtype} {list(images.shape)} that holds no pictures")
    return images


def misfit(predictions: Predictions) -> str:
    """Why the arrays can't be predictions; empty where they can."""
    if predictions.logits.ndim != 2 or predictions.labels.ndim != 1 or predictions.ids.ndim != 1:
        return "arrays of another shape"
    if not len(predictions.ids) == len(predictions.labels) == len(predictions.logits):
        return "arrays of different lengths"
    if len(predictions.ids) < 2 or predictions.ids.dtype.kind != "S" or predictions.labels.dtype != np.int64:
        return "arrays of another type"
    if predictions.logits.dtype != np.float32 or not np.isfinite(predictions.logits).all():
        return "logits that aren't finite numbers"
    if predictions.labels.min() < 0 or predictions.labels.max() >= predictions.logits.shape[1]:
        return "labels beyond the logits"
    return ""
