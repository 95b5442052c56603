"""Images with their classes, before they are split: what every reader of files ends in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np

from visavis.arrays import slices, take
from visavis.data import LeftOut
from visavis.datasets.reading.ahead import decoded_in_order, decoders
from visavis.datasets.reading.decode import Bitmap, Form, Unreadable
from visavis.datasets.reading.files import Member, quote
from visavis.datasets.reading.layouts import Entry, natural
from visavis.datasets.reading.stack import Stack
from visavis.errors import DataError

FREE_PIXELS = 512 << 20
LARGEST_PIXEL_RATIO = 400
"""Images may take ``FREE_PIXELS`` bytes and ``LARGEST_PIXEL_RATIO`` times the files' when they are decoded: a few small
files can stand for more pixels than any memory holds.
"""

FREE_NAMES = 256 << 20
LARGEST_NAME_RATIO = 10
"""Ids take as much as the longest for each: a single long name must not make all of them long."""

MOST_KINDS = 50
"""Kinds of originals that are told apart; a photographer's folder can have as many sizes as images."""


COLUMNS = ("labels", "ids", "parts", "groups", "digests")
"""Fields of a collection that have a value for each image."""


@dataclass(frozen=True)
class Collection:
    """Decoded images, before they are split.

    Attributes:
        images: uint8 [n, c, h, w], perhaps memory-mapped.
        labels: int64 [n].
        ids: bytes [n]; part, class and file name.
        parts: bytes [n]; ``entries.TRAIN``, ``TEST`` or ``VALIDATION`` where the source says so, else ``UNSPLIT``.
        classes: class names; labels index them.
        left_out: what couldn't be decoded.
        originals: what the images were before, as ``commonest`` gives it.
        groups: bytes [n], images that belong together; empty where unknown.
        digests: bytes [n], of each image's file; a random split goes by them.
        notes: sentences on how the source was understood, and on what is passed over.
    """

    images: np.ndarray
    labels: np.ndarray
    ids: np.ndarray
    parts: np.ndarray
    classes: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    originals: tuple[tuple[str, int], ...]
    groups: np.ndarray
    digests: np.ndarray
    notes: tuple[str, ...] = ()

    def take(self, rows: np.ndarray) -> Collection:
        """The images of these rows, in their order."""
        columns = {name: getattr(self, name)[rows] for name in COLUMNS}
        return replace(self, images=take(self.images, rows), **columns)

    def by_name(self) -> Collection:
        """The images in the order of their ids, so that the same files are the same data in whatever order they come.

        Raises:
            DataError: two images have one id.
        """
        order = np.argsort(self.ids, kind="stable")
        ids = self.ids[order]
        twice = np.flatnonzero(ids[1:] == ids[:-1])
        if len(twice):
            name = quote(ids[twice[0]].decode(errors="replace"))
            raise DataError("two images have the same name", got=name, expected="each name once")
        return self.take(order)


