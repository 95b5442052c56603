"""The teaching network: a stack of convolutions of which everything that textbooks vary can be set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from visavis.checks import is_whole, require, require_share
from visavis.data import ImageShape
from visavis.errors import InvalidStudy
from visavis.interfaces import Network
from visavis.parts.models.initialise import initialise
from visavis.parts.models.pixels import to_symmetric_range
from visavis.streams import Stream

NORMS: Mapping[str, Callable[[int], nn.Module]] = {
    "none": lambda channels: nn.Identity(),  # noqa: ARG005
    "batch": nn.BatchNorm2d,
    "group": lambda channels: nn.GroupNorm(min(8, channels), channels),
    "layer": lambda channels: nn.GroupNorm(1, channels),
}
"""Over what a map is normalised: nothing, its batch, eight groups of channels, all channels of an image."""
ACTIVATIONS: Mapping[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh,
}  # fmt: skip
POOLS: Mapping[str, Callable[[], nn.Module]] = {"max": lambda: nn.MaxPool2d(2), "average": lambda: nn.AvgPool2d(2)}


@dataclass(frozen=True)
class ConvNet:
    """Convolutions, each with a normalisation, an activation and, but for the first, a pool by 2; then a head.

    Attributes:
        widths: maps of each convolution; as many convolutions as there are widths.
        kernel: side of the kernels in pixels, odd. Maps keep their size.
        norm: after each convolution: none, batch, group (8 groups) or layer (all channels of an image).
        activation: relu, leaky_relu, gelu, silu or tanh.
        pool: max or average, from the second convolution on. The last maps are averaged in any case.
        dropout: share of the features that the head doesn't see in training, in [0, 1).
    """

    widths: tuple[int, ...] = (32, 64, 128)
    kernel: int = 3
    norm: Literal["none", "batch", "group", "layer"] = "batch"
    activation: Literal["relu", "leaky_relu", "gelu", "silu", "tanh"] = "relu"
    pool: Literal["max", "average"] = "max"
    dropout: float = 0.0

    def __post_init__(self) -> None:
        is_widths = (
            isinstance(self.widths, Sequence)
            and len(self.widths) > 0
            and all(is_whole(width, 1) for width in self.widths)
        )
        require(is_widths, "model.widths", self.widths, "a list of widths, such as (32, 64)")
        object.__setattr__(self, "widths", tuple(self.widths))
        is_kernel = is_whole(self.kernel, 1) and self.kernel % 2 == 1
        require(is_kernel, "model.kernel", self.kernel, "an odd whole number, such as 3")
        for name, values in (("norm", NORMS), ("activation", ACTIVATIONS), ("pool", POOLS)):
            value = getattr(self, name)
            require(
                isinstance(value, str) and value in values, f"model.{name}", repr(value), f"one of {', '.join(values)}"
            )
        uneven = [width for width in self.widths if self.norm == "group" and width > 8 and width % 8]
        require(not uneven, "model.widths", uneven, "multiples of 8, for norm='group'")
        require_share(self.dropout, "model.dropout")
        require(self.dropout < 1, "model.dropout", self.dropout, "below 1")

    def build(self, shape: ImageShape, classes: int, stream: Stream) -> Network:
        """See ``Model.build``."""
        smallest = 2 ** (len(self.widths) - 1)
        if min(shape.height, shape.width) < smallest:
            raise InvalidStudy(
                f"the images are too small for {len(self.widths)} convolutions with pools between them",
                got=f"{shape.width} x {shape.height} pixels",
                expected=f"{smallest} x {smallest} or more",
                do="give fewer widths",
            )
        backbone = nn.Sequential()
        for name, layer in self._layers(shape.channels):
            backbone.add_module(name, layer)
        head = nn.Linear(self.widths[-1], classes)
        initialise(backbone, stream.child("backbone"))
        initialise(head, stream.child("head"))
        return Network(backbone, head)

    def preprocess(self, images: torch.Tensor) -> torch.Tensor:
        """See ``Model.preprocess``: [0, 255] to [-1, 1]."""
        return to_symmetric_range(images)

    def _layers(self, channels: int) -> Iterator[tuple[str, nn.Module]]:
        for number, width in enumerate(self.widths, start=1):
            yield f"conv{number}", nn.Conv2d(channels, width, self.kernel, padding=self.kernel // 2)
            yield f"norm{number}", NORMS[self.norm](width)
            yield f"act{number}", ACTIVATIONS[self.activation]()
            if number > 1:
                yield f"pool{number}", POOLS[self.pool]()
            channels = width
        yield "average", nn.AdaptiveAvgPool2d(1)
        yield "flatten", nn.Flatten()
        yield "dropout", nn.Dropout(self.dropout) if self.dropout else nn.Identity()
