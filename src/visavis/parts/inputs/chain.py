"""Several inputs, one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from visavis.checks import excerpt, require, require_part
from visavis.data import ImageShape
from visavis.interfaces import Intervention, Transform
from visavis.parts.chaining import stream_in_chain
from visavis.streams import Stream


@dataclass(frozen=True)
class InputChain:
    """Applies inputs in their order; each draws from a stream of its own.

    Attributes:
        inputs: one or more.
    """

    inputs: tuple[Intervention, ...]

    def __post_init__(self) -> None:
        is_list = isinstance(self.inputs, Iterable) and not isinstance(self.inputs, str)
        require(is_list, "inputs", excerpt(self.inputs), "a list of inputs, such as [Grey(), Blur(2)]")
        object.__setattr__(self, "inputs", tuple(self.inputs))
        require(len(self.inputs) >= 1, "inputs", "none", "one or more")
        for number, item in enumerate(self.inputs):
            require_part(item, f"inputs[{number}]", "draw", "visavis.Grey()")

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """See ``Intervention.draw``; keeps the draws of each, by its place and their names."""
        streams = [stream_in_chain(self.inputs, number, stream) for number in range(len(self.inputs))]
        transforms = [item.draw(shape, own) for item, own in zip(self.inputs, streams, strict=True)]
        arrays = {
            f"{number} {name}": array
            for number, transform in enumerate(transforms)
            for name, array in transform.arrays.items()
        }
        return Transform(apply=_Steps(tuple(transforms)).apply, arrays=arrays)


@dataclass(frozen=True)
class _Steps:
    transforms: tuple[Transform, ...]

    def apply(self, images: np.ndarray) -> np.ndarray:
        """uint8 [n, c, h, w] -> what all of them make of it."""
        return reduce(lambda images, transform: transform.apply(images), self.transforms, images)
