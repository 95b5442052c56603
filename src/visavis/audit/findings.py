"""What an audit finds: numbers and names, no sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np

from visavis.bounds import Count, Number, Text
from visavis.data import LeftOut
from visavis.describe import Plain, plain_of


@dataclass(frozen=True)
class Picture:
    """One image of the data set, by name.

    Attributes:
        part: ``train`` or ``test``.
        label: name of its class.
        id: its name within the data set.
    """

    part: Text
    label: Text
    id: Text


@dataclass(frozen=True)
class ClassSupport:
    """How many images a class has in each part."""

    name: Text
    train: Count
    test: Count


@dataclass(frozen=True)
class Identical:
    """Images that are equal in every pixel after decoding, in groups.

    Attributes:
        groups: number of groups of two images or more.
        images: number of images in them.
        across: groups with images of both parts.
        conflicting: groups whose images carry more than one label.
        test_images: test images with a twin in the training part.
        examples: some images of some groups; groups across parts and with conflicting labels come first, and of a group
            images that differ in part or label.
    """

    groups: Count
    images: Count
    across: Count
    conflicting: Count
    test_images: Count
    examples: tuple[Annotated[tuple[Picture, ...], msgspec.Meta(min_length=1)], ...]


@dataclass(frozen=True)
class NearPair:
    """Two images that look alike and aren't equal.

    Attributes:
        first, second: which; a training image comes first.
        distance: bits, of 64, in which their perceptual hashes differ.
        correlation: of their pixels, up to 1.
    """

    first: Picture
    second: Picture
    distance: Count
    correlation: Number


class NearDuplicates(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="found"):
    """Pairs of images that look alike; images that are equal aren't counted again.

    Attributes:
        pairs: number of pairs.
        across: pairs of a training and a test image.
        conflicting: pairs with two labels.
        test_images: test images that look like a training image.
        examples: some pairs; those across parts and with two labels come first, no image comes twice.
    """

    pairs: Count
    across: Count
    conflicting: Count
    test_images: Count
    examples: tuple[NearPair, ...]


class NotLookedFor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="not looked for"):
    """Why near-duplicates weren't looked for: it would have taken too long.

    Attributes:
        unit: of what there is too much: ``images``, or ``pairs with similar hashes``.
        count: how many there are; of pairs, how many at least.
        limit: up to how many they are looked for.
    """

    unit: Text
    count: Count
    limit: Count


PLURAL = re.compile(r"s\b")
"""The first end of a word in the name of a problem that is left out where there is one of it."""


@dataclass(frozen=True)
class Problem:
    """A finding that counts as trouble.

    Attributes:
        what: in the plural, such as ``constant images``.
        count: how many, at least one.
    """

    what: str
    count: int

    def __str__(self) -> str:
        """Such as ``2 constant images`` and ``1 constant image``."""
        return f"{self.count:,} {self.what if self.count != 1 else PLURAL.sub('', self.what, count=1)}"


@dataclass(frozen=True)
class Groups:
    """Images that belong together: those of a patient, a font, a scene.

    Attributes:
        total: how many groups there are, both parts together.
        across: groups with images in both parts.
        examples: names of some of these.
    """

    total: Count
    across: Count
    examples: tuple[Text, ...]


@dataclass(frozen=True)
class Audit:
    """What is in a data set, and what is wrong with it.

    Attributes:
        classes: how many images each class has.
        identical: images that are equal.
        near: images that look alike, or why they weren't looked for.
        constant: images of one grey value or one colour.
        unreadable: files that couldn't be decoded.
        originals: see ``ImageData.originals``.
        groups: None where an image has none.
    """

    classes: Annotated[tuple[ClassSupport, ...], msgspec.Meta(min_length=1)]
    identical: Identical
    near: NearDuplicates | NotLookedFor
    constant: tuple[Picture, ...]
    unreadable: tuple[LeftOut, ...]
    originals: tuple[tuple[Text, Count], ...]
    groups: Groups | None

    @property
    def imbalance(self) -> tuple[float, float]:
        """In train and in test, how many times the smallest class that is there goes into the largest."""
        return (
            _imbalance([support.train for support in self.classes]),
            _imbalance([support.test for support in self.classes]),
        )

    @property
    def empty_classes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """In train and in test, the classes without images."""
        return (
            tuple(support.name for support in self.classes if not support.train),
            tuple(support.name for support in self.classes if not support.test),
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What should be looked at before training; empty where all is well."""
        near_across = self.near.across if isinstance(self.near, NearDuplicates) else 0
        problems = (
            Problem("test images with an identical twin in train", self.identical.test_images),
            Problem("groups of identical images with conflicting labels", self.identical.conflicting),
            Problem("near-duplicate pairs across train and test", near_across),
            Problem("constant images", len(self.constant)),
            Problem("unreadable files", len(self.unreadable)),
        )
        return tuple(problem for problem in problems if problem.count)

    def to_plain(self) -> dict[str, Plain]:
        """As JSON data."""
        return plain_of(self)


@dataclass(frozen=True)
class AuditResult:
    """An audit with the arrays that belong to it.

    Attributes:
        audit: its numbers.
        twins: bytes [k], ids of all test images with an identical twin in the training part.
        look_alikes: bytes [n], ids of all test images that look like a training image and aren't equal to it.
        pictures: uint8 [k, 2, c, h, w], the pairs of ``audit.near.examples``; none where they weren't looked for.
    """

    audit: Audit
    twins: np.ndarray
    look_alikes: np.ndarray
    pictures: np.ndarray


def _imbalance(counts: Sequence[int]) -> float:
    present = [count for count in counts if count]
    return max(present) / min(present) if present else 1.0
