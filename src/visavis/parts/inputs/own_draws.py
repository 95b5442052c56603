"""Draws that each image makes by its own bytes: they hang neither on the images beside it nor on their order."""

from __future__ import annotations

import hashlib

import numpy as np

from visavis.streams import Stream

KEY_WORDS = 4
"""Numbers of 32 bits that a stream gives to the draws of all its images."""


def key_of(stream: Stream) -> np.ndarray:
    """uint32 [k]: what a stream gives to the draws of all images."""
    return stream.numpy().integers(1 << 32, size=KEY_WORDS, dtype=np.uint32)


def generator_of(image: np.ndarray, key: np.ndarray) -> np.random.Generator:
    """The generator of an image, by a hash of its bytes and a key; equal images have equal ones.

    Args:
        image: uint8 [c, h, w].
        key: uint32 [k].
    """
    hasher = hashlib.blake2b(image.tobytes(), key=key.astype("<u4").tobytes(), digest_size=16)
    return np.random.Generator(np.random.Philox(key=np.frombuffer(hasher.digest(), "<u8")))
