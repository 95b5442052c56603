"""Everything is trained, with one learning rate, from pre-trained weights."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.interfaces import Network, ParamGroup, Plan
from visavis.parts.tuning.whole import names_of, require_loaded, require_rate, whole
from visavis.streams import Stream


@dataclass(frozen=True)
class Full:
    """Fine-tunes the whole of a pre-trained network; batch normalisation follows its batches.

    Attributes:
        lr: learning rate of every parameter.
    """

    lr: float

    def __post_init__(self) -> None:
        require_rate(self.lr, "tuning.lr")

    def plan(self, network: Network, stream: Stream) -> Plan:
        """See ``Tuning.plan``: one group, named ``all``."""
        require_loaded(network, self)
        trained = whole(network)
        return Plan(trained, (ParamGroup("all", names_of(trained), self.lr),))
