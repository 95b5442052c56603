"""The head and a low-rank change of every weight matrix are trained; the weights themselves are held (LoRA)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

from visavis.checks import require
from visavis.interfaces import Network, ParamGroup, Plan
from visavis.parts.tuning.whole import names_of, require_loaded, require_rate, whole
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


@dataclass(frozen=True)
class LowRankAdapters:
    """Trains the head and a change of rank ``rank`` of each convolution and linear layer (Hu et al. 2021).

    Batch normalisation keeps the statistics that it came with. A saved model holds the changed weights, no adapters.

    Attributes:
        lr: learning rate of what is trained.
        rank: of the changes, at most; a kernel counts as a matrix of outputs x (inputs x places).
        scale: factor of the changes.
    """

    lr: float
    rank: int = 4
    scale: float = 1.0

    def __post_init__(self) -> None:
        require_rate(self.lr, "tuning.lr")
        require(self.rank >= 1, "tuning.rank", self.rank, "1 or more")
        require(self.scale > 0, "tuning.scale", self.scale, "a positive number")

    def plan(self, network: Network, stream: Stream) -> Plan:
        """See ``Tuning.plan``: a group for the head and one for the adapters."""
        require_loaded(network, self)
        base = names_of(network.backbone, "backbone.")
        # a list, since the adapters are modules that are added during the walk
        for path, layer in list(network.backbone.named_modules()):
            for kind, name in MATRICES.items():
                if isinstance(layer, kind) and getattr(layer, name) is not None:
                    generator = stream.child("adapters", path).torch()
                    change = LowRankChange(getattr(layer, name), self.rank, self.scale, generator)
                    parametrize.register_parametrization(layer, name, change)
        now = names_of(network.backbone, "backbone.")
        adapters = tuple(name for name in now if name.endswith(CHANGES) and name not in base)
        groups = (
            ParamGroup(network.head_name, names_of(network.head, "head."), self.lr),
            ParamGroup("adapters", adapters, self.lr),
        )
        untrained = tuple(name for name in now if name not in adapters)
        return Plan(whole(network), groups, untrained=untrained, merge=partial(merge_changes, network.backbone))
