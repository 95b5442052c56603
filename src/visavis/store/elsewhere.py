"""What a run folder says of a study's further test images: ``tests.json``, and the names that their files have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec

from visavis.bounds import MOST_CLASSES, Count, Name, Text
from visavis.data import LeftOut
from visavis.describe import digest
from visavis.design.slug import slugify
from visavis.design.study import OWN_TEST as OWN_TEST

GROUPS = "groups"
"""The folder that says which test images belong together."""
MOST_TESTS = 1_000


def require_names(names: Iterable[str]) -> None:
    """Refuses names that make no file of their own beside that of the own test part.

    Raises:
        ValueError: there is one.
    """
    slugs = [OWN_TEST, *map(slugify, names)]
    if "" in slugs or len(set(slugs)) < len(slugs):
        raise ValueError("test images without a name of their own")


def groups_file(test: str) -> str:
    """Where it is kept, in the run folder, which test images of this name belong together."""
    return f"{GROUPS}/{slugify(test)}.npz"


class OtherImagesDocument(msgspec.Struct, frozen=True):
    """Further test images of a study, as ``ImageData`` has them.

    Attributes:
        name, source, synthetic, remarks, left_out: of the data set.
        classes: how many images each of the study's classes has.
        fingerprints: digests of the decoded images, and of their labels and names.
    """

    name: Text
    source: Text
    synthetic: bool
    remarks: tuple[Text, ...]
    classes: Annotated[tuple[Count, ...], msgspec.Meta(min_length=2, max_length=MOST_CLASSES)]
    left_out: tuple[LeftOut, ...]
    fingerprints: dict[Text, Text]

    @property
    def digest(self) -> str:
        """One digest of images, labels and names."""
        return digest(self.fingerprints)


class OtherTestsDocument(msgspec.Struct, frozen=True):
    """``tests.json``: the study's further test images, by the names that the study gives them."""

    tests: Annotated[dict[Name, OtherImagesDocument], msgspec.Meta(max_length=MOST_TESTS)]
