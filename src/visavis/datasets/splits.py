"""Train and test told apart: as the source has them, stratified by class, or by group."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from visavis.data import ImageData, Split
from visavis.datasets.reading import TEST, TRAIN, UNSPLIT, VALIDATION, Collection, fonts_of
from visavis.errors import DataError
from visavis.streams import Stream, root


def split_stream(seed: int) -> Stream:
    """The stream that splits draw from."""
    return root(seed).child("split")


@dataclass(frozen=True)
class Division:
    """A collection told apart into train and test.

    Attributes:
        collection: the images of the two parts.
        is_test: bool [n].
        rule: a sentence for the report.
        validation: what the source keeps aside for choosing between networks; None where it has none.
    """

    collection: Collection
    is_test: np.ndarray
    rule: str
    validation: Collection | None = None


def source_split(collection: Collection) -> Division | None:
    """The source's own split; None where it has none.

    A validation part is the test part where there is no other, and else is kept aside.

    Raises:
        DataError: it says so of some images only.
    """
    parts = collection.parts
    present = set(np.unique(parts).tolist())
    if UNSPLIT in present and len(present) > 1:
        raise DataError(
            "the split of the source is not whole",
            got="class folders both inside and outside of train/ and test/",
            expected="all of them inside, or none",
        )
    if present == {TRAIN, VALIDATION}:
        rule = "As given by the source; its validation part is the test part."
        return Division(collection, np.equal(parts, VALIDATION), rule)
    if present == {TRAIN, TEST, VALIDATION}:
        is_kept = parts == VALIDATION
        rest, validation = (collection.take(np.flatnonzero(rows)) for rows in (~is_kept, is_kept))
        rule = f"As given by the source; its validation part ({len(validation.labels):,} images) is kept aside."
        return Division(rest, np.equal(rest.parts, TEST), rule, validation)
    if present == {TRAIN, TEST}:
        return Division(collection, np.equal(parts, TEST), "As given by the source.")
    return None


def by_class(labels: np.ndarray, fraction: float, stream: Stream, digests: np.ndarray) -> np.ndarray:
    """bool [n], true for ``fraction`` of each class, rounded, but never none or all of it.

    Which images these are hangs on what is in them and on the stream, not on their names or their order; images with
    the same digest come one after the other, so that all but a few pairs of equal files stay in one part.

    Args:
        labels: int64 [n].
        fraction: of each class.
        stream: draws.
        digests: bytes [n], of each image.
    """
    mask, order = np.zeros(len(labels), bool), random_order(digests, stream)
    for label in np.unique(labels):
        rows = order[labels[order] == label]
        count = min(max(1, round(len(rows) * fraction)), len(rows) - 1)
        mask[rows[:count]] = True
    return mask


def random_order(digests: np.ndarray, stream: Stream) -> np.ndarray:
    """int64 [n]: the rows in an order that hangs on the stream and on the digests alone.

    Args:
        digests: bytes [n], of each image.
        stream: draws.
    """
    key = stream.numpy().bytes(32)
    keys = {value: blake2b(value, digest_size=8, key=key).digest() for value in set(digests.tolist())}
    return np.argsort(np.array([keys[value] for value in digests.tolist()], "V8").view(">u8"), kind="stable")


def by_group(groups: np.ndarray, labels: np.ndarray, fraction: float, stream: Stream) -> np.ndarray:
    """bool [n], true for whole groups, about ``fraction`` of the images of each class.

    The groups come in random order; one is taken where it brings the classes' shares nearer to the fraction.

    Args:
        groups: bytes [n].
        labels: int64 [n].
        fraction: of each class.
        stream: draws.
    """
    names, members = np.unique(groups, return_inverse=True)
    shares = np.zeros((len(names), int(labels.max()) + 1))
    np.add.at(shares, (members, labels), 1)
    shares /= np.maximum(shares.sum(0), 1)
    is_taken, gap = np.zeros(len(names), bool), np.full(shares.shape[1], fraction)
    for group in random_order(names, stream).tolist():
        if ((gap - shares[group]) ** 2).sum() < (gap**2).sum():
            is_taken[group] = True
            gap -= shares[group]
    return is_taken[members]


def image_data(division: Division, name: str, source: str) -> ImageData:
    """What a data set hands over: the end of every loader of files.

    Args:
        division: what was read, told apart.
        name, source: see ``ImageData``.
    """
    collection = division.collection
    whole = _split_of(collection)
    train, test = (whole.take(np.flatnonzero(rows)) for rows in (~division.is_test, division.is_test))
    return ImageData(
        name=name,
        source=source,
        split_rule=division.rule,
        classes=collection.classes,
        train=train,
        test=test,
        validation=None if division.validation is None else _split_of(division.validation),
        left_out=collection.left_out,
        originals=collection.originals,
        notes=collection.notes,
    )


def _split_of(collection: Collection) -> Split:
    """A collection as one part; groups are those of the source, else NotMNIST's fonts."""
    has_groups = (collection.groups != b"").any()
    groups = collection.groups if has_groups else fonts_of(collection.ids)
    return Split(collection.images, collection.labels, collection.ids, groups)
