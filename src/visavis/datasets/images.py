"""Any labelled collection of images: class folders, a CSV manifest, or Kaggle's ``fer2013.csv``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from visavis.datasets import splits
from visavis.datasets.collection import Collection
from visavis.datasets.decode import Form
from visavis.datasets.sources import read_class_folders
from visavis.datasets.tables import is_table, read_table
from visavis.describe import undescribed
from visavis.errors import DataError, require
from visavis.interfaces import ImageData

EXPECTED = "a folder, tar or zip of class folders, a CSV manifest, or fer2013.csv"
LARGEST_SIDE = 4096
USAGES = {"public": b"/PublicTest", "private": b"/PrivateTest"}
"""How the file names of FER2013's two test parts begin."""


@dataclass(frozen=True)
class Images:
    """The images at a path.

    Attributes:
        path: a folder, tar or zip of ``train/<class>/*`` and ``test/<class>/*`` (or ``val``), or of ``<class>/*``; a
            CSV file of paths and labels; Kaggle's ``fer2013.csv``. It isn't part of the description: the decoded
            images are.
        channels: 1 for grey, 3 for colour; by default grey where every image is.
        size: (height, width) that every image is resized to when it is decoded; by default all have one size already.
        test_fraction: share of each class that is held out, where the source brings no split of its own.
        split_seed: which such split.
        test_part: of FER2013, whose test images come in two parts: public, private or both.
    """

    path: Path = field(metadata=undescribed)
    channels: int | None = None
    size: tuple[int, int] | None = None
    test_fraction: float = 0.2
    split_seed: int = 0
    test_part: Literal["both", "public", "private"] = "both"

    def __post_init__(self) -> None:
        require(self.channels in (None, 1, 3), "data.channels", self.channels, "1 (grey), 3 (colour) or None")
        if self.size is not None:
            fits = len(self.size) == 2 and 0 < min(self.size) <= max(self.size) <= LARGEST_SIDE
            require(fits, "data.size", self.size, f"(height, width), each from 1 to {LARGEST_SIDE}")
        require(0 < self.test_fraction < 1, "data.test_fraction", self.test_fraction, "a fraction between 0 and 1")
        require(self.split_seed >= 0, "data.split_seed", self.split_seed, "0 or more")
        require(self.test_part in ("both", *USAGES), "data.test_part", repr(self.test_part), "both, public or private")

    def load(self) -> ImageData:
        """See ``Dataset.load``."""
        form = Form(self.channels, self.size)
        table = self.path.is_file() and is_table(self.path)
        collection = read_table(self.path, form) if table else read_class_folders(self.path, form, EXPECTED)
        own = splits.given(collection)
        if own is None:
            stream = splits.split_stream(self.split_seed)
            is_test = splits.stratified(collection.labels, self.test_fraction, stream)
            rule = f"Stratified by class, {self.test_fraction:.0%} for test, split seed {self.split_seed}."
        else:
            collection, is_test, rule = self._of_test_part(own)
        train, test = splits.divide(collection, np.zeros(len(collection.labels), "S1"), is_test)
        resized = "" if self.size is None else f", each resized to {self.size[1]} x {self.size[0]} pixels"
        found = f"{len(collection.labels):,} images in {len(collection.classes)} classes"
        return ImageData(
            name=self.path.resolve().name,
            source=f"{found} from {self.path.name}{resized}.",
            split_rule=rule,
            classes=collection.classes,
            train=train,
            test=test,
            left_out=collection.left_out,
            originals=collection.originals,
        )

    def _of_test_part(self, own: splits.Given) -> tuple[Collection, np.ndarray, str]:
        if self.test_part == "both":
            return own.collection, own.is_test, own.rule
        chosen = np.char.find(own.collection.ids, USAGES[self.test_part]) >= 0
        if not (chosen & own.is_test).any():
            raise DataError(
                f"{self.path} has no {self.test_part} test part",
                expected=f"test images whose names begin with {USAGES[self.test_part].decode()[1:]}",
                do="leave the choice of the test part out",
            )
        rows = np.flatnonzero(~own.is_test | chosen)
        return own.collection.take(rows), own.is_test[rows], f"{own.rule} Of the test part, the {self.test_part} half."
