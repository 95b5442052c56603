"""What the audit of the data found, for the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from visavis.audit import Audit, NearDuplicates, Picture
from visavis.evidence import Comparison
from visavis.findings import Table
from visavis.quantities import count
from visavis.report.pictures import data_uri

SHOWN_CONSTANT = 5


@dataclass(frozen=True)
class LookAlike:
    """Two images that look alike, side by side.

    Attributes:
        pictures: data URIs.
        names: part, class and id of each.
        correlation: of their pixels.
    """

    pictures: tuple[str, str]
    names: tuple[str, str]
    correlation: float


def audit_sentences(audit: Audit) -> Iterator[str]:
    """Each finding in a sentence, also those that are fine."""
    same = audit.identical
    if same.groups:
        yield (
            f"{count(same.images, 'image')} in {count(same.groups, 'group')} are equal in every pixel: "
            f"{count(same.test_images, 'test image')} with a twin in the training part, "
            f"{count(same.conflicting, 'group')} with conflicting labels."
        )
    else:
        yield "No two images are equal in every pixel."
    yield _near_sentence(audit)
    if audit.constant:
        names = ", ".join(picture.id for picture in audit.constant[:SHOWN_CONSTANT])
        more = ", ..." if len(audit.constant) > SHOWN_CONSTANT else ""
        yield f"{count(len(audit.constant), 'image')} of a single grey value or colour: {names}{more}."
    if audit.groups is not None and audit.groups.total > 1:
        total = count(audit.groups.total, "group")
        yield f"{total} of images that belong together; {audit.groups.across:,} of them have images in both parts."
    train, test = audit.imbalance
    yield (
        f"The largest class has {train:.1f} times as many images as the smallest in the training part, "
        f"{test:.1f} times in the test part."
    )
    if audit.originals:
        kinds = "; ".join(f"{number:,} of {kind}" for kind, number in audit.originals[:SHOWN_CONSTANT])
        yield f"Files as they were found: {kinds}."


def _near_sentence(audit: Audit) -> str:
    near = audit.near
    if not isinstance(near, NearDuplicates):
        return (
            f"Near-duplicates weren't looked for: {near.count:,} {near.unit}, and they are looked for up to "
            f"{near.limit:,}."
        )
    if not near.pairs:
        return "No two others look alike (perceptual hash, then correlation of pixels)."
    return (
        f"{count(near.test_images, 'test image')} look like a training image without being equal to it "
        f"({count(near.pairs, 'pair')} of look-alikes in all, {near.conflicting:,} with two labels; perceptual hash, "
        "then correlation of pixels; there may be more)."
    )


def look_alikes(comparison: Comparison) -> list[LookAlike]:
    """The example pairs of near-duplicates."""
    audit = comparison.audit
    if audit is None or not isinstance(audit.near, NearDuplicates) or not audit.near.examples:
        return []
    pictures = comparison.folder.read_near_duplicates(len(audit.near.examples))
    return [
        LookAlike(
            (data_uri(pair[0]), data_uri(pair[1])), (_name(example.first), _name(example.second)), example.correlation
        )
        for pair, example in zip(pictures, audit.near.examples, strict=True)
    ]


def _name(picture: Picture) -> str:
    return f"{picture.part}, {picture.label}: {picture.id}"


def supports_table(audit: Audit) -> Table:
    """How many images each class has in each part."""
    rows = tuple((support.name, f"{support.train:,}", f"{support.test:,}") for support in audit.classes)
    return Table("Images of each class", ("class", "training", "test"), rows)
