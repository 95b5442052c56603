"""A linear probe first, then everything (LP-FT)."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.checks import require_positive, require_whole
from visavis.interfaces import Network, ParamGroup, Plan
from visavis.parts.tuning.whole import names_of, require_loaded, whole
from visavis.streams import Stream


@dataclass(frozen=True)
class ProbeThenFull:
    """Trains the head alone for some epochs, then the whole network (Kumar et al. 2022, arXiv 2202.10054).

    The backbone's batch normalisation keeps its statistics while the head is trained alone, and follows its batches
    afterwards. The head's momentum carries over.

    Attributes:
        probe_epochs: for how many epochs.
        probe_scale: share of the optimizer's learning rate that the head has while it is trained alone.
    """

    probe_epochs: int
    probe_scale: float = 1.0

    def __post_init__(self) -> None:
        require_whole(self.probe_epochs, "tuning.probe_epochs", 1)
        require_positive(self.probe_scale, "tuning.probe_scale")

    def plan(self, network: Network, stream: Stream) -> Plan:
        """See ``Tuning.plan``: a group for the head and one for the backbone."""
        require_loaded(network, self)
        second = self.probe_epochs + 1
        head = ParamGroup(network.head_name, names_of(network.head, "head."), 1.0, second, self.probe_scale)
        backbone = ParamGroup("backbone", names_of(network.backbone, "backbone."), starts_at=second)
        return Plan(whole(network), (head, backbone))
