"""Images through a module: the forward pass of training, of tests and of frozen parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch

from visavis.training.fast.folding import fold
from visavis.training.fast.precision import Precision, arithmetic

Preprocess = Callable[[torch.Tensor], torch.Tensor]
BATCH, GPU_BATCH = 64, 512
"""Images at a time where no gradients are needed: a GPU is kept waiting by small batches."""
EXAMPLES = 2
"""Images on which a folded network is compared with the network itself."""


def tensor_of(array: np.ndarray) -> torch.Tensor:
    """An array as a tensor on the CPU, which shares its memory where it is contiguous and writable; else of a copy.

    PyTorch warns of arrays that can't be written to, as a file mapped for reading is, since every tensor can be; and it
    refuses negative strides, as mirrored images have.
    """
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))


def through(
    module: torch.nn.Module,
    preprocess: Preprocess,
    images: torch.Tensor,
    precision: Precision,
    device: torch.device | None = None,
) -> Iterator[torch.Tensor]:
    """Yields a module's outputs batch by batch, float32 [n, ...], in evaluation mode, without gradients; in float32 on
    a CPU with batch normalisations folded, which gives the same but for rounding in less time.

    Args:
        module: takes preprocessed batches.
        preprocess, images: see ``Model.preprocess``.
        precision: of the module's arithmetic.
        device: of the module; by default that of the images.
    """
    module.eval()
    device = device or images.device
    size = GPU_BATCH if device.type == "cuda" else BATCH
    if device.type == "cpu" and precision is Precision.fp32:
        with torch.no_grad():
            module = fold(module, _inputs(preprocess, images[:EXAMPLES]))
    for start in range(0, len(images), size):
        with torch.no_grad():  # not around the loop: who iterates has its own mode
            outputs = forward(module, preprocess, images[start : start + size].to(device), precision)
        yield outputs


def in_batches(
    module: torch.nn.Module,
    preprocess: Preprocess,
    images: torch.Tensor,
    precision: Precision,
    device: torch.device | None = None,
) -> torch.Tensor:
    """float32 [n, ...]: what ``through`` yields, in one piece."""
    return torch.cat(list(through(module, preprocess, images, precision, device)))


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
