"""Images as rows of patches: what transformers and mixers begin with."""

from __future__ import annotations

import torch
from torch import nn

from visavis.data import ImageShape
from visavis.errors import InvalidStudy


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
