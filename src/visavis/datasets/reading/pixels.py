"""Images that come as an array -> the form that is asked for."""

from __future__ import annotations

import numpy as np
from PIL import Image

from visavis.arrays import in_slices, slices
from visavis.datasets.reading.decode import Form, bitmap_of
from visavis.datasets.reading.stack import Stack

GREY, COLOUR = 1, 3


def in_form(images: np.ndarray, form: Form) -> np.ndarray:
    """uint8 [n, 1 or 3, h, w]: colours that are all grey become one channel, as those of files do.

    Args:
        images: uint8 [n, h, w] or [n, h, w, 3].
        form: what is asked for.
    """
    planes = images[:, None] if images.ndim == 3 else _channels_first(images)
    channels = form.channels or (GREY if _are_grey(planes) else COLOUR)
    if form.size in (None, planes.shape[2:]) and (channels == planes.shape[1] or _are_grey(planes)):
        same = planes[:, :1] if channels == GREY else planes
        return same if same.shape[1] == channels else in_slices(lambda part: np.repeat(part, channels, axis=1), same)
    stack = Stack()
    for part in slices(images):
        for image in images[part]:
            stack.add(bitmap_of(Image.fromarray(image), form).pixels)
    return stack.array()


def _channels_first(images: np.ndarray) -> np.ndarray:
    return in_slices(lambda part: np.ascontiguousarray(part.transpose(0, 3, 1, 2)), images)


def _are_grey(planes: np.ndarray) -> bool:
    parts = (planes[part] for part in slices(planes))
    return all((part == part[:, :1]).all() for part in parts)
