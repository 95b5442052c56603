"""What a cell was made from, as digests: the proof that only one thing differs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict

import torch

from visavis.data import ImageData, Split
from visavis.describe import array_digest, digest, text_digest
from visavis.interfaces import Network, Plan


def seen_fingerprint(data: ImageData) -> str:
    """A digest of the images of both parts, as an arm sees them."""
    return text_digest(array_digest(data.train.images) + array_digest(data.test.images))


def data_fingerprints(data: ImageData) -> dict[str, str]:
    """Digests of the decoded images and labels of both parts, before any intervention."""
    train, test = split_fingerprints(data.train), split_fingerprints(data.test)
    return {
        "train images": train["images"],
        "test images": test["images"],
        "train labels": train["labels"],
        "test labels": test["labels"],
        "classes": digest(data.classes),
    }


def split_fingerprints(split: Split) -> dict[str, str]:
    """Digests of a part: of its images, and of its labels with the images' names."""
    return {
        "images": array_digest(split.images),
        "labels": text_digest(array_digest(split.labels) + array_digest(split.ids)),
    }


def tests_fingerprints(split: Split) -> dict[str, str]:
    """Digests of further test images: the same, and of the groups that decide on their intervals."""
    return {**split_fingerprints(split), "groups": array_digest(split.groups)}


def weights_fingerprint(network: Network) -> dict[str, str]:
    """A digest of each tensor of a network, parameters and buffers alike, by name."""
    return {name: tensor_digest(tensor) for name, tensor in sorted(network.tensors().items())}


def tensors_fingerprint(tensors: Mapping[str, torch.Tensor]) -> str:
    """One digest of tensors with their names."""
    return digest({name: tensor_digest(tensor) for name, tensor in tensors.items()})


def tensor_digest(tensor: torch.Tensor) -> str:
    """The start of the SHA-256 of a tensor's type, shape and bytes."""
    content = tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
    return hashlib.sha256(f"{tensor.dtype}{tuple(tensor.shape)}".encode() + content.tobytes()).hexdigest()[:16]


def plan_fingerprint(plan: Plan) -> str:
    """A digest of what is trained with which learning rate, and of what the strategy made of the network for it."""
    groups = [asdict(group) for group in plan.groups]
    modules = [repr(plan.trained), repr(plan.frozen), tensors_fingerprint(plan.trained.state_dict())]
    return digest([groups, list(plan.untrained), modules])
