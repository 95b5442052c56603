"""NotMNIST's fonts: letters A to J from half a million of them, 28 x 28 grey (Yaroslav Bulatov, 2011), each image named
by the base64 of its font's file name.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

import numpy as np

from visavis.errors import DataError

FONT_SUFFIXES = (b".ttf", b".otf", b".pfb", b".pfm", b".ttc", b".fon", b".dfont", b".pfa")


def fonts_of(ids: np.ndarray) -> np.ndarray:
    """The font file of each image, where its name is the base64 of one as in the original; else empty.

    Args:
        ids: bytes [n], paths with a file name.
    """
    return np.array([_font(name.rsplit(b"/", 1)[-1].rsplit(b".", 1)[0]) for name in ids.tolist()])


def _font(stem: bytes) -> bytes:
    try:
        font = base64.b64decode(stem, validate=True)
    except binascii.Error:
        return b""
    return font if font.lower().endswith(FONT_SUFFIXES) else b""


def require_fonts(fonts: np.ndarray, path: Path) -> None:
    """Refuses images whose fonts aren't known.

    Args:
        fonts: as ``fonts_of`` gives them.
        path: what to call the images in errors.

    Raises:
        DataError: with how many they are.
    """
    count = int((fonts == b"").sum())
    if count:
        raise DataError(
            f"{path} can't be split by font",
            got=f"{count:,} of {len(fonts):,} file names that aren't the base64 of a font's file name",
            expected="the original's file names",
            do="leave --font-disjoint out",
        )
