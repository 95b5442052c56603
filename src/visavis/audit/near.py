"""Images that look alike: found by a perceptual hash, confirmed by their pixels.

Two images are a pair where their hashes (``imagehash.phash``, 64 bits) differ in few bits and their pixels, reduced to
a small sketch, correlate. A correlation passes over brightness and contrast. Images that were cropped, mirrored or
turned are other images to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from visavis.audit.findings import NearDuplicates, NearPair, NotLookedFor
from visavis.audit.whole import Whole

DISTANCE = 10
"""Bits of 64 up to which two hashes are similar."""
CORRELATION = 0.95
"""Of the pixels of two sketches, from which on they look alike; set by eye on faces and letters."""
SKETCH = 32
"""Pixels on a side of what two images are compared by; smaller images keep their size."""
MOST_IMAGES = 50_000
MOST_CANDIDATES = 3_000_000
"""Pairs with similar hashes, beyond which a set is of one kind (blank forms, say) and hashes say nothing."""
EXAMPLES = 12
MOST_THREADS = 8
HASH_BLOCK, SKETCH_BLOCK = 128, 2048
"""Rows of hashes, and pairs of sketches, that are compared at a time."""
HASH_SIDE = 8
"""A hash says of 8 x 8 frequencies which are above their median."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows.

    Attributes:
        first, second: int64 [k], the smaller row first, so that a training image stands before a test image.
        distance: uint8 [k], bits in which the hashes differ.
        correlation: float32 [k], of the sketches.
    """

    first: np.ndarray
    second: np.ndarray
    distance: np.ndarray
    correlation: np.ndarray


@dataclass(frozen=True)
class Near:
    """The finding, the rows of its examples, int64 [k, 2], and of test images like a training image, int64 [n]."""

    finding: NearDuplicates | NotLookedFor
    rows: np.ndarray
    test_rows: np.ndarray


def near(images: Whole, numbers: np.ndarray, constant: np.ndarray) -> Near:
    """The pairs of images that look alike.

    Args:
        images: n images.
        numbers: int64 [n], the same for equal images, which are no pair.
        constant: bool [n], images that have no hash worth the name.
    """
    if len(images) > MOST_IMAGES:
        return _not_looked_for("images", len(images), MOST_IMAGES)
    hashes, sketches = _hashes_and_sketches(images)
    candidates = _candidates(hashes, numbers, np.flatnonzero(~constant))
    if len(candidates) > MOST_CANDIDATES:
        return _not_looked_for("pairs with similar hashes", len(candidates), MOST_CANDIDATES)
    return _summarise(images, _confirm(candidates, hashes, sketches))


def _not_looked_for(unit: str, count: int, limit: int) -> Near:
    return Near(NotLookedFor(unit, count, limit), np.empty((0, 2), np.int64), np.empty(0, np.int64))


def _hashes_and_sketches(images: Whole) -> tuple[np.ndarray, np.ndarray]:
    """uint64 [n] and uint8 [n, pixels]; each image is read once, by one of several threads."""
    threads = min(MOST_THREADS, os.cpu_count() or 1)
    hashes, sketches = [], []
    with ThreadPoolExecutor(threads) as pool:
        for chunk in images.chunks():
            for part in pool.map(_hash_and_sketch, np.array_split(chunk, threads)):
                hashes.append(part[0])
                sketches.append(part[1])
    return np.concatenate(hashes), np.concatenate(sketches)


def _hash_and_sketch(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of some images, uint8 [k, c, h, w]."""
    import imagehash  # here, so that whoever only reads what an audit found needn't wait for it
    from PIL import Image

    side = min(images.shape[3], SKETCH), min(images.shape[2], SKETCH)
    hashes = np.empty(len(images), np.uint64)
    sketches = np.empty((len(images), images.shape[1] * side[0] * side[1]), np.uint8)
    for row, image in enumerate(images):
        picture = Image.fromarray(image.transpose(1, 2, 0) if len(image) == 3 else image[0])
        hashes[row] = np.packbits(imagehash.phash(picture, HASH_SIDE).hash).view(np.uint64)[0]
        sketches[row] = np.asarray(picture.resize(side, Image.Resampling.LANCZOS)).ravel()
    return hashes, sketches


