"""What the frozen part of a plan makes of the images: computed once, since nothing in it changes."""

from __future__ import annotations

from collections.abc import Callable

import torch

from visavis.training.folding import folded
from visavis.training.precision import Precision, arithmetic

Preprocess = Callable[[torch.Tensor], torch.Tensor]
BATCH, GPU_BATCH = 64, 512
"""Images at a time where no gradients are needed: a GPU is kept waiting by small batches."""
EXAMPLES = 2
"""Images on which a folded network is compared with the network itself."""


def in_batches(
    module: torch.nn.Module,
    preprocess: Preprocess,
    images: torch.Tensor,
    precision: Precision,
    watch: Callable[[int], None] | None = None,
    device: torch.device | None = None,
) -> torch.Tensor:
    """float32 [n, ...]: a module's outputs for all images, in evaluation mode, without gradients; in float32 on a CPU
    with batch normalisations folded, which gives the same but for rounding in less time.

    Args:
        module: takes preprocessed batches.
        preprocess, images: see ``Model.preprocess``.
        precision: of the module's arithmetic.
        watch: is told how many images are done.
        device: of the module; by default that of the images.
    """
    module.eval()
    outputs, place = [], device or images.device
    size = GPU_BATCH if place.type == "cuda" else BATCH
    with torch.no_grad():
        if place.type == "cpu" and precision is Precision.fp32:
            module = folded(module, _inputs(preprocess, images[:EXAMPLES]))
        for start in range(0, len(images), size):
            outputs.append(forward(module, preprocess, images[start : start + size].to(place), precision))
            if watch is not None:
                watch(min(start + size, len(images)))
    return torch.cat(outputs)


def forward(module: torch.nn.Module, preprocess: Preprocess, batch: torch.Tensor, precision: Precision) -> torch.Tensor:
    """float32 outputs of a batch."""
    inputs = _inputs(preprocess, batch)
    with arithmetic(precision, batch.device):
        outputs: torch.Tensor = module(inputs)
    return outputs.float()


def _inputs(preprocess: Preprocess, batch: torch.Tensor) -> torch.Tensor:
    inputs = preprocess(batch)
    return inputs.contiguous(memory_format=torch.channels_last) if inputs.ndim == 4 else inputs


def as_they_are(features: torch.Tensor) -> torch.Tensor:
    """The preprocessing of features: none."""
    return features
