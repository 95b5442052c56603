"""Everything is trained, with one learning rate, from random initial weights."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.errors import InvalidStudy
from visavis.interfaces import Network, ParamGroup, Plan
from visavis.parts.tuning.whole import names_of, require_rate, whole
from visavis.streams import Stream


@dataclass(frozen=True)
class FromScratch:
    """Trains the whole of a network that isn't pre-trained; batch normalisation follows its batches.

    Attributes:
        lr: learning rate of every parameter.
    """

    lr: float

    def __post_init__(self) -> None:
        require_rate(self.lr, "tuning.lr")

    def plan(self, network: Network, stream: Stream) -> Plan:
        """See ``Tuning.plan``: one group, named ``all``."""
        # ``Untrained`` says by an absent digest that nothing was loaded, and may be trained
        if network.loaded is not None and network.loaded.sha256 is not None:
            raise InvalidStudy(
                "FromScratch trains networks from random weights, and this one is pre-trained",
                got=network.loaded.source,
                expected="a model without pre-trained weights",
                do="to train a pre-trained network with one rate, take Full",
            )
        trained = whole(network)
        return Plan(trained, (ParamGroup("all", names_of(trained), self.lr),))
