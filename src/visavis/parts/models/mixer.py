"""A small MLP-Mixer (Tolstikhin et al. 2021): perceptrons across patches and within them, in turn."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from visavis.checks import require_whole
from visavis.data import ImageShape
from visavis.interfaces import Network
from visavis.parts.models.patches import WIDER, Patches, network_of_patches, patches_in, perceptron
from visavis.parts.models.pixels import to_symmetric_range
from visavis.streams import Stream


@dataclass(frozen=True)
class Mixer:
    """An MLP-Mixer for small images: it knows patches, and nothing of which lie beside each other.

    Attributes:
        patch: side of a patch in pixels; the images' sides are multiples of it.
        width: numbers that stand for a patch.
        depth: blocks.
        across: width of the perceptron across patches; the one within them has twice ``width``.
    """

    patch: int = 4
    width: int = 64
    depth: int = 4
    across: int = 32

    def __post_init__(self) -> None:
        for name in ("patch", "width", "depth", "across"):
            require_whole(getattr(self, name), f"model.{name}", 1)

    def build(self, shape: ImageShape, classes: int, stream: Stream) -> Network:
        """See ``Model.build``."""
        patches = patches_in(shape, self.patch)
        backbone = nn.Sequential()
        backbone.add_module("patches", Patches(shape, self.patch, self.width))
        blocks = [Block(patches, self.width, self.across) for _ in range(self.depth)]
        return network_of_patches(backbone, blocks, self.width, classes, stream)

    def preprocess(self, images: torch.Tensor) -> torch.Tensor:
        """See ``Model.preprocess``: [0, 255] to [-1, 1]."""
        return to_symmetric_range(images)


class Block(nn.Module):
    """A perceptron across patches, then one within each, added to what came in.

    Args:
        patches: of an image.
        width: numbers of a patch.
        across: width of the perceptron across patches.
    """

    def __init__(self, patches: int, width: int, across: int) -> None:
        super().__init__()
        self.norm1, self.across = nn.LayerNorm(width), perceptron(patches, across)
        self.norm2, self.within = nn.LayerNorm(width), perceptron(width, WIDER * width)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """See the class; float32 [n, patches, width]."""
        rows = rows + self.across(self.norm1(rows).transpose(1, 2)).transpose(1, 2)
        return rows + self.within(self.norm2(rows))
