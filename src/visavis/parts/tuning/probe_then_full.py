"""A linear probe first, then everything (LP-FT)."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.checks import require
from visavis.interfaces import Network, ParamGroup, Plan
from visavis.parts.tuning.whole import names_of, require_loaded, require_rate, whole
from visavis.streams import Stream


@dataclass(frozen=True)
class ProbeThenFull:
    """Trains the head alone for some epochs, then the whole network (Kumar et al. 2022, arXiv 2202.10054).

    The backbone's batch normalisation keeps its statistics while the head is trained alone, and follows its batches
    afterwards. The head's momentum carries over.

    Attributes:
        probe_lr: learning rate of the head while it is trained alone.
        probe_epochs: for how many epochs.
        lr: learning rate of every parameter afterwards.
    """

    probe_lr: float
    probe_epochs: int
    lr: float

    def __post_init__(self) -> None:
        require_rate(self.probe_lr, "tuning.probe_lr")
        require_rate(self.lr, "tuning.lr")
        require(self.probe_epochs >= 1, "tuning.probe_epochs", self.probe_epochs, "1 or more")

    def plan(self, network: Network, stream: Stream) -> Plan:
        """See ``Tuning.plan``: a group for the head and one for the backbone."""
        require_loaded(network, self)
        second = self.probe_epochs + 1
        head = ParamGroup(network.head_name, names_of(network.head, "head."), self.lr, second, self.probe_lr)
        backbone = ParamGroup("backbone", names_of(network.backbone, "backbone."), self.lr, second)
        return Plan(whole(network), (head, backbone))
