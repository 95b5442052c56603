"""NotMNIST: letters A to J from half a million fonts, 28 x 28 grey (Yaroslav Bulatov, 2011).

Taken in any form in which people have it: ``notMNIST_small.tar.gz``, ``notMNIST_large.tar.gz``, an unpacked folder, a
zip, or IDX files. Any other collection of equally large images in class folders is taken too.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from visavis.datasets import idx, splits
from visavis.datasets.cache import cached, file_key
from visavis.datasets.collection import Collection
from visavis.datasets.decode import Form
from visavis.datasets.sources import read_class_folders
from visavis.describe import undescribed
from visavis.errors import DataError, require
from visavis.interfaces import ImageData

GREY = Form(channels=1)
FONT_SUFFIXES = (b".ttf", b".otf", b".pfb", b".pfm", b".ttc", b".fon", b".dfont", b".pfa")


@dataclass(frozen=True)
class NotMNIST:
    """The letters at a path.

    Attributes:
        path: an archive, a folder of class folders, a folder of IDX files, or an IDX file of images. It isn't part of
            the description: the decoded images are.
        test_fraction: share of the images that is held out, where the source brings no split of its own.
        split_seed: which stratified or font-disjoint split.
        font_disjoint: no font in both parts; needs the original's file names.
    """

    path: Path = field(metadata=undescribed)
    test_fraction: float = 0.2
    split_seed: int = 0
    font_disjoint: bool = False

    def __post_init__(self) -> None:
        require(0 < self.test_fraction < 1, "data.test_fraction", self.test_fraction, "a fraction between 0 and 1")
        require(self.split_seed >= 0, "data.split_seed", self.split_seed, "0 or more")

    def load(self) -> ImageData:
        """See ``Dataset.load``."""
        collection = _read(self.path)
        own = None if self.font_disjoint else splits.given(collection)
        if own is not None:
            collection, is_test, rule = own.collection, own.is_test, own.rule
        else:
            is_test, rule = self._split(collection)
        train, test = splits.divide(collection, fonts_of(collection.ids), is_test)
        return ImageData(
            name=self.path.resolve().name,
            source=f"{len(collection.labels):,} images in {len(collection.classes)} classes from {self.path.name}.",
            split_rule=rule,
            classes=collection.classes,
            train=train,
            test=test,
            left_out=collection.left_out,
            originals=collection.originals,
        )

    def _split(self, collection: Collection) -> tuple[np.ndarray, str]:
        stream = splits.split_stream(self.split_seed)
        if self.font_disjoint:
            groups = fonts_of(collection.ids)
            _require_fonts(groups, self.path)
            rule = f"No font in both parts; about {self.test_fraction:.0%} for test, split seed {self.split_seed}."
            return splits.by_group(groups, self.test_fraction, stream), rule
        rule = f"Stratified by class, {self.test_fraction:.0%} for test, split seed {self.split_seed}."
        return splits.stratified(collection.labels, self.test_fraction, stream), rule


def _read(path: Path) -> Collection:
    found = idx.found_at(path)
    if found:
        return cached([file_key(file) for file in _with_labels(found)], lambda: idx.read_letters(found))
    return read_class_folders(path, GREY, "an archive, a folder of class folders, or IDX files")


def _with_labels(images: list[Path]) -> list[Path]:
    labels = [idx.labels_of(path) for path in images]
    return [*images, *(path for path in labels if path is not None)]


def fonts_of(ids: np.ndarray) -> np.ndarray:
    """The font file of each image, where its name is the base64 of one as in the original; else empty.

    Args:
        ids: bytes [n], paths with a file name.
    """
    return np.array([_font(name.rsplit(b"/", 1)[-1].rsplit(b".", 1)[0]) for name in ids.tolist()])


def _font(stem: bytes) -> bytes:
    try:
        font = base64.b64decode(stem, validate=True)
    except binascii.Error:
        return b""
    return font if font.lower().endswith(FONT_SUFFIXES) else b""


def _require_fonts(groups: np.ndarray, path: Path) -> None:
    unknown = int((groups == b"").sum())
    if unknown:
        raise DataError(
            f"{path} can't be split by font",
            got=f"{unknown:,} of {len(groups):,} file names that aren't the base64 of a font's file name",
            expected="the original's file names",
            do="leave --font-disjoint out",
        )
