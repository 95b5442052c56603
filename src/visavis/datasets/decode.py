"""One image file -> one array of bytes, rightly or not at all."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP")
EIGHT_BIT_MODES = frozenset({"1", "L", "P", "RGB"})
PNG, PNG_DEPTH = b"\x89PNG\r\n\x1a\n", 24
"""How a PNG file starts, and where it says its bits per channel: Pillow silently halves 16 of them in colour."""
LARGEST = 4096
"""Pixels on the longer side beyond which a file isn't decoded: it is no training image."""


class Unreadable(Exception):
    """The reason why an image can't be used, for the list of what was left out."""


def decode_grey(content: bytes) -> np.ndarray:
    """Decodes an image file to uint8 [h, w], with ITU-R 601 luma for colours (as Pillow's mode L).

    Raises:
        Unreadable: empty, truncated, no image, too large, or in a mode that has no exact 8-bit grey
            (16-bit, transparent, CMYK), or several pictures. A picture that EXIF says is turned is turned back.
    """
    if not content:
        raise Unreadable("empty file (0 bytes)")
    if content.startswith(PNG) and content[PNG_DEPTH : PNG_DEPTH + 1] == b"\x10":
        raise Unreadable("16 bits per channel have no exact 8-bit grey")
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                return _grey(image)
        except UnidentifiedImageError:
            raise Unreadable("not an image in a known format") from None
        except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as problem:
            raise Unreadable(str(problem) or type(problem).__name__) from None
        except Image.DecompressionBombWarning:
            raise Unreadable("too many pixels") from None


def _grey(image: Image.Image) -> np.ndarray:
    if max(image.size) > LARGEST:
        raise Unreadable(f"{image.size[0]} x {image.size[1]} pixels is too large")
    if image.mode not in EIGHT_BIT_MODES or "transparency" in image.info:
        raise Unreadable(f"mode {image.mode} has no exact 8-bit grey")
    if getattr(image, "n_frames", 1) > 1:
        raise Unreadable("more than one picture in the file")
    return np.asarray(ImageOps.exif_transpose(image).convert("L"))
