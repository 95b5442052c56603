"""What the stages hand over to each other: the nouns of the training wing, and the protocols of its parts.

Shapes: n images, c channels, h rows, w columns; pixels are unsigned bytes, 0 to 255.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from visavis.streams import Stream

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class ImageShape:
    """The shape that all images of a study share."""

    channels: int
    height: int
    width: int


@dataclass(frozen=True)
class Split:
    """One part of a data set.

    Attributes:
        images: uint8 [n, c, h, w].
        labels: int64 [n], indices into the data set's classes.
        ids: bytes [n], the name of each image, unique within the data set.
        groups: bytes [n], images that belong together (the font a letter was drawn in); empty where unknown.
    """

    images: np.ndarray
    labels: np.ndarray
    ids: np.ndarray
    groups: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: np.ndarray) -> Split:
        """The part that holds these rows, in their order."""
        return Split(self.images[rows], self.labels[rows], self.ids[rows], self.groups[rows])


@dataclass(frozen=True)
class LeftOut:
    """An image that no arm gets to see.

    Attributes:
        name: where it was found.
        reason: why it can't be used.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class ImageData:
    """A data set that is ready for training.

    Attributes:
        name: what the report calls it.
        source: a sentence that says where the images come from.
        split_rule: a sentence that says how train and test were told apart.
        classes: the class names; labels index them.
        train, test: the two parts.
        left_out: images that couldn't be used, the same for all arms.
        synthetic: whether the images were drawn by a program.
    """

    name: str
    source: str
    split_rule: str
    classes: tuple[str, ...]
    train: Split
    test: Split
    left_out: tuple[LeftOut, ...] = ()
    synthetic: bool = False

    @property
    def shape(self) -> ImageShape:
        """The shape of every image."""
        return ImageShape(*self.train.images.shape[1:])


class Dataset(Protocol):
    """Where a study's images come from."""

    def load(self) -> ImageData:
        """The images, the same at every call.

        Raises:
            DataError: there is nothing there that can be used.
        """


@dataclass(frozen=True)
class Transform:
    """What an intervention does to images, all its random draws made.

    Attributes:
        apply: uint8 [n, c, h, w] -> uint8 [n, c, h, w]; never writes into its argument.
        arrays: what was drawn, by name, to be kept with the cell.
    """

    apply: Callable[[np.ndarray], np.ndarray]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


class Intervention(Protocol):
    """The ``input`` slot of an arm: another view of the same images, made once before training."""

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """Makes the random draws for images of this shape, from this stream alone."""


@dataclass(frozen=True)
class Network:
    """A model that is built: ``head(backbone(x))`` are logits [n, classes]."""

    backbone: torch.nn.Module
    head: torch.nn.Module


class Model(Protocol):
    """The ``model`` slot of an arm."""

    def build(self, shape: ImageShape, classes: int, stream: Stream) -> Network:
        """The untrained network on the CPU in float32, its weights drawn from the stream alone.

        Raises:
            InvalidStudy: the model can't take images of this shape.
        """

    def preprocess(self, images: torch.Tensor) -> torch.Tensor:
        """uint8 [n, c, h, w] -> the float32 batch that the backbone takes, on the same device."""


@dataclass(frozen=True)
class ParamGroup:
    """Parameters that share a learning rate.

    Attributes:
        name: what the report calls the group.
        parameters: names within the plan's trained module.
        lr: learning rate.
    """

    name: str
    parameters: tuple[str, ...]
    lr: float


@dataclass(frozen=True)
class Plan:
    """What is trained, and how fast.

    Attributes:
        trained: the module that maps a preprocessed batch to logits.
        groups: every trained parameter stands in exactly one of them.
    """

    trained: torch.nn.Module
    groups: tuple[ParamGroup, ...]


class Tuning(Protocol):
    """The ``tuning`` slot of an arm."""

    def plan(self, network: Network) -> Plan:
        """What of the network is trained, with which learning rates."""
