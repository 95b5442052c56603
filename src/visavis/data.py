"""What data sets hand over: images with their labels, in two parts.

Shapes: n images, c channels, h rows, w columns; pixels are unsigned bytes, 0 to 255.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, cast

import numpy as np

from visavis.arrays import take
from visavis.bounds import Side, Text
from visavis.errors import DataError, InvalidStudy, VisavisError, first_line, is_out_of_memory
from visavis.read_as import Fit, ReadAs

MOST_NAMED, LONGEST_NAME = 8, 200
"""Classes that an error names, and letters of each."""


@dataclass(frozen=True)
class ImageShape:
    """The shape that all images of a study share."""

    channels: Side
    height: Side
    width: Side


@dataclass(frozen=True)
class Split:
    """One part of a data set.

    Attributes:
        images: uint8 [n, c, h, w].
        labels: int64 [n], indices into the data set's classes.
        ids: bytes [n], the name of each image, unique within the data set.
        groups: bytes [n], images that belong together (the font a letter was drawn in); empty where unknown.
    """

    images: np.ndarray
    labels: np.ndarray
    ids: np.ndarray
    groups: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: np.ndarray) -> Split:
        """The part that holds these rows, in their order; its images as ``arrays.take`` gives them."""
        return Split(take(self.images, rows), self.labels[rows], self.ids[rows], self.groups[rows])


@dataclass(frozen=True)
class LeftOut:
    """An image that no arm gets to see.

    Attributes:
        name: where it was found.
        reason: why it can't be used.
    """

    name: Text
    reason: Text


@dataclass(frozen=True)
class ImageData:
    """A data set that is ready for training.

    Attributes:
        name: what the report calls it.
        source: a sentence that says where the images come from.
        split_rule: a sentence that says how train and test were told apart.
        classes: the class names; labels index them.
        train, test: the two parts.
        left_out: images that couldn't be used, the same for all arms.
        originals: what the source's images were before they were decoded, such as ``48 x 48, L`` (width, height and
            Pillow's mode), and how many; the commonest first. Empty where they were drawn.
        synthetic: whether the images were drawn by a program.
        remarks: what every output of a study with these data has to say, such as that they are part of a larger set.
        notes: sentences on how files were understood, and on what of them is passed over.
        fit: how images of another shape came to this size.
        validation: images that the source keeps aside for choosing between networks; None where it has none.
    """

    name: str
    source: str
    split_rule: str
    classes: tuple[str, ...]
    train: Split
    test: Split
    left_out: tuple[LeftOut, ...] = ()
    originals: tuple[tuple[str, int], ...] = ()
    synthetic: bool = False
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fit: Fit = "crop"
    validation: Split | None = None

    @property
    def shape(self) -> ImageShape:
        """The shape of every image."""
        return ImageShape(*self.train.images.shape[1:])


class Dataset(Protocol):
    """Where a study's images come from."""

    def load(self) -> ImageData:
        """The images, the same at every call.

        Raises:
            DataError: there is nothing there that can be used.
        """


class Derivation(Protocol):
    """Test images that are made from those of a study."""

    def load_from(self, data: ImageData) -> ImageData:
        """The study's images made into others, the same at every call.

        Raises:
            DataError: they can't be.
        """


TestSource = Dataset | Derivation
"""Where further test images come from."""


def require_there(dataset: TestSource) -> None:
    """Refuses a data set that says itself, without being loaded, that nothing is there; it needn't be able to.

    Raises:
        DataError: from the method of the same name, where the data set has one.
    """
    check = getattr(dataset, "require_there", None)
    if check is not None:
        check()


def reread(dataset: Dataset, read_as: ReadAs) -> Dataset:
    """A data set with something else said of its files.

    Raises:
        InvalidStudy: it isn't read from files.
    """
    method: Callable[[ReadAs], Dataset] | None = getattr(dataset, "reading_as", None)
    if method is None:
        got = f"{' '.join(read_as.words)} for {type(dataset).__name__}"
        raise InvalidStudy("data that aren't read from files", got=got, expected="none of these flags")
    return method(read_as)


def load_data(dataset: Dataset) -> ImageData:
    """The images of a data set.

    Raises:
        DataError: as ``load_images``, or one of the parts lacks a class.
    """
    data = load_images(dataset)
    if not len(data.train):
        raise DataError(
            f"{data.name} has no training images",
            got="a data set that is all test images",
            expected="images of both parts",
            do="leave test_fraction at a share below 1",
        )
    for name, part in (("train", data.train), ("test", data.test)):
        absent = sorted(set(range(len(data.classes))) - set(np.unique(part.labels).tolist()))
        if absent:
            names = ", ".join(repr(data.classes[label])[:LONGEST_NAME] for label in absent[:MOST_NAMED])
            more = f" and {len(absent) - MOST_NAMED:,} more" if len(absent) > MOST_NAMED else ""
            raise DataError(
                f"the {name} part has no image of class {names}{more}",
                expected="every class in both parts",
                do="choose another split, give more images, or leave the class out; visavis audit shows all classes",
            )
    return data


def load_images(dataset: Dataset) -> ImageData:
    """The images of a data set, which may be all for tests.

    Raises:
        DataError: there are none, there is no room for them, or the data set raises.
    """
    return _load(dataset, "load", dataset.load)


def load_test_data(source: TestSource, data: ImageData) -> ImageData:
    """The images of which a study's networks are asked, its test part.

    Args:
        source: a data set, or what makes test images from the study's.
        data: the study's.

    Raises:
        DataError: as ``load_images``.
    """
    derive = getattr(source, "load_from", None)
    if derive is not None:
        return _load(source, "load_from", partial(derive, data))
    return load_images(cast("Dataset", source))


def _load(source: TestSource, method: str, load: Callable[[], object]) -> ImageData:
    """What anybody's code gives for images, held against what it has to be."""
    kind = type(source).__name__
    try:
        data = load()
    except VisavisError:
        raise
    except Exception as problem:  # a data set may be anybody's code
        if is_out_of_memory(problem):
            raise DataError(
                "the images need more memory than there is",
                got=first_line(problem),
                do="free memory, take fewer images (Limited, --limit) or have them decoded to a smaller size",
            ) from problem
        if isinstance(problem, OSError):
            raise
        raise DataError(
            f"the data set {kind} raises",
            got=f"{type(problem).__name__}: {first_line(problem)}",
            do=f"mend its {method}()",
        ) from problem
    if not isinstance(data, ImageData):
        raise DataError(f"the data set {kind} loads no images", got=type(data).__name__, expected="visavis.ImageData")
    return data
