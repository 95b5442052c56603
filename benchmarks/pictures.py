"""Images one at a time, as the tutorials have them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from PIL import Image
from torch.utils.data import Dataset

from visavis.data import Split


class Pictures(Dataset[tuple[torch.Tensor, int]]):
    """A part of grey data, of which each image goes through a transform."""

    def __init__(self, split: Split, transform: Callable[[Image.Image], torch.Tensor]) -> None:
        self._split, self._transform = split, transform

    def __len__(self) -> int:
        return len(self._split)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
        return self._transform(Image.fromarray(self._split.images[row, 0])), int(self._split.labels[row])
