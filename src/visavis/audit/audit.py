"""The audit of a data set, in seconds, before anything is trained on it."""

from __future__ import annotations

import numpy as np

from visavis.audit.findings import Audit, AuditResult, ClassSupport, Groups
from visavis.audit.identical import constant, identical, number_pictures, twins
from visavis.audit.near import near
from visavis.audit.whole import Whole, whole
from visavis.data import ImageData

EXAMPLES = 12
"""Groups in both parts that are named."""


def audit(data: ImageData) -> AuditResult:
    """Looks for images that are equal or look alike, for labels that conflict, and for images that show nothing.

    Memory-mapped images stay on disk. Near-duplicates are looked for in sets of up to 50,000 images.

    Args:
        data: as a data set's ``load`` gives it, with at least one image in the training part.
    """
    images = whole(data)
    numbers, blank = number_pictures(images), constant(images)
    # both are known first: equal images are no pair of look-alikes, and constant ones have no hash worth the name
    alike = near(images, numbers, blank)
    findings = Audit(
        classes=_supports(data),
        identical=identical(images, numbers),
        near=alike.finding,
        constant=tuple(images.picture(row) for row in np.flatnonzero(blank).tolist()),
        unreadable=data.left_out,
        originals=data.originals,
        groups=_groups(data),
    )
    return AuditResult(
        findings, images.ids[twins(images, numbers)], images.ids[alike.test_rows], _pictures(images, alike.rows)
    )


def _groups(data: ImageData) -> Groups | None:
    train, test = (set(part.groups.tolist()) for part in (data.train, data.test))
    if b"" in train | test:
        return None
    across = sorted(train & test)
    examples = tuple(name.decode(errors="replace") for name in across[:EXAMPLES])
    return Groups(len(train | test), len(across), examples)


def _supports(data: ImageData) -> tuple[ClassSupport, ...]:
    train, test = (np.bincount(part.labels, minlength=len(data.classes)) for part in (data.train, data.test))
    return tuple(ClassSupport(*support) for support in zip(data.classes, train.tolist(), test.tolist(), strict=True))


def _pictures(images: Whole, rows: np.ndarray) -> np.ndarray:
    """uint8 [k, 2, c, h, w]: the images of k pairs of rows."""
    shape = images.data.train.images.shape[1:]
    return np.array([images.image(row) for row in rows.ravel().tolist()], np.uint8).reshape(len(rows), 2, *shape)
