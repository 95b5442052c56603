"""A model whose backbone starts from pre-trained weights; its head is new."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import nn

from visavis.checks import require_part
from visavis.data import ImageShape
from visavis.errors import WeightsError
from visavis.interfaces import Model, Network, Weights
from visavis.parts.models.adaptation import adapt
from visavis.quantities import some_text
from visavis.streams import Stream

COUNTER = "num_batches_tracked"
"""Older files lack these counters of batch normalisation, and nothing depends on them."""
MOST_NAMED = 5
"""Tensors that an error names."""


@dataclass(frozen=True)
class Pretrained:
    """Another model with the weights of its backbone loaded; the head is drawn from the stream, as ever.

    Attributes:
        model: the architecture with its preprocessing.
        weights: where they come from.
    """

    model: Model
    weights: Weights

    def __post_init__(self) -> None:
        require_part(self.model, "model.model", "build", "visavis.parts.models.TorchvisionModel('resnet18')")
        require_part(self.weights, "model.weights", "load", "visavis.parts.models.WeightsFile('resnet18.pth')")

    def build(self, shape: ImageShape, classes: int, stream: Stream) -> Network:
        """See ``Model.build``."""
        network = self.model.build(shape, classes, stream)
        tensors, provenance = self.weights.load(getattr(self.model, "architecture", type(self.model).__name__))
        notes = () if tensors is None else put_into(network, tensors, provenance.source)
        source = f"{provenance.source} ({', '.join(notes)})" if notes else provenance.source
        return replace(network, loaded=replace(provenance, source=source))

    def preprocess(self, images: torch.Tensor) -> torch.Tensor:
        """See ``Model.preprocess``."""
        return self.model.preprocess(images)


def put_into(network: Network, tensors: Mapping[str, torch.Tensor], source: str) -> tuple[str, ...]:
    """Loads a backbone; tensors of a head, of any number of classes, are left alone.

    Args:
        network: its backbone is changed.
        tensors: by the architecture's own names, or others that ``adapt`` knows.
        source: what to call them in errors.

    Returns:
        Phrases on what was changed in names and types.

    Raises:
        WeightsError: a tensor is missing, is of another shape or type, or belongs nowhere.
    """
    expected = network.backbone.state_dict()
    names = [name for name in expected if not name.endswith(COUNTER)]
    adaptation = adapt(tensors, expected, (network.head_name, *network.other_heads), names)
    state = OrderedDict(adaptation.tensors)
    problems = [f"{name} is missing" for name in names if name not in state]
    problems += [f"{name} belongs nowhere" for name in state if name not in expected]
    problems += [
        f"{name} is {_kind(state[name])} instead of {_kind(expected[name])}"
        for name in expected
        if name in state and _kind(state[name]) != _kind(expected[name])
    ]
    problems += [
        f"{name} holds numbers that aren't finite"
        for name, tensor in state.items()
        if name in expected and tensor.is_floating_point() and not bool(torch.isfinite(tensor).all())
    ]
    if problems:
        raise WeightsError(
            f"the weights in {source} aren't those of this network",
            got=some_text(problems, MOST_NAMED),
            expected=f"{len(expected)} tensors of the backbone",
            do="check that the file belongs to this architecture",
        )
    state._metadata = expected._metadata  # type: ignore[attr-defined]  # the names are those of today's modules
    # not strict for the sake of the counters: all else has been compared above
    network.backbone.load_state_dict(state, strict=False)
    return adaptation.notes


def _kind(tensor: torch.Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"


def features_of(backbone: nn.Module, images: torch.Tensor) -> int:
    """How many features a backbone gives for each image, found by asking it.

    Raises:
        RuntimeError, ValueError: as the backbone does where it can't take the images.
    """
    backbone.eval()
    with torch.no_grad():
        return int(backbone(images).shape[1])
