"""The head is trained first; then one more layer after the other joins in."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.checks import require_whole
from visavis.interfaces import Network, ParamGroup, Plan
from visavis.parts.tuning.layers import layers_of
from visavis.parts.tuning.whole import require_loaded, whole
from visavis.streams import Stream


@dataclass(frozen=True)
class GradualUnfreezing:
    """Fine-tunes a pre-trained network from the head down, one more layer every few epochs (Howard and Ruder 2018).

    What is trained in an epoch depends on the epoch alone. Batch normalisation follows its batches from the epoch in
    which its layer joins in, and keeps the statistics that it came with until then.

    Attributes:
        epochs_each: epochs from one layer to the next.
    """

    epochs_each: int = 1

    def __post_init__(self) -> None:
        require_whole(self.epochs_each, "tuning.epochs_each", 1)

    def plan(self, network: Network, stream: Stream) -> Plan:
        """See ``Tuning.plan``: one group for each layer, the head's first."""
        require_loaded(network, self)
        groups = tuple(
            # epochs count from 1, in which the head (depth 0) begins alone
            ParamGroup(layer.name, layer.parameters, starts_at=1 + depth * self.epochs_each)
            for depth, layer in enumerate(reversed(layers_of(network)))
        )
        return Plan(whole(network), groups)
