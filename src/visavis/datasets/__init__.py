"""One file per source of images; each source is a frozen value with ``load() -> ImageData``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from visavis.datasets import idx
from visavis.datasets.glyphs import Glyphs
from visavis.datasets.images import Images
from visavis.datasets.limited import Limited
from visavis.datasets.notmnist import NotMNIST
from visavis.datasets.torchvision_data import TorchvisionData
from visavis.errors import require
from visavis.interfaces import Dataset

__all__ = [
    "EMBEDDED",
    "Glyphs",
    "Images",
    "Limited",
    "NotMNIST",
    "TorchvisionData",
    "open_data",
    "open_images",
    "open_letters",
]

EMBEDDED: Mapping[str, Dataset] = {"glyphs": Glyphs()}
"""Data sets that need no file, by name."""
TORCHVISION = "torchvision:"


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


def open_images(data: str, *, size: tuple[int, int] | None = None, **settings: Any) -> Dataset:
    """The embedded set of that name, a data set of torchvision, or else the collection at that path.

    Args:
        data: ``glyphs``; ``torchvision:CIFAR10:FOLDER``; or a path: an archive, a folder of class folders, a CSV file.
        size: (height, width) that every image is resized to when it is decoded.
        settings: see ``Images``.
    """
    require(bool(data), "data", repr(data), f"{', '.join(EMBEDDED)}, or a path")
    if data in EMBEDDED or data.startswith(TORCHVISION):
        part = settings.get("test_part", "both")
        require(part == "both", "data.test_part", repr(part), "both: the choice is for FER2013")
    if data in EMBEDDED:
        return EMBEDDED[data]
    if data.startswith(TORCHVISION):
        name, _, root = data.removeprefix(TORCHVISION).partition(":")
        require(bool(name and root), "data", repr(data), "torchvision:NAME:FOLDER, such as torchvision:CIFAR10:data")
        return TorchvisionData(name, Path(root), size)
    return Images(Path(data), size=size, **settings)


def open_data(
    data: str, *, size: tuple[int, int] | None = None, test_part: Literal["both", "public", "private"] = "both"
) -> Dataset:
    """What the built-in studies open there: IDX files as letters, anything else as images.

    Args:
        data: as ``open_images`` and ``open_letters`` take it.
        size, test_part: see ``open_images``; IDX files have one size and one test part.
    """
    if data in ("", *EMBEDDED) or not idx.found_at(Path(data)):
        return open_images(data, size=size, test_part=test_part)
    require(size is None, "data.size", size, "none: the images of IDX files have one size already")
    require(test_part == "both", "data.test_part", repr(test_part), "both: the choice is for FER2013")
    return open_letters(data)
