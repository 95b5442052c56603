"""Sets of generated images, as large as wanted and no two images alike: letters in IDX files, pictures in a zip."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = "ABCDEFGHIJ"
LETTER, PICTURE = 28, 224
COARSE = 14
"""Pixels on a side of the noise that a picture is enlarged from: it packs as well as a photograph does."""
AT_ONCE = 10_000


def write_letters(folder: Path, count: int) -> Path:
    """A pair of IDX files of noise, 28 x 28; returns the folder."""
    folder.mkdir(parents=True)
    generator = np.random.default_rng(0)
    with (folder / "set-images-idx3-ubyte").open("wb") as file:
        file.write(struct.pack(">4B3I", 0, 0, 8, 3, count, LETTER, LETTER))
        for start in range(0, count, AT_ONCE):
            some = min(AT_ONCE, count - start)
            file.write(generator.integers(0, 256, (some, LETTER, LETTER), np.uint8).tobytes())
    labels = (np.arange(count) % len(CLASSES)).astype(np.uint8)
    head = struct.pack(">4BI", 0, 0, 8, 1, count)
    (folder / "set-labels-idx1-ubyte").write_bytes(head + labels.tobytes())
    return folder


def write_pictures(folder: Path, count: int) -> Path:
    """A zip of class folders of JPEG files, 224 x 224 in colours; returns its path."""
    folder.mkdir(parents=True)
    generator = np.random.default_rng(0)
    with zipfile.ZipFile(folder / "pictures.zip", "w") as archive:
        for number in range(count):
            noise = Image.fromarray(generator.integers(0, 256, (COARSE, COARSE, 3), np.uint8))
            content = io.BytesIO()
            noise.resize((PICTURE, PICTURE), Image.Resampling.BILINEAR).save(content, "JPEG", quality=80)
            label = CLASSES[number * len(CLASSES) // count]
            archive.writestr(f"{label}/{number:07d}.jpg", content.getvalue())
    return folder / "pictures.zip"
