"""A weight plus a low-rank change of it, as a parametrization of PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

from visavis.streams import Stream


class LowRankChange(nn.Module):
    """``weight + scale * up @ down``: no change at first, since ``up`` starts at zero."""

    def __init__(self, weight: torch.Tensor, rank: int, scale: float, generator: torch.Generator) -> None:
        super().__init__()
        rows, columns = weight.shape[0], weight[0].numel()
        rank = min(rank, rows, columns)
        self.scale = scale
        self.down = nn.Parameter(torch.randn(rank, columns, generator=generator) / columns**0.5)
        self.up = nn.Parameter(torch.zeros(rows, rank))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        """The changed weight."""
        return weight + self.scale * (self.up @ self.down).view_as(weight)


MATRICES: Mapping[type[nn.Module], str] = {
    nn.Conv2d: "weight",
    nn.Linear: "weight",
    nn.MultiheadAttention: "in_proj_weight",
}
"""The layers that are changed, and what their matrix is called; attention's output is a linear layer of its own."""
CHANGES = (".0.down", ".0.up")
"""How the names of a change's parameters end."""


def merge_changes(module: nn.Module) -> None:
    """Puts the changed weights in the place of the weights with their changes; nothing else is touched."""
    for layer in module.modules():
        parametrizations: Any = getattr(layer, "parametrizations", {})
        for name, changes in list(parametrizations.items()):
            if all(isinstance(change, LowRankChange) for change in changes):
                parametrize.remove_parametrizations(layer, name, leave_parametrized=True)


def add_changes(module: nn.Module, rank: int, scale: float, stream: Stream) -> None:
    """Gives every matrix of a module a change of its own, drawn from the stream."""
    # a list, since the changes are modules that are added during the walk
    for path, layer in list(module.named_modules()):
        for kind, name in MATRICES.items():
            if isinstance(layer, kind) and getattr(layer, name) is not None:
                generator = stream.child("adapters", path).torch()
                change = LowRankChange(getattr(layer, name), rank, scale, generator)
                parametrize.register_parametrization(layer, name, change)
