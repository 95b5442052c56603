"""Everything is trained, with rates that fall from the head to the first layer."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.checks import excerpt, is_number, require
from visavis.interfaces import Network, ParamGroup, Plan
from visavis.parts.tuning.layers import layers_of
from visavis.parts.tuning.whole import require_loaded, whole
from visavis.streams import Stream


@dataclass(frozen=True)
class LayerwiseDecay:
    """Fine-tunes a pre-trained network, each layer slower than the next; batch normalisation follows its batches.

    The head has the optimizer's learning rate, the layer before it ``decay`` times as much, and so on (Howard and Ruder
    2018; Clark et al. 2020).

    Attributes:
        decay: factor from one layer to the one before it, in (0, 1].
    """

    decay: float = 0.5

    def __post_init__(self) -> None:
        is_factor = is_number(self.decay) and 0 < self.decay <= 1
        require(is_factor, "tuning.decay", excerpt(self.decay), "a factor in (0, 1]")

    def plan(self, network: Network, stream: Stream) -> Plan:
        """See ``Tuning.plan``: one group for each layer, the head's first."""
        require_loaded(network, self)
        groups = tuple(
            ParamGroup(layer.name, layer.parameters, self.decay**depth)
            for depth, layer in enumerate(reversed(layers_of(network)))
        )
        return Plan(whole(network), groups)
