"""The layers of a network in forward order, found from its own parts."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from visavis.interfaces import Layer, Network
from visavis.parts.tuning.whole import names_of

FEWEST = 4
"""A backbone is opened, its largest part first, until it has so many parts with parameters."""
NORMALISATIONS = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)


def layers_of(network: Network) -> tuple[Layer, ...]:
    """The network's layers, those of the backbone first, its head last; every parameter in exactly one.

    They are the model's own where it names them. Else they are the backbone's parts in the order of their definition;
    a part that only normalises joins the one before it, parameters outside any part join the first.
    """
    if network.layers:
        return network.layers
    found = list(_merged(_parts(network.backbone)))
    taken = {name for layer in found for name in layer.parameters}
    loose = tuple(name for name in names_of(network.backbone, "backbone.") if name not in taken)
    if loose and found:
        found[0] = Layer(found[0].name, loose + found[0].parameters)
    elif loose:
        found = [Layer("backbone", loose)]
    head = names_of(network.head, "head.")
    return (*found, *([Layer(network.head_name, head)] if head else []))


def _parts(backbone: nn.Module) -> list[tuple[str, nn.Module]]:
    parts = _with_parameters(backbone, "")
    while len(parts) < FEWEST:
        openable = [part for part in parts if _with_parameters(part[1], "")]
        if not openable:
            break
        largest = max(openable, key=lambda part: _size(part[1]))
        place = parts.index(largest)
        parts[place : place + 1] = _with_parameters(largest[1], f"{largest[0]}.")
    return parts


def _with_parameters(module: nn.Module, prefix: str) -> list[tuple[str, nn.Module]]:
    return [(prefix + name, child) for name, child in module.named_children() if _size(child)]


def _size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _merged(parts: list[tuple[str, nn.Module]]) -> Iterator[Layer]:
    waiting: Layer | None = None
    for name, module in parts:
        parameters = names_of(module, f"backbone.{name}.")
        if waiting is not None and isinstance(module, NORMALISATIONS):
            waiting = Layer(waiting.name, waiting.parameters + parameters)
            continue
        if waiting is not None:
            yield waiting
        waiting = Layer(name, parameters)
    if waiting is not None:
        yield waiting
