"""The five-layer network of the spatial-locality study, in its readings.

The study's text gives Conv(1-64) + BN + ReLU, Conv(64-128) + MaxPool, Conv(128-256) + MaxPool, Conv(256-512) + MaxPool,
Linear(512-10) with kernels of 3 x 3, and leaves open the padding, whether BatchNorm and ReLU follow every convolution,
and how the last maps become 512 numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn

from visavis.data import ImageShape
from visavis.errors import InvalidStudy
from visavis.interfaces import Network
from visavis.parts.models.initialise import initialise
from visavis.parts.models.pixels import to_symmetric_range
from visavis.streams import Stream

WIDTHS = (64, 128, 256, 512)


@dataclass(frozen=True)
class LetterCNN:
    """Four convolutions of 3 x 3 with 64, 128, 256 and 512 maps, pools after the last three, one linear layer.

    Attributes:
        padding: 1 keeps the size of the maps at each convolution, with global average pooling at the end; 0 lets
            maps of 28 x 28 run down to 1 x 1 (28, 26, 24, 12, 10, 5, 3, 1).
        normalise_all: BatchNorm and ReLU after every convolution, not only after the first.
    """

    padding: int = 1
    normalise_all: bool = True

    def build(self, shape: ImageShape, classes: int, stream: Stream) -> Network:
        """See ``Model.build``."""
        self._require_room(shape)
        backbone = nn.Sequential()
        channels = shape.channels
        for layer, width in enumerate(WIDTHS, start=1):
            backbone.add_module(f"conv{layer}", nn.Conv2d(channels, width, 3, padding=self.padding))
            if layer == 1 or self.normalise_all:
                backbone.add_module(f"norm{layer}", nn.BatchNorm2d(width))
                backbone.add_module(f"relu{layer}", nn.ReLU())
            if layer > 1:
                backbone.add_module(f"pool{layer}", nn.MaxPool2d(2))
            channels = width
        backbone.add_module("average", nn.AdaptiveAvgPool2d(1))
        backbone.add_module("flatten", nn.Flatten())
        head = nn.Linear(channels, classes)
        initialise(backbone, stream.child("backbone"))
        initialise(head, stream.child("head"))
        return Network(backbone, head)

    def preprocess(self, images: torch.Tensor) -> torch.Tensor:
        """See ``Model.preprocess``: [0, 255] to [-1, 1]."""
        return to_symmetric_range(images)

    def _require_room(self, shape: ImageShape) -> None:
        # unpadded, 28 runs down to 1 x 1 (see ``padding``); padded, three pools need 8
        smallest = 28 if self.padding == 0 else 8
        if min(shape.height, shape.width) < smallest:
            raise InvalidStudy(
                "the images are too small for this reading of the letter network",
                got=f"{shape.width} x {shape.height} pixels",
                expected=f"{smallest} x {smallest} or more",
            )


READINGS: Mapping[str, LetterCNN] = {
    "blocks": LetterCNN(),
    "as-written": LetterCNN(normalise_all=False),
    "unpadded": LetterCNN(padding=0, normalise_all=False),
    "unpadded-blocks": LetterCNN(padding=0),
}
"""The readings of the study's text, by name; ``blocks`` is the default."""
