"""The same small letters in every form in which people have NotMNIST."""

from __future__ import annotations

import base64
import gzip
import io
import mmap
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def is_mapped(array: np.ndarray) -> bool:
    """Whether its bytes lie in a file."""
    owner: object = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    return isinstance(owner, mmap.mmap)


def png(image: np.ndarray) -> bytes:
    """A PNG file of uint8 [h, w]."""
    out = io.BytesIO()
    Image.fromarray(image).save(out, "PNG")
    return out.getvalue()


def letters(classes: str = "ABC", each: int = 10, side: int = 28, fonts: bool = True) -> dict[str, bytes]:
    """File names as in the original and their contents: ``A/<base64 of a font's name>.png``."""
    generator = np.random.default_rng(0)
    files = {}
    for label in classes:
        for number in range(each):
            stem = base64.b64encode(f"Font {number:04d}.ttf".encode()).decode() if fonts else f"image{number:04d}"
            files[f"{label}/{stem}.png"] = png(generator.integers(0, 256, (side, side), dtype=np.uint8))
    return files


def write_folder(path: Path, files: Mapping[str, bytes]) -> Path:
    """Files below a folder."""
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return path


def write_tar(path: Path, files: Mapping[str, bytes], mode: str = "w:gz") -> Path:
    """A tar with the files below one folder, as the original has them."""
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"notMNIST_small/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """A zip with the files below one folder."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"notMNIST_small/{name}", content)
    return path


def write_idx(folder: Path, images: np.ndarray, labels: np.ndarray, prefix: str = "t10k", packed: bool = True) -> Path:
    """A pair of IDX files; returns the path of the images."""
    folder.mkdir(parents=True, exist_ok=True)
    suffix, pack = (".gz", gzip.compress) if packed else ("", bytes)
    path = folder / f"{prefix}-images-idx3-ubyte{suffix}"
    path.write_bytes(pack(struct.pack(">4B3I", 0, 0, 8, 3, *images.shape) + images.tobytes()))
    (folder / f"{prefix}-labels-idx1-ubyte{suffix}").write_bytes(
        pack(struct.pack(">4BI", 0, 0, 8, 1, len(labels)) + labels.tobytes())
    )
    return path


def deep_png(pixels: np.ndarray) -> bytes:
    """A PNG with 16 bits per channel, which Pillow reads but doesn't write."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">2I5B", width, height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
