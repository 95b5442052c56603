"""What a cell was made from, as digests: the proof that only one thing differs."""

from __future__ import annotations

import hashlib

import torch

from visavis.describe import Plain, array_digest, digest, text_digest
from visavis.interfaces import ImageData, Plan, Split


def data_fingerprints(data: ImageData) -> dict[str, str]:
    """Digests of the decoded images and labels of both parts, before any intervention."""
    return {
        "train images": array_digest(data.train.images),
        "test images": array_digest(data.test.images),
        "train labels": _split_digest(data.train),
        "test labels": _split_digest(data.test),
        "classes": digest(data.classes),
    }


def _split_digest(split: Split) -> str:
    return text_digest(array_digest(split.labels) + array_digest(split.ids))


def weights_fingerprint(module: torch.nn.Module) -> dict[str, str]:
    """A digest of each tensor of a module's state, parameters and buffers alike, by name."""
    return {name: _tensor_digest(tensor) for name, tensor in sorted(module.state_dict().items())}


def _tensor_digest(tensor: torch.Tensor) -> str:
    content = tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
    return hashlib.sha256(f"{tensor.dtype}{tuple(tensor.shape)}".encode() + content.tobytes()).hexdigest()[:16]


def plan_fingerprint(plan: Plan) -> str:
    """A digest of what is trained with which learning rate."""
    groups: list[Plain] = [[group.name, list(group.parameters), group.lr] for group in plan.groups]
    return digest(groups)
