"""A network as one module to be trained, and its parameters by the names that people know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visavis.errors import InvalidStudy
from visavis.interfaces import Network

if TYPE_CHECKING:
    from torch import nn


def whole(network: Network) -> nn.Sequential:
    """Backbone and head as one module, with the parts' names before those of their parameters."""
    from torch import nn

    module = nn.Sequential()
    module.add_module("backbone", network.backbone)
    module.add_module("head", network.head)
    return module


def names_of(module: nn.Module, prefix: str = "") -> tuple[str, ...]:
    """The names of a module's parameters, in the order of the module."""
    return tuple(prefix + name for name, _ in module.named_parameters())


def known_name(network: Network, name: str) -> str:
    """A parameter's name without the part's, as the architecture itself has it: ``layer4.0.conv1.weight``."""
    part, rest = name.split(".", 1)
    return rest if part == "backbone" else f"{network.head_name}.{rest}"


def require_loaded(network: Network, strategy: object) -> None:
    """Refuses to hold the backbone of a network that nothing was loaded into: it would stay random without anyone
    having said so.

    Raises:
        InvalidStudy: the network was drawn at random.
    """
    if network.loaded is None:
        raise InvalidStudy(
            f"{type(strategy).__name__} tunes pre-trained networks, and this one isn't",
            got="random initial weights",
            expected="a model such as Pretrained(TorchvisionModel('resnet18'), WeightsFile(path))",
            do="leave out --set model=...; for random weights on purpose: Pretrained(model, Untrained()), or Full()",
        )
