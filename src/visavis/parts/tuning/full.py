"""Everything is trained at the optimizer's learning rate."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.interfaces import Network, ParamGroup, Plan
from visavis.parts.tuning.whole import names_of, whole
from visavis.streams import Stream


@dataclass(frozen=True)
class Full:
    """Trains the whole of a network, from the weights that it comes with: pre-trained or random, as the model says.
    Batch normalisation follows its batches.
    """

    def plan(self, network: Network, stream: Stream) -> Plan:
        """See ``Tuning.plan``: one group, named ``all``."""
        trained = whole(network)
        return Plan(trained, (ParamGroup("all", names_of(trained)),))
