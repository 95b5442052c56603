"""The head is trained on what the frozen backbone gives."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.interfaces import Network, ParamGroup, Plan
from visavis.parts.tuning.whole import names_of, require_loaded
from visavis.streams import Stream


@dataclass(frozen=True)
class LinearProbe:
    """Trains the head alone; the backbone, its batch normalisation too, stays as it came (in evaluation mode)."""

    def plan(self, network: Network, stream: Stream) -> Plan:
        """See ``Tuning.plan``: the backbone runs once over the images, one group of the head's parameters."""
        require_loaded(network, self)
        group = ParamGroup(network.head_name, names_of(network.head))
        return Plan(network.head, (group,), frozen=network.backbone)
