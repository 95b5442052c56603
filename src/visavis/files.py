"""Files that are written whole or not at all, and read back without running anything in them."""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from visavis.describe import Plain
from visavis.errors import DamagedFile


def write_json(path: Path, plain: Mapping[str, Plain]) -> None:
    """Plain data as JSON."""
    write_whole(path, (json.dumps(plain, indent=2, ensure_ascii=False) + "\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        DamagedFile: it doesn't read back.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as problem:
        raise damaged(path, problem) from problem
    if not isinstance(plain, dict):
        raise damaged(path, "no object")
    return plain


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray], save: Callable[..., None] = np.savez_compressed) -> None:
    """Arrays by name, as NumPy's archives."""
    content = io.BytesIO()
    save(content, **arrays)
    write_whole(path, content.getvalue())


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Arrays by name; no pickle is read.

    Raises:
        DamagedFile: they don't read back.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, MemoryError, TypeError, zipfile.BadZipFile, zlib.error) as problem:
        raise damaged(path, problem) from problem


def write_whole(path: Path, content: bytes) -> None:
    """Whole or absent: a temporary file in the same folder, flushed to the disk, then put in place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def damaged(path: Path, problem: object) -> DamagedFile:
    """The error for a file that doesn't read back."""
    return DamagedFile(
        f"{path} can't be read", got=problem, expected="a whole file", do="run the study again to make it anew"
    )


def tensor_metadata(content: bytes) -> dict[str, str]:
    """What a safetensors file says beside its tensors."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    return dict(header["__metadata__"])
