"""Any classifier of torchvision, cut before its last linear layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import torch
from torch import nn

from visavis.checks import require
from visavis.data import ImageShape
from visavis.errors import InvalidStudy
from visavis.interfaces import Network
from visavis.parts.models.initialise import initialise
from visavis.parts.models.pixels import IMAGENET_MEAN, IMAGENET_STD, normalise, resize
from visavis.streams import Stream

AUXILIARY = ("AuxLogits", "aux1", "aux2")
"""Second heads that two architectures have for training from scratch; they are left out, and so are their weights."""


@dataclass(frozen=True)
class TorchvisionModel:
    """An architecture of torchvision, drawn at random; ``Pretrained`` loads weights into it.

    Attributes:
        architecture: torchvision's name, such as ``resnet18``.
        size: images are resized to so many pixels square.
        mean, std: of each colour in [0, 1], taken out of the images; ImageNet's by default.
    """

    architecture: str
    size: int = 224
    mean: Sequence[float] = IMAGENET_MEAN
    std: Sequence[float] = IMAGENET_STD

    def __post_init__(self) -> None:
        architectures = classifiers()
        near = get_close_matches(self.architecture, architectures, n=3)
        require(
            self.architecture in architectures,
            "model.architecture",
            repr(self.architecture),
            f"a classifier of torchvision{f', perhaps {chr(32).join(near)}' if near else ''}",
        )
        require(self.size >= 32, "model.size", self.size, "32 pixels or more")

    def build(self, shape: ImageShape, classes: int, stream: Stream) -> Network:
        """See ``Model.build``."""
        from torchvision.models import get_model  # takes a second and memory, which letters needn't pay

        require_colours(shape)
        with stream.child("backbone").as_global():
            module = _without_auxiliary(get_model(self.architecture, **self._arguments()))
        name, last = last_layer(module)
        if isinstance(last, nn.Conv2d):
            backbone, head = _cut_at_convolution(module, last, classes)
        else:
            head = nn.Linear(last.in_features, classes)
            set_part(module, name, nn.Identity())
            backbone = _as_a_row(module)
        initialise(head, stream.child("head"))
        return Network(backbone, head, head_name=name, other_heads=AUXILIARY)

    def _arguments(self) -> dict[str, Any]:
        """What an architecture has to be told: transformers their images' size; two others to leave their slow
        initialisation out and to take pixels as ImageNet's others do.
        """
        if self.architecture in ("googlenet", "inception_v3"):
            return {"init_weights": False, "transform_input": True}
        if self.architecture.startswith("vit_"):
            return {"image_size": self.size}
        return {"input_size": (self.size, self.size)} if self.architecture.startswith("maxvit") else {}

    def preprocess(self, images: torch.Tensor) -> torch.Tensor:
        """See ``Model.preprocess``: resized (bilinear), grey to three colours, mean and deviation taken out."""
        return normalise(resize(images, self.size), self.mean, self.std)


def classifiers() -> list[str]:
    """The names of torchvision's classifiers."""
    import torchvision.models

    return torchvision.models.list_models(module=torchvision.models)


def require_colours(shape: ImageShape) -> None:
    """Refuses images that are neither grey nor coloured.

    Raises:
        InvalidStudy: with the number of channels.
    """
    require(shape.channels in (1, 3), "data", f"images of {shape.channels} channels", "1 (grey) or 3 (colour)")


def _without_auxiliary(module: nn.Module) -> nn.Module:
    for name in AUXILIARY:
        if getattr(module, name, None) is not None:
            setattr(module, name, None)
            vars(module)["aux_logits"] = False
    return module


def last_layer(module: nn.Module) -> tuple[str, nn.Linear | nn.Conv2d]:
    """The place and the layer that gives the logits: the last linear one, or where there is none the last convolution.

    Raises:
        InvalidStudy: there is neither.
    """
    for kind in (nn.Linear, nn.Conv2d):
        layers = [(name, layer) for name, layer in module.named_modules() if isinstance(layer, kind)]
        if layers:
            return layers[-1]
    raise InvalidStudy("the network has no last linear layer", got=type(module).__name__)


def set_part(module: nn.Module, name: str, part: nn.Module) -> None:
    """Puts a part in another's place."""
    parent, _, attribute = name.rpartition(".")
    setattr(module.get_submodule(parent), attribute, part)


def _as_a_row(module: nn.Module) -> nn.Module:
    """A ResNet as the row of modules that it is, under the same names, so that it can be cut anywhere; others as they
    are.
    """
    from torchvision.models import ResNet

    if not isinstance(module, ResNet):
        return module
    row = nn.Sequential()
    for name, part in module.named_children():
        row.add_module(name, part)
        if name == "avgpool":
            row.add_module("flatten", nn.Flatten())
    return row


def _cut_at_convolution(module: nn.Module, last: nn.Conv2d, classes: int) -> tuple[nn.Module, nn.Module]:
    """SqueezeNet ends in dropout, a convolution, ReLU and pooling: from the convolution on it is the head."""
    backbone = nn.Sequential()
    backbone.add_module("features", module.get_submodule("features"))
    backbone.add_module("dropout", nn.Dropout(0.5))
    convolution = nn.Conv2d(last.in_channels, classes, 1)
    return backbone, nn.Sequential(convolution, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
