"""Bytes to the numbers that networks take."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Of the red, green and blue of ImageNet's training images in [0, 1]: what torchvision's weights were trained with."""


def to_symmetric_range(images: torch.Tensor) -> torch.Tensor:
    """uint8 [0, 255] -> float32 [-1, 1]: mean .5 and deviation .5 of pixels in [0, 1]."""
    return images.to(torch.float32).div_(127.5).sub_(1.0)


def resize(images: torch.Tensor, size: int, mode: str = "bilinear") -> torch.Tensor:
    """uint8 [n, c, h, w] -> float32 [n, c, size, size], 0 to 255, within half a step of Pillow's result.

    Antialiased when it shrinks, as Pillow does; enlarging needs none, and is three times as fast without.
    """
    wide = images.to(torch.float32)
    if images.shape[-2:] == (size, size):
        return wide
    shrinks = max(images.shape[-2:]) > size
    return torch.nn.functional.interpolate(
        wide, size=(size, size), mode=mode, align_corners=False, antialias=shrinks
    ).clamp_(0, 255)


def normalise(pixels: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """float32 [n, 1 or 3, h, w], 0 to 255 -> [n, 3, h, w] with the mean and the deviation of each colour taken out.

    Grey images are the same in all three colours.
    """
    scale, offset = _scale_and_offset(tuple(mean), tuple(std), pixels.device)
    return pixels.expand(-1, 3, -1, -1) * scale - offset


@lru_cache
def _scale_and_offset(
    mean: tuple[float, ...], std: tuple[float, ...], device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Both [1, 3, 1, 1], made once: a GPU that records a step can't be sent numbers meanwhile."""
    shape = (1, 3, 1, 1)
    means, deviations = (torch.tensor(values, device=device).view(shape) for values in (mean, std))
    return 1 / (255 * deviations), means / deviations
