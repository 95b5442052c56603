"""Pairs of images side by side, for the eye."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

COLUMNS = 3
SIDE = 96
"""Pixels that a smaller image is enlarged to, about."""
GAP = 12
BACKGROUND = 128


def draw_sheet(pictures: np.ndarray) -> Image.Image:
    """A contact sheet, three pairs in a row, small images enlarged without smoothing.

    Args:
        pictures: uint8 [k, 2, c, h, w], at least one pair.
    """
    from PIL import Image

    count, _, channels, height, width = pictures.shape
    scale = max(1, SIDE // max(height, width))
    rows = -(-count // COLUMNS)  # rounded up
    tall, wide = GAP + scale * height, GAP + 2 * scale * width
    sheet = np.full((rows * tall + GAP, COLUMNS * wide + GAP, channels), BACKGROUND, np.uint8)
    for number, (first, second) in enumerate(pictures):
        y, x = GAP + number // COLUMNS * tall, GAP + number % COLUMNS * wide
        pair = np.concatenate([first, second], axis=2).transpose(1, 2, 0)
        sheet[y : y + scale * height, x : x + 2 * scale * width] = pair.repeat(scale, 0).repeat(scale, 1)
    return Image.fromarray(sheet if channels == 3 else sheet[:, :, 0])
