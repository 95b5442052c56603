"""Images that are equal in every pixel, and images that show nothing."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from visavis.audit.findings import Identical, Picture
from visavis.audit.whole import Whole

DIGEST = 16
"""Bytes of an image's digest: that two of half a million share one by chance is 1 in 10^27."""
EXAMPLES = 12
"""Groups that are kept as examples, and images of each."""


def number_pictures(images: Whole) -> np.ndarray:
    """int64 [n]: equal images have the same number."""
    digests = b"".join(
        blake2b(image.tobytes(), digest_size=DIGEST).digest() for chunk in images.chunks() for image in chunk
    )
    _, numbers = np.unique(np.frombuffer(digests, f"V{DIGEST}"), return_inverse=True)
    return numbers.astype(np.int64)


def constant(images: Whole) -> np.ndarray:
    """bool [n]: the images of one grey value or one colour."""
    flags = []
    for chunk in images.chunks():
        planes = chunk.reshape(*chunk.shape[:2], -1)
        flags.append((planes == planes[:, :, :1]).all(axis=(1, 2)))
    return np.concatenate(flags)


def twins(images: Whole, numbers: np.ndarray) -> np.ndarray:
    """bool [n]: the test images that are equal to a training image."""
    in_train = np.bincount(numbers[~images.is_test], minlength=numbers.max() + 1) > 0
    return images.is_test & in_train[numbers]


def identical(images: Whole, numbers: np.ndarray) -> Identical:
    """The groups of equal images.

    Args:
        images: n images.
        numbers: int64 [n], as ``number_pictures`` gives them.
    """
    sizes = np.bincount(numbers)
    tests = np.bincount(numbers[images.is_test], minlength=len(sizes))
    repeated, across = sizes > 1, (tests > 0) & (tests < sizes)
    conflicts = _has_several(images.labels, numbers)
    # what most needs a look comes first: twins across the parts (2), then conflicting labels (1), then the rest
    weights = np.where(repeated, 1 + 2 * across + conflicts, 0)
    examples = np.argsort(-weights, kind="stable")[: min(EXAMPLES, int(repeated.sum()))]
    return Identical(
        groups=int(repeated.sum()),
        images=int(sizes[repeated].sum()),
        across=int(across.sum()),
        conflicting=int(conflicts.sum()),
        test_images=int(twins(images, numbers).sum()),
        examples=tuple(_examples(images, np.flatnonzero(numbers == number)) for number in examples),
    )


def _examples(images: Whole, rows: np.ndarray) -> tuple[Picture, ...]:
    """The first images of a group, led by one for each part and label, so that what is wrong with it shows."""
    _, leaders = np.unique(2 * images.labels[rows] + images.is_test[rows], return_index=True)
    order = np.concatenate([rows[leaders], np.delete(rows, leaders)])
    return tuple(images.picture(row) for row in order[:EXAMPLES].tolist())


def _has_several(labels: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """bool [groups]: whether a group has more than one label."""
    lowest = np.full(numbers.max() + 1, np.iinfo(np.int64).max)
    highest = np.full(numbers.max() + 1, -1)
    np.minimum.at(lowest, numbers, labels)
    np.maximum.at(highest, numbers, labels)
    return lowest != highest
