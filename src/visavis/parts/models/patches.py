"""Images as rows of patches: what transformers and mixers begin with."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from visavis.data import ImageShape
from visavis.errors import InvalidStudy
from visavis.interfaces import Network
from visavis.parts.models.initialise import initialise
from visavis.streams import Stream

WIDER = 2
"""Times the width of a patch, within the perceptron over it."""


class Patches(nn.Module):
    """float32 [n, c, h, w] -> [n, patches, width]: a linear map of each square patch.

    Args:
        shape: of the images.
        patch: side of a patch in pixels.
        width: numbers that a patch becomes.
    """

    def __init__(self, shape: ImageShape, patch: int, width: int) -> None:
        super().__init__()
        self.project = nn.Conv2d(shape.channels, width, patch, stride=patch)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """See the class."""
        projected: torch.Tensor = self.project(images)
        return projected.flatten(2).transpose(1, 2)


class Mean(nn.Module):
    """float32 [n, patches, width] -> [n, width]."""

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """See the class."""
        return rows.mean(1)


def perceptron(width: int, hidden: int) -> nn.Sequential:
    """Two linear layers with GELU between them, over the last dimension.

    Args:
        width: of what comes in and goes out.
        hidden: width between the layers.
    """
    return nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))


def network_of_patches(
    backbone: nn.Sequential, blocks: Sequence[nn.Module], width: int, classes: int, stream: Stream
) -> Network:
    """What makes rows of patches, then blocks over them, their normalised mean and a head, drawn from the stream.

    Args:
        backbone: images -> rows of patches; is taken over.
        blocks: float32 [n, patches, width] -> the same.
        width: numbers of a patch.
        classes: how many logits.
        stream: of the network.
    """
    for number, block in enumerate(blocks, start=1):
        backbone.add_module(f"block{number}", block)
    backbone.add_module("norm", nn.LayerNorm(width))
    backbone.add_module("mean", Mean())
    head = nn.Linear(width, classes)
    initialise(backbone, stream.child("backbone"))
    initialise(head, stream.child("head"))
    return Network(backbone, head)


def patches_in(shape: ImageShape, patch: int) -> int:
    """How many patches an image has.

    Raises:
        InvalidStudy: its sides aren't multiples of the patch's.
    """
    if shape.height % patch or shape.width % patch:
        raise InvalidStudy(
            "the images can't be cut into such patches",
            got=f"{shape.width} x {shape.height} pixels in patches of {patch} x {patch}",
            expected="sides that are multiples of the patch",
            do="choose another model.patch",
        )
    return (shape.height // patch) * (shape.width // patch)
