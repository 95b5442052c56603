"""Images with their classes, before they are split: what every reader of files ends in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np

from visavis.arrays import take
from visavis.data import LeftOut
from visavis.datasets.reading.ahead import decoded_in_order, decoders
from visavis.datasets.reading.decode import Bitmap, Form, Unreadable
from visavis.datasets.reading.members import Member, quote
from visavis.datasets.reading.stack import Stack
from visavis.errors import DataError

TRAIN, TEST, VALIDATION, UNSPLIT = b"train", b"test", b"val", b""

PARTS = {
    "train": TRAIN,
    "training": TRAIN,
    "test": TEST,
    "testing": TEST,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
}
"""Folder names that say which part of a split the class folders below them are."""

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


@dataclass(frozen=True)
class Collection:
    """Decoded images, before they are split.

    Attributes:
        images: uint8 [n, c, h, w], perhaps memory-mapped.
        labels: int64 [n].
        ids: bytes [n]; part, class and file name.
        parts: bytes [n]; ``TRAIN``, ``TEST`` or ``VALIDATION`` where the source says so, else ``UNSPLIT``.
        classes: class names; labels index them.
        left_out: what couldn't be decoded.
        originals: what the images were before, as ``commonest`` gives it.
    """

    images: np.ndarray
    labels: np.ndarray
    ids: np.ndarray
    parts: np.ndarray
    classes: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    originals: tuple[tuple[str, int], ...] = ()

    def take(self, rows: np.ndarray) -> Collection:
        """The images of these rows, in their order."""
        images = take(self.images, rows)
        return replace(self, images=images, labels=self.labels[rows], ids=self.ids[rows], parts=self.parts[rows])

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
class Entry:
    """What is known of an image before its file is read.

    Attributes:
        part: ``TRAIN``, ``TEST``, ``VALIDATION`` or ``UNSPLIT``.
        label: its class.
        id: part, class and file name.
    """

    part: bytes
    label: str
    id: str


def entry_of(name: str) -> Entry | None:
    """Reads ``.../[train|test]/<class>/<file>``; None for a file outside any folder."""
    path = PurePosixPath(name)
    if len(path.parts) < 2:
        return None
    label = path.parts[-2]
    above = path.parts[-3].lower() if len(path.parts) > 2 else ""
    part = PARTS.get(above, UNSPLIT)
    prefix = f"{above}/" if part else ""
    return Entry(part, label, f"{prefix}{label}/{path.name}")


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


class _Builder:
    """What has been decoded so far, and what couldn't be."""

    def __init__(self) -> None:
        self.stack = Stack()
        self.bytes_read = 0
        self.entries: list[Entry] = []
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
        self.originals[outcome.original] += 1

    def _require_size(self, image: np.ndarray, name: str) -> None:
        if not self.stack.fits(image):
            assert self.stack.shape is not None
            raise DataError(
                f"images of mixed size: {name}",
                got=_size_text(image.shape[1:]),
                expected=f"{_size_text(self.stack.shape[1:])}, as the images before it",
                do="resize the images to one size first, or have them resized: Images(path, size=(height, width))",
            )

    def _require_room(self, image: np.ndarray) -> None:
        room, size = FREE_PIXELS + LARGEST_PIXEL_RATIO * self.bytes_read, self.stack.nbytes + image.nbytes
        if size > room:
            raise DataError(
                "the images take far more memory than their files",
                got=f"{size:,} bytes of pixels from {self.bytes_read:,} bytes of files",
                expected=f"at most {room:,} bytes",
                do="have them decoded to a smaller size: Images(path, size=(height, width))",
            )


def _size_text(size: tuple[int, ...]) -> str:
    return f"{size[1]} x {size[0]} pixels"


def gather(files: Iterable[tuple[Member, Entry]], origin: str, words: Words, form: Form) -> Collection:
    """Decodes files whose class is known.

    Args:
        files: with what is known of them, in any order; empty class folders among them.
        origin: what to call the source in errors.
        words: how it speaks of its classes.
        form: what they are decoded to.

    Raises:
        DataError: no class, one class, an empty class, images of mixed size, two files with one id.
    """
    builder = _Builder()
    labels: set[str] = set()

    def images() -> Iterator[tuple[Member, Entry]]:
        for member, entry in files:
            labels.add(entry.label)  # of empty folders, too: they are refused below, not passed over
            if not member.is_folder:
                yield member, entry

    with decoders() as pool:
        for member, entry, outcome in decoded_in_order(images(), form, pool):
            builder.add(member, entry, outcome)
    classes = tuple(sorted(labels))
    _require_classes(classes, origin, words)
    _require_filled(classes, builder, origin, words)
    return _collection(builder, classes).by_name()


def in_class_folders(members: Iterable[Member]) -> Iterator[tuple[Member, Entry]]:
    """Yields the members that lie in class folders, with what their paths say of them, and empty class folders.

    Raises:
        DataError: a file's name isn't text, or a file lies deeper or less deep than the others.
    """
    first: Member | None = None
    for member in members:
        entry = entry_of(f"{member.name}/nothing" if member.is_folder else member.name)
        if entry is None or (member.is_folder and entry.label.lower() in PARTS):
            continue
        _require_text(member.name)
        if not member.is_folder:
            _require_below_part(member.name)
            first = first or member
            _require_depth(member.name, first.name)
        yield member, entry


def _depth(name: str) -> int:
    """How many folders lie above the class folder, one for the part of the split aside."""
    above = PurePosixPath(name).parts[:-2]
    return len(above) - (above[-1:] != () and above[-1].lower() in PARTS)


def _require_below_part(name: str) -> None:
    *above, nearest = ("", *(part.lower() for part in PurePosixPath(name).parts[:-2]))
    if nearest not in PARTS and not PARTS.keys().isdisjoint(above):
        part = next(part for part in above if part in PARTS)
        raise DataError(
            f"an image lies deeper below {part}/ than in a class folder",
            got=quote(name),
            expected=f".../{part}/<class>/<file>",
            do="move the images up into their class folders, or rename the folder if it is no part of a split",
        )


def _require_depth(name: str, first: str) -> None:
    if _depth(name) != _depth(first):
        raise DataError(
            "files lie at different depths, so their class folders can't be told",
            got=f"{quote(first)} and {quote(name)}",
            expected="every image directly in its class folder, and nothing beside the class folders",
            do="move the images up into their class folders, and other files away",
        )


def _require_text(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError as problem:
        raise DataError("a file's name isn't text", got=ascii(name), expected="UTF-8", do="rename it") from problem


def _require_classes(classes: tuple[str, ...], origin: str, words: Words) -> None:
    if not classes:
        raise DataError(f"{origin} has {words.no_classes}", got=words.nothing, expected=words.layout)
    if len(classes) == 1:
        raise DataError(f"{origin} has one class only", got=quote(classes[0]), expected="two classes or more")


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
    left_out, originals = tuple(builder.left_out), commonest(builder.originals)
    return Collection(builder.stack.array(), labels, _ids(builder.entries), parts, classes, left_out, originals)
