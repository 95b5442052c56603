"""Decoded images on disk: each source is decoded once, and read back only if it is what was written."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from visavis import arrays
from visavis.arrays import cache_folder
from visavis.data import LeftOut
from visavis.datasets.reading.collection import Collection
from visavis.datasets.reading.folders import files_below
from visavis.describe import array_digest, digest

DECODER = 4
"""Raised whenever decoding changes, so that older entries are left alone."""


def file_key(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_key(path: Path) -> str:
    """A digest of the names, sizes and times of the files below a folder, links to other folders followed."""
    files = sorted(files_below(path))
    return digest([[file.relative_to(path).as_posix(), file.stat().st_size, file.stat().st_mtime_ns] for file in files])


def decode_once(keys: Sequence[str], decode: Callable[[], Collection]) -> Collection:
    """The collection of these keys: read back if it is there and whole, else decoded and kept.

    More than ``arrays.IN_MEMORY`` bytes of pixels are memory-mapped, copy on write, since PyTorch wants arrays that
    could be written to. A cache that can't be written costs time, not the run.
    """
    entry = cache_folder() / digest([DECODER, *keys])[:32]
    collection = _read(entry)
    if collection is not None:
        return collection
    collection = decode()
    try:
        _write(entry, collection)
    except OSError:
        return collection
    return _read(entry) or collection


def _write(entry: Path, collection: Collection) -> None:
    entry.parent.mkdir(parents=True, exist_ok=True)
    # a folder aside that is renamed when it is whole: nobody reads half an entry
    fresh = Path(tempfile.mkdtemp(dir=entry.parent, prefix="new-"))
    try:
        np.save(fresh / "images.npy", collection.images)
        np.savez(fresh / "table.npz", labels=collection.labels, ids=collection.ids, parts=collection.parts)
        document = {
            "images": array_digest(collection.images),
            "table": _table_digest(collection.labels, collection.ids, collection.parts),
            "classes": collection.classes,
            "left_out": [[file.name, file.reason] for file in collection.left_out],
            "originals": collection.originals,
        }
        (fresh / "about.json").write_text(json.dumps(document))
        shutil.rmtree(entry, ignore_errors=True)
        fresh.rename(entry)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _read(entry: Path) -> Collection | None:
    try:
        document = json.loads((entry / "about.json").read_text())
        mapped = (entry / "images.npy").stat().st_size > arrays.IN_MEMORY
        images = np.load(entry / "images.npy", mmap_mode="c" if mapped else None, allow_pickle=False)
        if array_digest(images) != document["images"]:
            return None
        with (entry / "table.npz").open("rb") as file, np.load(file, allow_pickle=False) as table:
            labels, ids, parts = table["labels"], table["ids"], table["parts"]
        if _table_digest(labels, ids, parts) != document["table"]:
            return None
        left_out = tuple(LeftOut(name, reason) for name, reason in document["left_out"])
        originals = tuple((kind, count) for kind, count in document["originals"])
        return Collection(images, labels, ids, parts, tuple(document["classes"]), left_out, originals)
    except Exception:  # whatever is wrong with an entry, it is made again
        return None


def _table_digest(*columns: np.ndarray) -> str:
    return digest([array_digest(column) for column in columns])
