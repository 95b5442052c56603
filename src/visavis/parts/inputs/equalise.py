"""Histograms made even: what contrast is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from visavis.data import ImageShape
from visavis.interfaces import Transform
from visavis.streams import Stream


@dataclass(frozen=True)
class Equalise:
    """Equalises the histogram of each image, channel by channel (Pillow's ``ImageOps.equalize``)."""

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """See ``Intervention.draw``; draws nothing."""
        return Transform(apply=_with_even_histograms)


def _with_even_histograms(images: np.ndarray) -> np.ndarray:
    planes = images.reshape(-1, *images.shape[2:])
    return np.stack([np.asarray(ImageOps.equalize(Image.fromarray(plane))) for plane in planes]).reshape(images.shape)
