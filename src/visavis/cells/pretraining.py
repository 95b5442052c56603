"""Weights that a study makes for itself: the same model, trained on other images first."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from visavis.cells.assemble import assemble
from visavis.cells.cache import cached_tensors
from visavis.cells.fingerprints import data_fingerprints
from visavis.cells.in_memory import train
from visavis.checks import excerpt, require, require_part
from visavis.data import Dataset, ImageData, load_data
from visavis.design.arm import Arm
from visavis.interfaces import Loaded
from visavis.parts.models.weights import tensors_digest


@dataclass(frozen=True)
class TrainedOn:
    """What a model learns from a data set, as the start of another study; trained once and cached.

    Attributes:
        arm: how it learns, in float32 on the CPU; its name is what the report calls the weights, its model the network
            that they are for.
        data: the images to learn from first.
        seed: which initialisation and order.
    """

    arm: Arm
    data: Dataset
    seed: int = 0

    def __post_init__(self) -> None:
        require_part(self.data, "weights.data", "load", "visavis.datasets.open('glyphs')")
        require(isinstance(self.arm, Arm), "weights.arm", excerpt(self.arm), "a visavis.Arm")

    def load(self, architecture: str) -> tuple[Mapping[str, torch.Tensor], Loaded]:  # noqa: ARG002
        """See ``Weights.load``."""
        data = load_data(self.data)
        tensors = cached_tensors([self, data_fingerprints(data)], lambda: self._train(data))
        return tensors, Loaded(f"{self.arm.name}, trained for {self.arm.epochs} epochs", tensors_digest(tensors))

    def _train(self, data: ImageData) -> dict[str, torch.Tensor]:
        cell = assemble(self.arm, self.seed, data, "pre-training")
        deque(train(cell), maxlen=0)
        state = cell.network.backbone.state_dict()
        return {f"backbone.{name}": tensor.contiguous().clone() for name, tensor in state.items()}
