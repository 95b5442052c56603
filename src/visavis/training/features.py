"""What the frozen part of a plan makes of the images: computed once, since nothing in it changes."""

from __future__ import annotations

from collections.abc import Callable

import torch

from visavis.training.precision import Precision, arithmetic

Preprocess = Callable[[torch.Tensor], torch.Tensor]
BATCH = 64
"""Images at a time, here and wherever else no gradients are needed."""


def in_batches(
    module: torch.nn.Module,
    preprocess: Preprocess,
    images: torch.Tensor,
    precision: Precision,
    watch: Callable[[int], None] | None = None,
) -> torch.Tensor:
    """float32 [n, ...]: a module's outputs for all images, in evaluation mode, without gradients.

    Args:
        module: takes preprocessed batches.
        preprocess, images: see ``Model.preprocess``.
        precision: of the module's arithmetic.
        watch: is told how many images are done.
    """
    module.eval()
    outputs = []
    with torch.no_grad():
        for start in range(0, len(images), BATCH):
            outputs.append(forward(module, preprocess, images[start : start + BATCH], precision))
            if watch is not None:
                watch(min(start + BATCH, len(images)))
    return torch.cat(outputs)


def forward(module: torch.nn.Module, preprocess: Preprocess, batch: torch.Tensor, precision: Precision) -> torch.Tensor:
    """float32 outputs of a batch."""
    inputs = preprocess(batch)
    if inputs.ndim == 4:
        inputs = inputs.contiguous(memory_format=torch.channels_last)
    with arithmetic(precision, batch.device):
        outputs: torch.Tensor = module(inputs)
    return outputs.float()


def as_they_are(features: torch.Tensor) -> torch.Tensor:
    """The preprocessing of features: none."""
    return features
