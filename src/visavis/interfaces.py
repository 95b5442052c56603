"""What the stages hand over to each other: the nouns of the training wing, and the protocols of its parts.

Shapes: n images, c channels, h rows, w columns; pixels are unsigned bytes, 0 to 255.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from visavis.bounds import Text
from visavis.data import ImageShape
from visavis.describe import array_digest, digest
from visavis.errors import InvalidStudy
from visavis.streams import Stream

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Transform:
    """What an intervention does to images, all its random draws made.

    Attributes:
        apply: uint8 [n, c, h, w] -> uint8 [n, c, h, w]; never writes into its argument. What it makes of an image
            rests on that image and on ``arrays`` alone, since many images are handed over in slices.
        arrays: what was drawn, by name, to be kept with the cell.
    """

    apply: Callable[[np.ndarray], np.ndarray]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


class Intervention(Protocol):
    """The ``input`` factor of an arm: another view of the same images of both parts, made once before training."""

    def draw(self, shape: ImageShape, stream: Stream) -> Transform:
        """Makes the random draws for images of this shape, from this stream alone."""


@dataclass(frozen=True)
class TrainingRows:
    """Which training images an arm learns from, and as what.

    Attributes:
        rows: int64 [n], indices into the training part; a row may stand there more than once.
        labels: int64 [n], the class that each is taken for.
    """

    rows: np.ndarray
    labels: np.ndarray


class TrainingSet(Protocol):
    """The ``training`` factor of an arm: which training images, with which labels."""

    def draw(self, labels: np.ndarray, classes: Sequence[str], stream: Stream) -> TrainingRows:
        """Chooses from the training part, from this stream alone.

        Args:
            labels: int64 [n], of all training images.
            classes: their names; labels index them.
            stream: of the seed.

        Raises:
            InvalidStudy: a class is left without an image.
        """


Mix = Callable[["torch.Tensor", "torch.Tensor", "torch.Tensor"], tuple["torch.Tensor", "torch.Tensor"]]
"""(uint8 images [n, c, h, w], the images that each is mixed with, rows of the first, int64 [n] on the CPU) -> (uint8
[n, c, h, w], float32 [n]: the share of the label that stays the image's own). Its partner is the image beside it in the
epoch's order.
"""


@dataclass(frozen=True)
class EpochDraws:
    """What an augmentation does in one epoch, all its random draws made.

    Attributes:
        apply: (uint8 [n, c, h, w], rows int64 [n] on the CPU) -> uint8 [n, c, h, w] on the images' device; never
            writes into its arguments. ``rows`` say which training images these are: what becomes of one doesn't depend
            on those beside it.
        arrays: what was drawn, by name, one entry for each training image.
        mix: what makes one image of two, where the augmentation does; after ``apply``.
    """

    apply: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    mix: Mix | None = None

    @property
    def fingerprint(self) -> str:
        """A digest of what was drawn."""
        return digest({name: array_digest(array) for name, array in self.arrays.items()})


class Augmentation(Protocol):
    """The ``augmentation`` factor of an arm: another view of the training images in each epoch."""

    def draw(self, count: int, stream: Stream) -> EpochDraws:
        """Makes an epoch's draws for so many training images, on the CPU and from this stream alone.

        All images at once, so that neither the batch size nor the device changes a draw.
        """


@dataclass(frozen=True)
class Loaded:
    """What pre-trained weights were put into a network.

    Attributes:
        source: where they come from, as a phrase for the report.
        sha256: of the file's bytes, or of the tensors where there is no file; None where the backbone was left at
            random on purpose.
    """

    source: Text
    sha256: Text | None


@dataclass(frozen=True)
class Layer:
    """Parameters that belong together in the order of the forward pass.

    Attributes:
        name: what rates are given to, such as ``layer4``.
        parameters: names as ``Network.parameter_names`` gives them.
    """

    name: str
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """A model that is built: ``head(backbone(x))`` are logits [n, classes].

    Attributes:
        backbone: preprocessed images -> features.
        head: features -> logits.
        head_name: what the head is called in rates and reports, such as ``fc``.
        other_heads: heads that the architecture has beside it and this network hasn't; their weights are passed over.
        layers: the parameters layer by layer, the head's last; empty where the backbone's own parts are the layers.
        loaded: the pre-trained weights of the backbone; None where it was drawn at random.
    """

    backbone: torch.nn.Module
    head: torch.nn.Module
    head_name: str = "head"
    other_heads: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()
    loaded: Loaded | None = None

    @property
    def parameters(self) -> int:
        """How many numbers can be trained."""
        return sum(weight.numel() for part in (self.backbone, self.head) for weight in part.parameters())

    def tensors(self) -> dict[str, torch.Tensor]:
        """Parameters and buffers by name: ``backbone.`` or ``head.``, then the name within it."""
        parts = {"backbone": self.backbone, "head": self.head}
        return {
            f"{part}.{name}": tensor for part, module in parts.items() for name, tensor in module.state_dict().items()
        }


class Weights(Protocol):
    """Where the pre-trained weights of a backbone come from."""

    def load(self, architecture: str) -> tuple[Mapping[str, torch.Tensor] | None, Loaded]:
        """Tensors by name, and what is to be said of them; None to leave the backbone at random on purpose.

        Args:
            architecture: name of the network that the weights are for.

        Raises:
            WeightsError: they aren't there or can't be read.
        """


class Model(Protocol):
    """The ``model`` factor of an arm."""

    def build(self, shape: ImageShape, classes: int, stream: Stream) -> Network:
        """The network on the CPU in float32, what isn't pre-trained drawn from the stream alone.

        Raises:
            InvalidStudy: the model can't take images of this shape.
            WeightsError: its pre-trained weights can't be used.
        """

    def preprocess(self, images: torch.Tensor) -> torch.Tensor:
        """uint8 [n, c, h, w] -> the float32 batch that the backbone takes, on the same device."""


def require_network(model: Model, built: object) -> Network:
    """What a model has built.

    Raises:
        InvalidStudy: it is no network, such as a bare module of PyTorch.
    """
    if not isinstance(built, Network):
        raise InvalidStudy(
            f"{type(model).__name__}.build must return visavis.Network(backbone, head)",
            got=type(built).__name__,
            do="make the last layer the head, and the rest the backbone",
        )
    return built


@dataclass(frozen=True)
class ParamGroup:
    """Parameters that share a learning rate.

    Attributes:
        name: what the report calls the group.
        parameters: names within the plan's trained module.
        scale: of the optimizer's learning rate, from epoch ``starts_at`` on.
        starts_at: 1 for the first epoch.
        scale_before: the same before that epoch; at 0 the parameters are frozen until then.
    """

    name: str
    parameters: tuple[str, ...]
    scale: float = 1.0
    starts_at: int = 1
    scale_before: float = 0.0

    def scale_in(self, epoch: int) -> float:
        """The scale in an epoch, a function of the epoch alone."""
        return self.scale if epoch >= self.starts_at else self.scale_before


def _nothing_added() -> None:
    """What most strategies have to merge."""


@dataclass(frozen=True)
class Plan:
    """What is trained, and at which share of the learning rate.

    A module within ``trained`` is in training mode (batch normalisation follows its batches, dropout drops) in the
    epochs in which its own parameters are trained, else in evaluation mode. So what is frozen is frozen, buffers too.

    Attributes:
        trained: the module that maps what ``frozen`` gives, or else a preprocessed batch, to logits.
        groups: every parameter of ``trained`` stands in exactly one of them, or in ``untrained``.
        frozen: runs once over the images, in evaluation mode and without gradients; None where nothing runs before.
        untrained: parameters of ``trained`` that are never trained.
        merge: puts what the strategy added to the network into its own tensors, before they are saved.
    """

    trained: torch.nn.Module
    groups: tuple[ParamGroup, ...]
    frozen: torch.nn.Module | None = None
    untrained: tuple[str, ...] = ()
    merge: Callable[[], None] = _nothing_added


class Tuning(Protocol):
    """The ``tuning`` factor of an arm."""

    def plan(self, network: Network, stream: Stream) -> Plan:
        """What of the network is trained, at which share of the optimizer's learning rate.

        At the first step the plan gives the untouched network's logits.

        Args:
            network: is taken over: training changes it in place.
            stream: what the strategy adds to the network is drawn from it alone.

        Raises:
            InvalidStudy: the strategy doesn't fit the network.
        """


class Optimizer(Protocol):
    """The ``optimizer`` factor of an arm, with its learning rate."""

    @property
    def lr(self) -> float:
        """The learning rate, of which the tuning gives each group of parameters a share, and the schedule each step."""

    def build(self, groups: Sequence[dict[str, Any]]) -> torch.optim.Optimizer:
        """An optimizer over groups of ``params`` and ``lr``.

        Where steps are recorded on a GPU, the learning rates come as tensors; an optimizer that raises at them is
        asked again with numbers, and its steps aren't recorded.
        """


Criterion = Callable[["torch.Tensor", "torch.Tensor"], "torch.Tensor"]
"""(float32 logits [n, classes], labels) -> the mean loss of a batch, a scalar. Labels are int64 [n], or with an
augmentation that mixes images the share of each class, float32 [n, classes].
"""


class Loss(Protocol):
    """The ``loss`` factor of an arm: what training minimises."""

    def criterion(self, counts: torch.Tensor) -> Criterion:
        """The loss as a function.

        Args:
            counts: int64 [classes], training images of each class, on the device of the logits to come.
        """


class Averaging(Protocol):
    """The ``averaging`` factor of an arm: which weights are tested and saved."""

    @property
    def renews_statistics(self) -> bool:
        """Whether the statistics of batch normalisations are computed anew for the average, before each test."""

    def share(self, step: int, steps: int, epochs: int) -> float:
        """The share that the newest weights take in their average after a step of the training, 1 for the first, in
        [0, 1]: at 1 it becomes what they are. A function alone of the step, the steps of an epoch, and the epochs.
        """


class Selection(Protocol):
    """The ``selection`` factor of an arm: which epoch's network counts."""

    def parts(self) -> int:
        """Into how many parts the training images are dealt, of which one isn't trained on but chooses; at 0 nothing is
        chosen, else 2 or more.
        """


class Schedule(Protocol):
    """The ``schedule`` factor of an arm: the learning rate from step to step."""

    def share(self, progress: float, epochs: int) -> float:
        """The share of the learning rate that a step gets; a function of its arguments alone, so a run that is resumed
        takes the same steps.

        Args:
            progress: share of all steps that have been made, from 0 to below 1.
            epochs: of the training, for what is given in epochs.

        Raises:
            InvalidStudy: the schedule is longer than the training.
        """