def commonest(kinds: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Kinds with their numbers, the commonest first; beyond ``MOST_KINDS`` the last entry stands for the others."""
    ranking = sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))
    if len(ranking) <= MOST_KINDS:
        return tuple(ranking)
    rest = ranking[MOST_KINDS - 1 :]
    return (*ranking[: MOST_KINDS - 1], (f"{len(rest):,} other kinds", sum(count for _, count in rest)))


@dataclass(frozen=True)
class Words:
    """How a source of images speaks of its classes, for errors.

    Attributes:
        no_classes: what it has where no image has a class: "no class folders".
        nothing: what it has in their place.
        layout: how images and classes are given there, with an example.
        filled: what every class needs.
        mend: what to do about a class without a readable image.
    """

    no_classes: str
    nothing: str
    layout: str
    filled: str
    mend: str


class MixedSizes(DataError):
    """Images that haven't one size, where none is asked for."""


class _Builder:
    """What has been decoded so far, and what couldn't be."""

    def __init__(self) -> None:
        self.stack = Stack()
        self.bytes_read = 0
        self.entries: list[Entry] = []
        self.digests: list[bytes] = []
        self.left_out: list[LeftOut] = []
        self.unreadable: Counter[str] = Counter()
        self.originals: Counter[str] = Counter()

    def add(self, member: Member, entry: Entry, outcome: Bitmap | Unreadable) -> None:
        if isinstance(outcome, Unreadable):
            self.left_out.append(LeftOut(member.name, str(outcome)))
            self.unreadable[entry.label] += 1
            return
        self._require_size(outcome.pixels, member.name)
        self.bytes_read += len(member.content)
        self._require_room(outcome.pixels)
        self.stack.add(outcome.pixels)
        self.entries.append(entry)
        self.digests.append(content_digest(member.content))
        self.originals[outcome.original] += 1

    def _require_size(self, image: np.ndarray, name: str) -> None:
        if not self.stack.fits(image):
            assert self.stack.shape is not None
            raise MixedSizes(
                f"images of mixed size: {name}",
                got=_size_text(image.shape[1:]),
                expected=f"{_size_text(self.stack.shape[1:])}, as the images before it",
                do="have them brought to one size with --decode-size, or Images(path, size=(height, width))",
            )

    def _require_room(self, image: np.ndarray) -> None:
        room, size = FREE_PIXELS + LARGEST_PIXEL_RATIO * self.bytes_read, self.stack.nbytes + image.nbytes
        if size > room:
            raise DataError(
                "the images take far more memory than their files",
                got=f"{size:,} bytes of pixels from {self.bytes_read:,} bytes of files",
                expected=f"at most {room:,} bytes",
                do="have them decoded to a smaller size: --decode-size, or Images(path, size=(height, width))",
            )


def _size_text(size: tuple[int, ...]) -> str:
    return f"{size[1]} x {size[0]} pixels"


def gather(
    files: Iterable[tuple[Member, Entry]],
    origin: str,
    words: Words,
    form: Form,
    empty: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> Collection:
    """Decodes files whose class is known.

    Args:
        files: with what is known of them, in any order.
        origin: what to call the source in errors.
        words: how it speaks of its classes.
        form: what they are decoded to.
        empty: classes without a file, which are refused.
        notes: how the source was understood.

    Raises:
        DataError: no class, one class, an empty class, images of mixed size, two files with one id.
    """
    builder, labels = _Builder(), set(empty)
    with decoders() as pool:
        for member, entry, outcome in decoded_in_order(files, form, pool):
            labels.add(entry.label)
            builder.add(member, entry, outcome)
    classes = tuple(sorted(labels, key=natural))
    _require_classes(classes, origin, words, notes)
    _require_filled(classes, builder, origin, words)
    return replace(_collection(builder, classes), notes=tuple(notes)).by_name()


def _require_classes(classes: tuple[str, ...], origin: str, words: Words, notes: Sequence[str]) -> None:
    if not classes:
        got = "; ".join([words.nothing, *(note.removesuffix(".") for note in notes)])
        raise DataError(f"{origin} has {words.no_classes}", got=got, expected=words.layout)
    if len(classes) == 1:
        raise DataError(
            f"{origin} has one class only",
            got=quote(classes[0]),
            expected="two classes or more",
            do="where the classes are in the names of the files, give a table of files and labels",
        )


def _require_filled(classes: tuple[str, ...], builder: _Builder, origin: str, words: Words) -> None:
    labels = {entry.label for entry in builder.entries}
    for name in classes:
        if name not in labels:
            raise DataError(
                f"class {quote(name)} of {origin} is empty",
                got=f"{builder.unreadable[name]} files, none readable",
                expected=words.filled,
                do=words.mend,
            )


def _ids(entries: Sequence[Entry]) -> np.ndarray:
    names = [entry.id.encode() for entry in entries]
    longest = max(names, key=len)
    if len(longest) * len(names) > FREE_NAMES + LARGEST_NAME_RATIO * sum(map(len, names)):
        raise DataError("a file's name is far longer than those of the others", got=quote(longest.decode()))
    return np.array(names)


def _collection(builder: _Builder, classes: tuple[str, ...]) -> Collection:
    index = {name: label for label, name in enumerate(classes)}
    labels = np.array([index[entry.label] for entry in builder.entries], np.int64)
    parts = np.array([entry.part for entry in builder.entries])
    return Collection(
        images=builder.stack.array(),
        labels=labels,
        ids=_ids(builder.entries),
        parts=parts,
        classes=classes,
        left_out=tuple(builder.left_out),
        originals=commonest(builder.originals),
        groups=np.array([entry.group.encode() for entry in builder.entries]),
        digests=np.array(builder.digests),
    )


def digests_of(images: np.ndarray) -> np.ndarray:
    """bytes [n]: of the pixels of each image, for images that come as an array."""
    return np.array([content_digest(image.tobytes()) for part in slices(images) for image in images[part]])


def content_digest(content: bytes) -> bytes:
    """Of an image's bytes, as 16 hex digits."""
    return blake2b(content, digest_size=8).hexdigest().encode()
