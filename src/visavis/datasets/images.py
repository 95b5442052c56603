"""Any labelled collection of images: class folders, a table, arrays; see ``reading/readers.py`` for all forms.

NotMNIST is taken in any form in which people have it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from visavis.checks import as_path, excerpt, is_between, is_whole, require, require_whole
from visavis.data import ImageData
from visavis.datasets import splits
from visavis.datasets.reading import Collection, Form, MixedSizes, fonts_of, read_images, reader_of, require_fonts
from visavis.datasets.splits import Division
from visavis.describe import undescribed
from visavis.errors import DataError
from visavis.read_as import AS_THEY_ARE, LARGEST_SIDE, ReadAs

LARGEST_USUAL = 224
"""Pixels on a side of images whose sizes differ, where none is asked for: what networks are pre-trained on."""
USAGES = {"public": b"/PublicTest", "private": b"/PrivateTest"}
"""How the file names of FER2013's two test parts begin."""


@dataclass(frozen=True)
class Images:
    """The images at a path.

    Attributes:
        path: a folder, tar or zip of class folders, perhaps in ``train`` and ``test``; a table of files and labels
            (CSV, JSON lines, Parquet), perhaps in the folder of its images; Kaggle's ``fer2013.csv``; images in
            Parquet, npz, IDX or WebDataset's tars. It isn't part of the description: the decoded images are.
        channels: 1 for grey, 3 for colour; by default grey where every image is.
        size: (height, width) that every image is brought to when it is decoded; by default images of one size keep it.
        test_fraction: share of each class that is held out, where the source brings no split of its own; 1 for images
            that are only for tests.
        split_seed: which such split.
        test_part: of FER2013, whose test images come in two parts: public, private or both.
        font_disjoint: no font of NotMNIST in both parts; needs the original's file names.
        read_as: what is said of files that could be read in several ways.
    """

    path: str | Path = field(metadata=undescribed)
    channels: int | None = None
    size: tuple[int, int] | None = None
    test_fraction: float = 0.2
    split_seed: int = 0
    test_part: Literal["both", "public", "private"] = "both"
    font_disjoint: bool = False
    read_as: ReadAs = AS_THEY_ARE

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", as_path(self.path, "data.path"))
        require(self.channels in (None, 1, 3), "data.channels", self.channels, "1 (grey), 3 (colour) or None")
        if self.size is not None:
            fits = _is_size(self.size)
            require(fits, "data.size", excerpt(self.size), f"(height, width), each from 1 to {LARGEST_SIDE}")
        share = self.test_fraction
        is_share = is_between(share, 0, 1) or share == 1
        require(is_share, "data.test_fraction", excerpt(share), "a fraction between 0 and 1, or 1 for tests alone")
        require_whole(self.split_seed, "data.split_seed", 0)
        require(self.test_part in ("both", *USAGES), "data.test_part", repr(self.test_part), "both, public or private")

    def require_there(self) -> None:
        """See ``visavis.data.require_there``."""
        reader_of(Path(self.path))

    def reading_as(self, read_as: ReadAs) -> Images:
        """The same with something else said of the files."""
        return replace(self, read_as=read_as)

    def load(self) -> ImageData:
        """See ``Dataset.load``."""
        path = Path(self.path)
        form, notes = self._form, tuple[str, ...]()
        try:
            whole = read_images(path, form, self.read_as)
        except MixedSizes:
            form, notes = usual_form(path, form, self.read_as)
            whole = read_images(path, form, self.read_as)
        without = int((whole.groups == b"").sum())
        if 0 < without < len(whole.groups):
            notes = (*notes, f"{without:,} images have no group: groups are not used.")
        division = self._divide(replace(whole, notes=(*whole.notes, *notes)), path)
        collection = division.collection
        suffix = "" if form.size is None else f", each brought to {form.size[1]} x {form.size[0]} pixels ({form.fit})"
        counts = f"{len(collection.labels):,} images in {len(collection.classes)} classes"
        data = splits.image_data(division, path.resolve().name, f"{counts} from {path.name}{suffix}.")
        return replace(data, fit=form.fit)

    @property
    def _form(self) -> Form:
        side = self.read_as.decode_size
        square = None if side is None else (side, side)
        return Form(self.channels, self.size or square, self.read_as.fit or "crop")

    def _divide(self, collection: Collection, path: Path) -> Division:
        """Train and test: as the source has them, unless fonts are to be kept apart; else at random."""
        source_split = None if self.font_disjoint else splits.source_split(collection)
        if self.test_part != "both":
            return self._of_test_part(source_split, path)
        if source_split is not None:
            return source_split
        if self.test_fraction == 1:
            return Division(collection, np.ones(len(collection.labels), bool), "All images are for tests.")
        stream, share = splits.split_stream(self.split_seed), self.test_fraction
        seed = f"{share:.0%} for test, split seed {self.split_seed}."
        if self.font_disjoint:
            fonts = fonts_of(collection.ids)
            require_fonts(fonts, path)
            return Division(
                collection,
                splits.by_group(fonts, collection.labels, share, stream),
                f"No font in both parts; about {seed}",
            )
        if (collection.groups != b"").all():
            is_test = splits.by_group(collection.groups, collection.labels, share, stream)
            if is_test.all() or not is_test.any():
                raise DataError(
                    f"the groups of {path} are too few to be split",
                    got=f"{len(np.unique(collection.groups)):,} groups",
                    expected=f"groups that make about {share:.0%} for test",
                    do="another --test-fraction, or groups that are smaller",
                )
            return Division(collection, is_test, f"No group in both parts; about {seed}")
        is_test = splits.by_class(collection.labels, share, stream, collection.digests)
        return Division(collection, is_test, f"Stratified by class, {seed}")

    def _of_test_part(self, source_split: Division | None, path: Path) -> Division:
        usage = USAGES[self.test_part]
        if source_split is not None:
            collection, is_test = source_split.collection, source_split.is_test
            in_half = np.char.find(collection.ids, usage) >= 0
            rows = np.flatnonzero(~is_test | in_half)
            if (in_half & is_test).any():
                rule = f"{source_split.rule} Of the test part, the {self.test_part} half."
                return Division(collection.take(rows), is_test[rows], rule)
        raise DataError(
            f"{path} has no {self.test_part} test part",
            expected=f"test images whose names begin with {usage.decode()[1:]}",
            do="leave the test part out: the choice is for FER2013",
        )


def usual_form(path: Path, form: Form, read_as: ReadAs) -> tuple[Form, tuple[str, ...]]:
    """A square for images of mixed size and a sentence on it; its side is the median of their shorter sides, but not
    above ``LARGEST_USUAL``.
    """
    measured = read_images(path, replace(form, is_measured=True), read_as).images.astype(int)
    side = min(int(np.median(measured[:, 0, 0, 0] * 256 + measured[:, 0, 0, 1])), LARGEST_USUAL)
    note = (
        f"Sizes differ: every image is brought to {side} x {side} pixels ({form.fit}). --decode-size N is another; "
        "--fit crop cuts away what juts out, pad keeps all with black beside it, squash stretches."
    )
    return replace(form, size=(side, side)), (note,)


def _is_size(size: object) -> bool:
    """Whether it is a height and a width in pixels."""
    if not isinstance(size, tuple | list) or len(size) != 2:
        return False
    return all(is_whole(side, 1, LARGEST_SIDE) for side in size)
