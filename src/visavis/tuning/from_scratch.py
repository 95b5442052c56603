"""Everything is trained, with one learning rate, from the initial weights."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from visavis.interfaces import Network, ParamGroup, Plan
from visavis.recipe import require


@dataclass(frozen=True)
class FromScratch:
    """Trains the whole network; batch normalisation follows its batches.

    Attributes:
        lr: learning rate of every parameter.
    """

    lr: float

    def __post_init__(self) -> None:
        require(self.lr > 0, "tuning.lr", self.lr, "a positive number")

    def plan(self, network: Network) -> Plan:
        """See ``Tuning.plan``: one group, named ``all``."""
        trained = nn.Sequential()
        trained.add_module("backbone", network.backbone)
        trained.add_module("head", network.head)
        names = tuple(name for name, _ in trained.named_parameters())
        return Plan(trained, (ParamGroup("all", names, self.lr),))
