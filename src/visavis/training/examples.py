"""A part of the data where training wants it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from visavis.training.forward import tensor_of

RESIDENT_SHARE = 0.5
"""Of a GPU's free memory, up to which images move there; what is larger stays outside and comes batch by batch."""


@dataclass(frozen=True)
class Examples:
    """A part of the data.

    Attributes:
        images: uint8 [k, c, h, w], or what a plan's frozen part makes of them, float32 [k, ...]; on the device, or in
            the memory of the CPU (perhaps mapped from a disk) where the device has no room.
        labels: int64 [n] on the device.
        positions: int64 [n], which image each example shows, where the images are; None where they stand in the order
            of the labels. So an image that is shown several times in an epoch is kept once.
    """

    images: torch.Tensor
    labels: torch.Tensor
    positions: torch.Tensor | None = None

    @classmethod
    def on(
        cls, device: torch.device, images: np.ndarray, labels: np.ndarray, positions: np.ndarray | None = None
    ) -> Examples:
        """Moves arrays to the device; on the CPU a writable contiguous array isn't copied."""
        tensor = tensor_of(images)
        if _has_room(device, images.nbytes):
            tensor = tensor.to(device)
        return cls(
            tensor, tensor_of(labels).to(device), None if positions is None else tensor_of(positions).to(tensor.device)
        )

    @property
    def device(self) -> torch.device:
        """Where batches are wanted."""
        return self.labels.device

    def __len__(self) -> int:
        return len(self.labels)

    def rows(self, order: np.ndarray) -> torch.Tensor:
        """An order of the images as ``take`` wants its parts: int64 [n], where the images are."""
        return torch.from_numpy(order).to(self.images.device)

    def take(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Images and labels of these rows, on the device."""
        images = self.images[rows if self.positions is None else self.positions[rows]]
        labels = self.labels[rows.to(self.device, non_blocking=True)]
        return images.to(self.device, non_blocking=True), labels


def _has_room(device: torch.device, size: int) -> bool:
    return device.type != "cuda" or size <= RESIDENT_SHARE * torch.cuda.mem_get_info(device)[0]
