"""One file per source of images; each source is a frozen value with ``load() -> ImageData``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from visavis.checks import require
from visavis.data import Dataset, reread
from visavis.datasets.corrupted import Corrupted
from visavis.datasets.glyphs import Glyphs
from visavis.datasets.hub import HubData
from visavis.datasets.images import Images
from visavis.datasets.limited import Limited
from visavis.datasets.torchvision_data import TorchvisionData
from visavis.read_as import AS_THEY_ARE, ReadAs

__all__ = ["EMBEDDED_SETS", "Corrupted", "Glyphs", "HubData", "Images", "Limited", "ReadAs", "TorchvisionData", "open"]

EMBEDDED_SETS: Mapping[str, Dataset] = {"glyphs": Glyphs()}
"""Data sets that need no file, by name."""
TORCHVISION, HUB = "torchvision:", "hub:"


def open(data: str | Path, **settings: Any) -> Dataset:
    """The embedded set of that name, a data set of torchvision or of a hub, or else the images at that path.

    Args:
        data: ``glyphs``; ``torchvision:CIFAR10:FOLDER``; ``hub:OWNER/NAME``, perhaps with ``@REVISION``; or a path as
            ``Images`` takes it.
        settings: see ``Images``. The embedded set brings its own size and split, torchvision's sets bring their split.

    Raises:
        InvalidStudy: nothing can be meant by it, or a setting has a value that it can't have.
    """
    require(bool(data), "data", repr(data), f"{', '.join(EMBEDDED_SETS)}, or a path")
    images = Images(data, **settings)  # whatever the data are: a setting that can't be is never passed over
    word = str(data)
    if word in EMBEDDED_SETS or word.startswith((TORCHVISION, HUB)):
        require(images.test_part == "both", "data.test_part", repr(images.test_part), "both: the choice is for FER2013")
    if word in EMBEDDED_SETS:
        return EMBEDDED_SETS[word] if images.read_as == AS_THEY_ARE else reread(EMBEDDED_SETS[word], images.read_as)
    if word.startswith(TORCHVISION):
        name, _, root = word.removeprefix(TORCHVISION).partition(":")
        require(bool(name and root), "data", repr(word), "torchvision:NAME:FOLDER, such as torchvision:CIFAR10:data")
        return TorchvisionData(name, root, images.size).reading_as(images.read_as)
    if word.startswith(HUB):
        name, _, revision = word.removeprefix(HUB).partition("@")
        form = images.channels, images.size, images.test_fraction, images.split_seed, images.read_as
        return HubData(name, revision or None, *form)
    return images
