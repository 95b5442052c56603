"""One file per source of images; each source is a frozen value with ``load() -> ImageData``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from visavis.datasets.glyphs import Glyphs
from visavis.datasets.limited import Limited
from visavis.datasets.notmnist import NotMNIST
from visavis.interfaces import Dataset
from visavis.recipe import require

__all__ = ["EMBEDDED", "Glyphs", "Limited", "NotMNIST", "open_letters"]

EMBEDDED: Mapping[str, Dataset] = {"glyphs": Glyphs()}
"""Data sets that need no file, by name."""


def open_letters(data: str, *, test_fraction: float = 0.2, split_seed: int = 0, font_disjoint: bool = False) -> Dataset:
    """The embedded set of that name, or else the NotMNIST-like collection at that path.

    Args:
        data: ``glyphs``, or a path: an archive, a folder of class folders, IDX files.
        test_fraction, split_seed, font_disjoint: see ``NotMNIST``; the embedded set brings its own split.
    """
    require(bool(data), "data", repr(data), f"{', '.join(EMBEDDED)}, or a path")
    if data in EMBEDDED:
        return EMBEDDED[data]
    return NotMNIST(Path(data), test_fraction=test_fraction, split_seed=split_seed, font_disjoint=font_disjoint)
