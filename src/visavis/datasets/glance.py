"""How many images there are, and how large they are, before they are read."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image

from visavis.data import Dataset
from visavis.datasets.glyphs import Glyphs
from visavis.datasets.images import Images
from visavis.datasets.reading import listing, members_of, takes
from visavis.errors import VisavisError

SUFFIXES = frozenset(f".{kind}" for kind in ["jpg", "jpeg", "png", "bmp", "gif", "tif", "tiff", "webp", "pgm", "ppm"])


@dataclass(frozen=True)
class Glance:
    """What can be seen of images without reading them.

    Attributes:
        count: about how many there are, of both parts; None where it can't be seen.
        side: pixels of the longer side of the first one; None where it can't be seen.
    """

    count: int | None = None
    side: int | None = None


def glance(dataset: Dataset) -> Glance:
    """What can be seen of a data set's images; files that can't be read are left to ``load``, which says why."""
    if isinstance(dataset, Glyphs):
        return Glance(dataset.train_size + dataset.test_size, 28)
    if not isinstance(dataset, Images):
        return Glance()
    path = Path(dataset.path)
    try:
        return _of_files(path) if takes(path) else Glance()
    except (VisavisError, OSError):
        return Glance()


def _of_files(path: Path) -> Glance:
    names = [name for name in listing(path).files if PurePosixPath(name).suffix.lower() in SUFFIXES]
    if not names:
        return Glance()
    member = next(member for member in members_of(path, lambda name: name == names[0]) if member.name == names[0])
    with Image.open(io.BytesIO(member.content)) as image:
        return Glance(len(names), max(image.size))
