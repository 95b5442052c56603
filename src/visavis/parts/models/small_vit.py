"""A small vision transformer: patches that look at each other (Dosovitskiy et al. 2021)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from visavis.checks import require, require_whole
from visavis.data import ImageShape
from visavis.interfaces import Network
from visavis.parts.models.patches import WIDER, Patches, network_of_patches, patches_in, perceptron
from visavis.parts.models.pixels import to_symmetric_range
from visavis.streams import Stream

INITIAL_DEVIATION = 0.02
"""Of positions, as in the vision transformer."""


@dataclass(frozen=True)
class SmallViT:
    """A vision transformer for small images: blocks of attention and a perceptron, then the mean over patches.

    Attributes:
        patch: side of a patch in pixels; the images' sides are multiples of it.
        width: numbers that stand for a patch.
        depth: blocks.
        heads: of attention; the width is a multiple of it.
    """

    patch: int = 4
    width: int = 64
    depth: int = 4
    heads: int = 4

    def __post_init__(self) -> None:
        for name in ("patch", "width", "depth", "heads"):
            require_whole(getattr(self, name), f"model.{name}", 1)
        expected = f"a multiple of {self.heads} heads"
        require(self.width % self.heads == 0, "model.width", self.width, expected)

    def build(self, shape: ImageShape, classes: int, stream: Stream) -> Network:
        """See ``Model.build``."""
        patches = patches_in(shape, self.patch)
        backbone = nn.Sequential()
        backbone.add_module("patches", Patches(shape, self.patch, self.width))
        backbone.add_module("positions", Positions(patches, self.width))
        blocks = [Block(self.width, self.heads) for _ in range(self.depth)]
        return network_of_patches(backbone, blocks, self.width, classes, stream)

    def preprocess(self, images: torch.Tensor) -> torch.Tensor:
        """See ``Model.preprocess``: [0, 255] to [-1, 1]."""
        return to_symmetric_range(images)


class Positions(nn.Module):
    """Adds to each patch what is learned of its place.

    Args:
        patches: of an image.
        width: numbers of a patch.
    """

    def __init__(self, patches: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, patches, width))

    def reset_parameters(self) -> None:
        """Draws them from PyTorch's global stream, as its own layers do."""
        nn.init.normal_(self.weight, std=INITIAL_DEVIATION)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """See the class; float32 [n, patches, width]."""
        return rows + self.weight


class Attention(nn.Module):
    """Each patch becomes a mean of all patches, weighted by how they match.

    Args:
        width: numbers of a patch.
        heads: means, side by side.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.asked, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """See the class; float32 [n, patches, width]."""
        images, patches, width = rows.shape
        # [n, patches, 3 * width] -> query, key and value, each [n, heads, patches, width / heads]
        split = self.asked(rows).view(images, patches, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(query, key, value)
        result: torch.Tensor = self.out(mixed.transpose(1, 2).reshape(images, patches, width))
        return result


class Block(nn.Module):
    """Attention, then a perceptron, each on normalised rows and added to what came in.

    Args:
        width: numbers of a patch.
        heads: of attention.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.norm2, self.perceptron = nn.LayerNorm(width), perceptron(width, WIDER * width)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """See the class; float32 [n, patches, width]."""
        rows = rows + self.attention(self.norm1(rows))
        return rows + self.perceptron(self.norm2(rows))
