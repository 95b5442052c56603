"""The fourteen operations among which RandAugment and TrivialAugment choose, as torchvision has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from visavis.interfaces import EpochDraws

if TYPE_CHECKING:
    import numpy as np
    import torch

    Operation = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    """(uint8 [n, c, h, w], strengths float64 [n] in [-1, 1]) -> uint8 [n, c, h, w]."""

BINS = 31
"""Strengths that there are, from 0 to 1."""
COUNT = 14


@dataclass(frozen=True)
class Reach:
    """What the operations do at strength 1; at 0 all but the last three do nothing (solarising turns white to black).

    Attributes:
        shear: pixels to the side, for each pixel down or across.
        shift: a share of the image's side, or pixels where it is above 1.
        degrees: of a turn.
        factor: the farthest from 1 that brightness, colour, contrast and sharpness are multiplied by.
        bits: of each pixel that are dropped.
    """

    shear: float
    shift: float
    degrees: float
    factor: float
    bits: int


def operations_of(reach: Reach) -> tuple[Operation, ...]:
    """None, shears and shifts across and down, turn, brightness, colour, contrast, sharpness, fewer bits, solarising,
    stretched contrast, even histogram.
    """
    import torch
    from torchvision.transforms.v2.functional import autocontrast, equalize

    from visavis.parts.augmentations import pixels

    def mover(axis: int, column: int) -> Operation:
        """Pixels are taken from elsewhere along one axis: by a share of the other axis (a shear), or by as many."""

        def move(images: torch.Tensor, strengths: torch.Tensor) -> torch.Tensor:
            matrices = torch.eye(2, 3, dtype=torch.float64, device=images.device).repeat(len(images), 1, 1)
            sides = images.shape[:1:-1]
            if column == 2:
                most = reach.shift if reach.shift > 1 else reach.shift * sides[axis]
                matrices[:, axis, 2] = -(strengths * most).trunc()
            else:
                matrices[:, axis, column] = strengths * reach.shear
                matrices[:, axis, 2] = strengths * reach.shear * sides[column] / 2  # the first row or column stays
            return pixels.warp(images, matrices.float())

        return move

    def turn(images: torch.Tensor, strengths: torch.Tensor) -> torch.Tensor:
        return pixels.warp(images, turns(strengths * reach.degrees))

    def scaling(change: Operation) -> Operation:
        return lambda images, strengths: change(images, (1 + strengths * reach.factor).float())

    def posterise(images: torch.Tensor, strengths: torch.Tensor) -> torch.Tensor:
        return pixels.posterise(images, 8 - (strengths.abs() * reach.bits).round())

    def solarise(images: torch.Tensor, strengths: torch.Tensor) -> torch.Tensor:
        return pixels.solarise(images, (2 * 255 * (1 - strengths.abs())).round() / 2)

    return (
        lambda images, strengths: images,  # noqa: ARG005
        mover(0, 1), mover(1, 0), mover(0, 2), mover(1, 2), turn,
        scaling(pixels.brighten), scaling(pixels.saturate), scaling(pixels.scale_contrast), scaling(pixels.sharpen),
        posterise, solarise,
        lambda images, strengths: autocontrast(images.flatten(0, 1)[:, None]).view_as(images),  # noqa: ARG005
        lambda images, strengths: equalize(images),  # noqa: ARG005
    )  # fmt: skip


def turns(degrees: torch.Tensor) -> torch.Tensor:
    """float32 [n, 2, 3]: what turns images about their centre, counter-clockwise."""
    import torch

    angles, zero = degrees.double().deg2rad(), torch.zeros_like(degrees, dtype=torch.float64)
    cosines, sines = angles.cos(), angles.sin()
    rows = torch.stack([cosines, -sines, zero, sines, cosines, zero], 1)
    return rows.view(-1, 2, 3).float()


def operations_by_row(choices: np.ndarray, strengths: np.ndarray, reach: Reach) -> EpochDraws:
    """An epoch in which each image goes through operations of its own.

    Args:
        choices: int64 [images, rounds], which operation.
        strengths: float64 [images, rounds], how strong, with a sign.
        reach: what they do at strength 1.
    """
    import torch

    operations = operations_of(reach)
    choices_by_row, strengths_by_row = torch.from_numpy(choices), torch.from_numpy(strengths)

    def apply(images: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        images = images.clone()
        for choice, strength in zip(choices_by_row[rows].unbind(1), strengths_by_row[rows].unbind(1), strict=True):
            for indices in _indices(choice):
                on_device = indices.to(images.device, non_blocking=True)
                operation = operations[int(choice[indices[0]])]
                images[on_device] = operation(images[on_device], strength[indices].to(images.device, non_blocking=True))
        return images

    return EpochDraws(apply, {"operations": choices, "strengths": strengths})


def _indices(choice: torch.Tensor) -> Sequence[torch.Tensor]:
    """Where each operation is chosen, for those that are and do something."""
    return [indices for number in range(1, COUNT) if len(indices := (choice == number).nonzero().flatten())]
