"""Decoded images on disk: each source is decoded once, and read back only if it is what was written."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from visavis import arrays
from visavis.arrays import cache_folder
from visavis.data import LeftOut
from visavis.datasets.reading.collection import COLUMNS, Collection
from visavis.describe import array_digest, digest

DECODER = 5
"""Raised whenever decoding changes, so that older entries are left alone."""


UNFINISHED = "new-"
SECONDS_UNFINISHED = 86_400
"""After which an entry that isn't whole is swept: whoever wrote it was killed."""


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
        _sweep(entry.parent)
        _write(entry, collection)
    except OSError:
        return collection
    return _read(entry) or collection


def _sweep(folder: Path) -> None:
    """Removes what killed writers have left."""
    for path in folder.glob(f"{UNFINISHED}*"):
        if time.time() - path.stat().st_mtime > SECONDS_UNFINISHED:
            shutil.rmtree(path, ignore_errors=True)


def _write(entry: Path, collection: Collection) -> None:
    entry.parent.mkdir(parents=True, exist_ok=True)
    # a folder aside that is renamed when it is whole: nobody reads half an entry
    fresh = Path(tempfile.mkdtemp(dir=entry.parent, prefix=UNFINISHED))
    try:
        np.save(fresh / "images.npy", collection.images)
        table = {name: getattr(collection, name) for name in COLUMNS}
        np.savez(fresh / "table.npz", **table)
        document = {
            "images": array_digest(collection.images),
            "table": _table_digest(table),
            "classes": collection.classes,
            "left_out": [[file.name, file.reason] for file in collection.left_out],
            "originals": collection.originals,
            "notes": collection.notes,
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
            columns = {name: table[name] for name in COLUMNS}
        if _table_digest(columns) != document["table"]:
            return None
        left_out = tuple(LeftOut(name, reason) for name, reason in document["left_out"])
        originals = tuple((kind, count) for kind, count in document["originals"])
        return Collection(
            images=images,
            classes=tuple(document["classes"]),
            left_out=left_out,
            originals=originals,
            notes=tuple(document["notes"]),
            **columns,
        )
    except Exception:  # whatever is wrong with an entry, it is made again
        return None


def _table_digest(columns: Mapping[str, np.ndarray]) -> str:
    return digest([[name, array_digest(columns[name])] for name in COLUMNS])
