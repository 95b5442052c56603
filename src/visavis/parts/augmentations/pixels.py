"""What augmentations do to pixels: uint8 [n, c, h, w], each image by a number of its own, without a draw.

What becomes of an image is the same to the bit whatever stands beside it: sums are of whole numbers, all else is done
element by element. The formulas are those of torchvision.transforms.v2, whose functions take one number for a batch.
"""

from __future__ import annotations

import torch
from torch.nn.functional import conv2d, grid_sample

LUMA = (0.2989, 0.587, 0.114)
"""What red, green and blue add to brightness (ITU-R BT.601)."""
WHITE = 255


def warp(
    images: torch.Tensor, matrices: torch.Tensor, *, smooth: bool = False, fill_edge: bool = False
) -> torch.Tensor:
    """Images whose every pixel is taken from elsewhere in the image.

    Args:
        images: uint8 [n, c, h, w].
        matrices: float32 [n, 2, 3], from (x, y, 1) of a pixel, counted from the image's centre, to the (x, y) that it
            is taken from.
        smooth: whether between pixels is interpolated, rather than the nearest one taken.
        fill_edge: whether outside of the image its edge goes on, rather than all being black.
    """
    height, width = images.shape[2:]
    xs, ys = (torch.arange(side, device=images.device) - (side - 1) / 2 for side in (width, height))
    by_x, by_y, moves = (column[..., None, None] for column in matrices.unbind(2))
    halves = torch.tensor([width / 2, height / 2], device=images.device)[:, None, None]
    sources = (by_x * xs + by_y * ys[:, None] + moves) / halves
    mode, outside = "bilinear" if smooth else "nearest", "border" if fill_edge else "zeros"
    pixels = grid_sample(images.float(), sources.movedim(1, 3), mode, outside, align_corners=False)
    return pixels.round_().to(torch.uint8)


def blend(images: torch.Tensor, backgrounds: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    """Images over backgrounds, each with a share [n] of its own; a share above 1 leads away from the background."""
    share = shares.view(-1, 1, 1, 1)
    return (images * share + backgrounds * (1 - share)).clamp_(0, WHITE).to(torch.uint8)


def grey(images: torch.Tensor) -> torch.Tensor:
    """float32 [n, 1, h, w], whole numbers: brightness as the eye sees it, where there are red, green and blue."""
    if images.shape[1] != len(LUMA):
        return images.sum(1, keepdim=True).div(images.shape[1], rounding_mode="floor").float()
    red, green, blue = images.unbind(1)
    return (red * LUMA[0] + green * LUMA[1] + blue * LUMA[2]).floor_()[:, None]


def brighten(images: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    """Brightness times a factor [n]."""
    return blend(images, torch.zeros_like(images), factors)


def scale_contrast(images: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    """Distances from the image's mean brightness times a factor [n]."""
    # in float64 a sum of whole numbers is exact, in whatever order it is taken
    means = grey(images).sum((1, 2, 3), keepdim=True, dtype=torch.float64) / images[0, 0].numel()
    return blend(images, means.float(), factors)


def saturate(images: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    """Distances from grey times a factor [n]; images without colours stay."""
    return blend(images, grey(images), factors) if images.shape[1] == len(LUMA) else images


def sharpen(images: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    """Distances from a blur of 3 x 3 pixels times a factor [n]; the outermost pixels stay."""
    if min(images.shape[2:]) <= 2:
        return images
    kernel = torch.full((1, 1, 3, 3), 1.0, device=images.device)
    kernel[0, 0, 1, 1] = 5.0
    planes = images.flatten(0, 1)[:, None].float()
    # a sum of whole numbers below 2 ** 24 is exact in float32 too
    inner = conv2d(planes, kernel).div_(13).round_().view(*images.shape[:2], *(side - 2 for side in images.shape[2:]))
    blur = images.float()
    blur[:, :, 1:-1, 1:-1] = inner
    return blend(images, blur, factors)


def turn_hue(images: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """Colours turned round the circle of hues by a share [n] of it; images without colours stay."""
    if images.shape[1] != len(LUMA):
        return images
    colours = images.float()
    value, channel = colours.max(1, keepdim=True)
    chroma = value - colours.amin(1, keepdim=True)
    divisor = chroma.clamp(min=1)
    red, green, blue = colours.unbind(1)
    sectors = torch.stack([green - blue, blue - red, red - green], 1) / divisor + _by_colour(images, 0, 2, 4)
    hue = sectors.gather(1, channel) + 6 * turns.view(-1, 1, 1, 1)
    distance = (_by_colour(images, 5, 3, 1) + hue) % 6
    ramp = torch.minimum(distance, 4 - distance).clamp(0, 1)
    return (value - chroma * ramp).round_().clamp_(0, WHITE).to(torch.uint8)


def _by_colour(images: torch.Tensor, red: float, green: float, blue: float) -> torch.Tensor:
    """float32 [1, 3, 1, 1]: a number for each colour."""
    return torch.tensor([red, green, blue], device=images.device).view(1, -1, 1, 1)


def posterise(images: torch.Tensor, bits: torch.Tensor) -> torch.Tensor:
    """Only the highest bits [n] of each pixel."""
    masks = (WHITE << (8 - bits.long())) & WHITE
    return images & masks.to(torch.uint8).view(-1, 1, 1, 1)


def solarise(images: torch.Tensor, thresholds: torch.Tensor) -> torch.Tensor:
    """Pixels from a threshold [n] on turned into their negative."""
    return torch.where(images >= thresholds.view(-1, 1, 1, 1), WHITE - images, images)


def within(starts: torch.Tensor, ends: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """bool [n, 1, h, w]: the pixels of a rectangle in each image, from its start [n, 2] to before its end."""
    ys, xs = (torch.arange(length, device=images.device) for length in images.shape[2:])
    is_in_rows = (ys >= starts[:, :1]) & (ys < ends[:, :1])
    is_in_columns = (xs >= starts[:, 1:]) & (xs < ends[:, 1:])
    return is_in_rows[:, None, :, None] & is_in_columns[:, None, None, :]