def _candidates(hashes: np.ndarray, numbers: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """int64 [k, 2]: rows of different images with similar hashes; some more than ``MOST_CANDIDATES`` at most."""
    candidates, count = [np.empty((0, 2), np.int64)], 0
    for block in _similar(hashes[rows]):
        pairs = rows[block]
        pairs = pairs[numbers[pairs[:, 0]] != numbers[pairs[:, 1]]]
        candidates.append(pairs)
        count += len(pairs)
        if count > MOST_CANDIDATES:  # enough to know that there are too many
            break
    return np.concatenate(candidates)


def _similar(hashes: np.ndarray) -> Iterator[np.ndarray]:
    """Yields int64 [k, 2]: pairs of positions whose hashes are similar, the smaller first."""
    for start in range(0, len(hashes), HASH_BLOCK):
        distances = np.bitwise_count(hashes[start : start + HASH_BLOCK, None] ^ hashes[None, start:])
        # earlier columns have been compared with these rows before; within the block the mask keeps each pair once
        pairs = np.argwhere(distances <= DISTANCE)
        yield start + pairs[pairs[:, 0] < pairs[:, 1]]


def _confirm(candidates: np.ndarray, hashes: np.ndarray, sketches: np.ndarray) -> Pairs:
    """The candidates whose sketches correlate."""
    first, second = candidates.T
    correlation = np.empty(len(candidates), np.float32)
    for start in range(0, len(candidates), SKETCH_BLOCK):
        block = slice(start, start + SKETCH_BLOCK)
        correlation[block] = _correlation(sketches[first[block]], sketches[second[block]])
    alike = correlation >= CORRELATION
    distance = np.bitwise_count(hashes[first[alike]] ^ hashes[second[alike]])
    return Pairs(first[alike], second[alike], distance, correlation[alike])


def _correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """float32 [k]: of the rows of two uint8 [k, pixels]; 0 where one of them is constant."""
    return np.einsum("kp,kp->k", _standard(first), _standard(second))


def _standard(sketches: np.ndarray) -> np.ndarray:
    """float32 [k, pixels]: each row with mean 0 and length 1, or all 0."""
    deviations = sketches - sketches.mean(axis=1, keepdims=True, dtype=np.float32)
    length = np.linalg.norm(deviations, axis=1, keepdims=True)
    return np.divide(deviations, length, out=np.zeros_like(deviations), where=length > 0)


def _summarise(images: Whole, pairs: Pairs) -> Near:
    across = images.is_test[pairs.first] != images.is_test[pairs.second]
    conflicting = images.labels[pairs.first] != images.labels[pairs.second]
    # its last key counts most: across the parts, then two labels, then the closest
    order = np.lexsort((-pairs.correlation, ~conflicting, ~across))
    examples = _without_repeats(pairs, order)
    test_rows = np.unique(pairs.second[across])
    duplicates = NearDuplicates(
        pairs=len(pairs.first),
        across=int(across.sum()),
        conflicting=int(conflicting.sum()),
        test_images=len(test_rows),
        examples=tuple(_example(images, pairs, index) for index in examples),
    )
    return Near(duplicates, np.stack([pairs.first[examples], pairs.second[examples]], axis=1), test_rows)


def _without_repeats(pairs: Pairs, order: np.ndarray) -> list[int]:
    """The first examples in this order in which no image stands twice."""
    examples: list[int] = []
    example_rows: set[int] = set()
    for index in order.tolist():
        rows = {int(pairs.first[index]), int(pairs.second[index])}
        if len(examples) < EXAMPLES and not rows & example_rows:
            examples.append(index)
            example_rows |= rows
    return examples


def _example(images: Whole, pairs: Pairs, index: int) -> NearPair:
    first, second = images.picture(int(pairs.first[index])), images.picture(int(pairs.second[index]))
    return NearPair(first, second, int(pairs.distance[index]), round(float(pairs.correlation[index]), 4))
