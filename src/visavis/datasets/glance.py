"""How many images there are, and how large they are, before they are read."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image

from visavis.data import Dataset
from visavis.datasets.glyphs import Glyphs
from visavis.datasets.images import Images
from visavis.datasets.reading import members_of, takes
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
    """In one pass: a packed archive is unpacked on the way."""
    count, contents = 0, list[bytes]()
    for member in members_of(path, lambda name: not contents and _is_image(name)):
        count += _is_image(member.name)
        contents.extend([member.content] if member.content else [])
    if not contents:
        return Glance()
    with Image.open(io.BytesIO(contents[0])) as image:
        return Glance(count, max(image.size))


def _is_image(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in SUFFIXES
