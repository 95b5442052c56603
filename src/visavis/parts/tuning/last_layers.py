"""The last layers are trained, from a named one on, on what the frozen ones before give."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from visavis.checks import excerpt, require
from visavis.errors import InvalidStudy
from visavis.interfaces import Network, ParamGroup, Plan
from visavis.parts.tuning.layers import layers_of
from visavis.parts.tuning.whole import names_of, require_loaded, whole
from visavis.streams import Stream

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class LastLayers:
    """Fine-tunes a pre-trained network from one layer on; what lies before stays as it came (in evaluation mode).

    Where the backbone is a row of modules, as a ResNet is, what lies before runs once over the images, and what it
    gives is kept for all seeds. Else it runs in every step, without gradients.

    Attributes:
        first: name of the first layer that is trained, such as ``layer4``.
    """

    first: str

    def __post_init__(self) -> None:
        is_name = isinstance(self.first, str) and self.first != ""
        require(is_name, "tuning.first", excerpt(self.first), "the name of a layer, such as 'layer4'")

    def plan(self, network: Network, stream: Stream) -> Plan:
        """See ``Tuning.plan``: one group, from the layer on."""
        from torch import nn

        require_loaded(network, self)
        before = self._before(network)
        # not named_children(), which names a module that stands there twice only once
        children = list(network.backbone._modules.items()) if type(network.backbone) is nn.Sequential else []
        names = [name for name, _ in children]
        if not before or self.first not in names or _share_parameters(children, names.index(self.first)):
            module = whole(network)
            parameters = tuple(name for name in names_of(module) if name not in before)
            return Plan(module, (ParamGroup(f"from {self.first} on", parameters),), untrained=before)
        cut = names.index(self.first)
        module = _in_a_row(children[cut:], network.head)
        return Plan(module, (ParamGroup(f"from {self.first} on", names_of(module)),), frozen=_row(children[:cut]))

    def _before(self, network: Network) -> tuple[str, ...]:
        """The parameters of the layers before the first that is trained.

        Raises:
            InvalidStudy: no layer has that name.
        """
        layers = layers_of(network)
        names = [layer.name for layer in layers]
        if self.first not in names:
            near = get_close_matches(self.first, names, n=1)
            raise InvalidStudy(
                f"no layer is called {self.first!r}",
                got=f"tuning.first {self.first!r}",
                expected=f"a layer of this network: {', '.join(names)}",
                do=f"perhaps {near[0]}" if near else None,
            )
        return tuple(name for layer in layers[: names.index(self.first)] for name in layer.parameters)


def _share_parameters(children: list[tuple[str, nn.Module]], cut: int) -> bool:
    """Whether a parameter stands on both sides of a cut."""
    parts = children[:cut], children[cut:]
    sides = [{id(weight) for _, child in part for weight in child.parameters()} for part in parts]
    return not sides[0].isdisjoint(sides[1])


def _row(parts: list[tuple[str, nn.Module]]) -> nn.Sequential:
    """Modules one after the other, under their own names."""
    from torch import nn

    row = nn.Sequential()
    for name, part in parts:
        row.add_module(name, part)
    return row


def _in_a_row(parts: list[tuple[str, nn.Module]], head: nn.Module) -> nn.Sequential:
    """The end of a backbone, then the head, with their names before those of their parameters."""
    return _row([("backbone", _row(parts)), ("head", head)])
