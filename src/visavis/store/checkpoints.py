"""A cell in work on disk: the last two states that training can go on from, each named by the digest of its bytes.

States lie apart by their basis, which is what has to be the same for a run to go on from one: a run on another machine
leaves alone what it can't use.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from visavis.describe import text_digest
from visavis.errors import DamagedFile
from visavis.results import EpochRow
from visavis.store.files import below, content_digest, damage_error, read_bytes, sweep, write_whole

NEWEST = 2
LARGEST = 64 << 30
"""Bytes beyond which no checkpoint is read."""
ENDING = ".safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """A state that training can go on from.

    Attributes:
        epoch: the one in work, 1 for the first.
        images_done: images of that epoch that have been trained on.
        rows: the history of the epochs before it.
        seconds: that the cell has taken so far.
        arrays: the state, by name.
    """

    epoch: int
    images_done: int
    rows: tuple[EpochRow, ...]
    seconds: float
    arrays: Mapping[str, np.ndarray]


def on_basis(folder: Path, basis: str) -> Path:
    """Where a cell's checkpoints on one basis lie."""
    return folder / text_digest(basis)[:16]


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Keeps a state, and of the earlier ones the last.

    Args:
        folder: of the cell's checkpoints on one basis, as ``on_basis`` has it.
        checkpoint: the state.

    Raises:
        StorageError: it can't be written; the earlier ones are there still.
    """
    metadata = {
        "epoch": str(checkpoint.epoch),
        "done": str(checkpoint.images_done),
        "rows": msgspec.json.encode(checkpoint.rows).decode(),
        "seconds": repr(checkpoint.seconds),
    }
    content = save_tensors(dict(checkpoint.arrays), metadata)
    name = f"{checkpoint.epoch:06d}-{checkpoint.images_done:012d}-{content_digest(content)[:32]}{ENDING}"
    write_whole(folder / name, content)
    sweep(folder)
    for old in _names(folder)[NEWEST:]:
        (folder / old).unlink(missing_ok=True)


def read_checkpoint(folder: Path) -> tuple[Checkpoint | None, tuple[str, ...]]:
    """The last state that reads back, None where there is none; and the names of damaged ones."""
    bad: list[str] = []
    for name in _names(folder):
        try:
            return _read(below(folder, name)), tuple(bad)
        except DamagedFile:
            bad.append(name)
    return None, tuple(bad)


def _names(folder: Path) -> Sequence[str]:
    """The newest first."""
    return sorted((path.name for path in folder.glob(f"[0-9]*{ENDING}")), reverse=True)


def _read(path: Path) -> Checkpoint:
    content = read_bytes(path, LARGEST)
    if content_digest(content)[:32] != path.stem.rpartition("-")[2]:
        raise damage_error(path, "bytes of another digest than its name says")
    try:
        metadata = _metadata(content)
        rows = msgspec.json.decode(metadata["rows"], type=tuple[EpochRow, ...])
        seconds, arrays = float(metadata["seconds"]), load_tensors(content)
        return Checkpoint(int(metadata["epoch"]), int(metadata["done"]), rows, seconds, arrays)
    except (ValueError, KeyError, TypeError, RecursionError, SafetensorError) as problem:
        raise damage_error(path, problem) from problem


def _metadata(content: bytes) -> dict[str, Any]:
    """What a safetensors file says beside its tensors."""
    length = int.from_bytes(content[:8], "little")
    return dict(json.loads(content[8 : 8 + length])["__metadata__"])
