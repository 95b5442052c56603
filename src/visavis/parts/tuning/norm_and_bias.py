"""The head, the normalisations and the biases are trained; all other weights are held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from visavis.interfaces import Network, ParamGroup, Plan
from visavis.parts.tuning.layers import normalisations
from visavis.parts.tuning.whole import names_of, require_loaded, whole
from visavis.streams import Stream

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class NormAndBias:
    """Trains the head, scale and shift of every normalisation, and every bias (Frankle et al. 2021; Ben Zaken et al.
    2022); batch normalisation follows its batches.
    """

    def plan(self, network: Network, stream: Stream) -> Plan:
        """See ``Tuning.plan``: a group for the head and one for the rest of what is trained."""
        require_loaded(network, self)
        norms_and_biases = tuple(f"backbone.{name}" for name in _norms_and_biases(network.backbone))
        untrained = tuple(name for name in names_of(network.backbone, "backbone.") if name not in set(norms_and_biases))
        head = ParamGroup(network.head_name, names_of(network.head, "head."))
        return Plan(whole(network), (head, ParamGroup("norms and biases", norms_and_biases)), untrained=untrained)


def _norms_and_biases(backbone: nn.Module) -> list[str]:
    norms = {
        f"{path}.{name}" if path else name
        for path, module in backbone.named_modules()
        if isinstance(module, normalisations())
        for name in names_of(module)
    }
    return [name for name in names_of(backbone) if name in norms or name.rsplit(".", 1)[-1].endswith("bias")]
