"""The layers of a network in forward order, found from its own parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visavis.interfaces import Layer, Network
from visavis.parts.tuning.whole import names_of

if TYPE_CHECKING:
    from torch import nn

FEWEST = 4
"""A backbone is opened, its largest part first, until it has so many parts with parameters."""


def normalisations() -> tuple[type[nn.Module], ...]:
    """The layers that only normalise."""
    from torch import nn

    return nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm


def layers_of(network: Network) -> tuple[Layer, ...]:
    """The network's layers, those of the backbone first, its head last; every parameter in exactly one.

    They are the model's own where it names them. Else they are the backbone's parts in the order of their definition;
    a part that only normalises joins the one before it, parameters outside any part join the first.
    """
    if network.layers:
        return network.layers
    layers = _merge_normalisations(_parts(network.backbone))
    names = {name for layer in layers for name in layer.parameters}
    loose = tuple(name for name in names_of(network.backbone, "backbone.") if name not in names)
    if loose and layers:
        layers[0] = Layer(layers[0].name, loose + layers[0].parameters)
    elif loose:
        layers = [Layer("backbone", loose)]
    head = names_of(network.head, "head.")
    return (*layers, *([Layer(network.head_name, head)] if head else []))


def _parts(backbone: nn.Module) -> list[tuple[str, nn.Module]]:
    parts = _with_parameters(backbone, "")
    while len(parts) < FEWEST:
        openable = [part for part in parts if _with_parameters(part[1], "")]
        if not openable:
            break
        # of equals the first, so that the layers are the same in every process
        largest = max(openable, key=lambda part: _size(part[1]))
        index = parts.index(largest)
        parts[index : index + 1] = _with_parameters(largest[1], f"{largest[0]}.")
    return parts


def _with_parameters(module: nn.Module, prefix: str) -> list[tuple[str, nn.Module]]:
    return [(prefix + name, child) for name, child in module.named_children() if _size(child)]


def _size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _merge_normalisations(parts: list[tuple[str, nn.Module]]) -> list[Layer]:
    layers: list[Layer] = []
    for name, module in parts:
        parameters = names_of(module, f"backbone.{name}.")
        if layers and isinstance(module, normalisations()):
            layers[-1] = Layer(layers[-1].name, layers[-1].parameters + parameters)
        else:
            layers.append(Layer(name, parameters))
    return layers
