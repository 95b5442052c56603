"""Bytes to the numbers that networks take."""

from __future__ import annotations

import torch


def to_symmetric_range(images: torch.Tensor) -> torch.Tensor:
    """uint8 [0, 255] -> float32 [-1, 1]: mean .5 and deviation .5 of pixels in [0, 1]."""
    return images.to(torch.float32).div_(127.5).sub_(1.0)
