"""The head and a low-rank change of every weight matrix are trained; the weights themselves are held (LoRA)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from visavis.checks import require_positive, require_whole
from visavis.interfaces import Network, ParamGroup, Plan
from visavis.parts.tuning.whole import names_of, require_loaded, whole
from visavis.streams import Stream


@dataclass(frozen=True)
class LowRankAdapters:
    """Trains the head and a low-rank change of each convolution and linear layer (Hu et al. 2021).

    Batch normalisation keeps the statistics that it came with. A saved model holds the changed weights, no adapters.

    Attributes:
        rank: of the changes, at most; a kernel counts as a matrix of outputs x (inputs x places).
        alpha: factor of the changes.
    """

    rank: int = 4
    alpha: float = 1.0

    def __post_init__(self) -> None:
        require_whole(self.rank, "tuning.rank", 1)
        require_positive(self.alpha, "tuning.alpha")

    def plan(self, network: Network, stream: Stream) -> Plan:
        """See ``Tuning.plan``: a group for the head and one for the adapters."""
        from visavis.parts.tuning.low_rank_change import CHANGES, add_changes, merge_changes

        require_loaded(network, self)
        base = names_of(network.backbone, "backbone.")
        add_changes(network.backbone, self.rank, self.alpha, stream)
        now = names_of(network.backbone, "backbone.")
        adapters = tuple(name for name in now if name.endswith(CHANGES) and name not in base)
        groups = (
            ParamGroup(network.head_name, names_of(network.head, "head.")),
            ParamGroup("adapters", adapters),
        )
        untrained = tuple(name for name in now if name not in adapters)
        return Plan(whole(network), groups, untrained=untrained, merge=partial(merge_changes, network.backbone))
