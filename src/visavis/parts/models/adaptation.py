"""Tensors as other programs name and store them -> the names and types of a network; all that was changed is told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from visavis.quantities import count, list_text

OLD_DENSENET = re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\.\w+)$")
"""Names that torchvision's files of DenseNets still have, with a point that the modules no longer have."""
TRANSFORMERS_RESNET = re.compile(r"^(?:resnet\.)?(?:embedder\.embedder|encoder\.stages)\.")
BLOCK = re.compile(
    r"^encoder\.stages\.(\d+)\.layers\.(\d+)\.(layer\.(\d+)|shortcut)\.(convolution|normalization)\.(\w+)$"
)
STEM = re.compile(r"^embedder\.embedder\.(convolution|normalization)\.(\w+)$")
"""Names of Hugging Face's ResNets."""


@dataclass(frozen=True)
class Adaptation:
    """Tensors by a network's own names.

    Attributes:
        tensors: by name.
        notes: phrases on field was changed for it.
    """

    tensors: Mapping[str, torch.Tensor]
    notes: tuple[str, ...] = ()


def adapt(
    tensors: Mapping[str, torch.Tensor],
    expected: Mapping[str, torch.Tensor],
    heads: Sequence[str],
    names: Sequence[str],
) -> Adaptation:
    """The tensors of a backbone, in its types.

    Args:
        tensors: by the names that they have in their file: the architecture's own, those with a prefix before each,
            those of a saved cell (``backbone.``, ``head.``), or those of the same ResNet in Hugging Face's library
            transformers.
        expected: the backbone's own tensors.
        heads: names of the head and of other heads, whose tensors are left out.
        names: names of the tensors that have to be there.
    """
    notes: list[str] = []
    if any(TRANSFORMERS_RESNET.match(name) for name in tensors):
        tensors = {_from_transformers(name): tensor for name, tensor in tensors.items()}
        notes.append("named as in transformers")
    prefix = _prefix(tensors, names)
    prefixed = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    outside = len(tensors) - len(prefixed)
    own_heads = tuple(f"{name}." for name in heads)
    state = {
        OLD_DENSENET.sub(r"\1\2", name): value for name, value in prefixed.items() if not name.startswith(own_heads)
    }
    if prefix == "backbone.":  # a saved cell, or a network that is made like one: the rest is its head
        outside = 0
    elif prefix:
        notes.append(f"prefix {prefix.removesuffix('.')} removed")
    if outside:
        notes.append(f"{count(outside, 'other tensor')} passed over")
    casts = {
        name: expected[name].dtype
        for name, value in state.items()
        if name in expected and _is_cast(value, expected[name])
    }
    if casts:
        kinds = sorted({str(state[name].dtype).removeprefix("torch.") for name in casts})
        notes.append(f"cast from {list_text(kinds)}")
    return Adaptation(
        {name: value.to(casts[name]) if name in casts else value for name, value in state.items()}, tuple(notes)
    )


def _prefix(tensors: Mapping[str, torch.Tensor], names: Sequence[str]) -> str:
    """What stands before every names name; empty where nothing does, or where it can't be told."""
    if not names or names[0] in tensors:
        return ""
    ending = f".{names[0]}"
    candidates = [name.removesuffix(names[0]) for name in tensors if name.endswith(ending)]
    whole = [prefix for prefix in candidates if all(f"{prefix}{name}" in tensors for name in names)]
    if len(whole) == 1:
        return whole[0]
    common = [prefix for prefix in candidates if all(name.startswith(prefix) for name in tensors)]
    return common[0] if not whole and common else ""


def _is_cast(tensor: torch.Tensor, expected: torch.Tensor) -> bool:
    return tensor.dtype != expected.dtype and tensor.is_floating_point() and expected.is_floating_point()


def _from_transformers(name: str) -> str:
    """torchvision's name for a tensor of Hugging Face's ResNet; another name stays."""
    bare = name.removeprefix("resnet.")
    stem, block = STEM.match(bare), BLOCK.match(bare)
    if stem:
        return f"{'conv1' if stem[1] == 'convolution' else 'bn1'}.{stem[2]}"
    if block is None:
        return "fc." + bare.removeprefix("classifier.1.") if bare.startswith("classifier.1.") else name
    stage, layer, _, number, kind, field = block.groups()
    block_name = f"layer{int(stage) + 1}.{layer}"
    if number is None:
        return f"{block_name}.downsample.{0 if kind == 'convolution' else 1}.{field}"
    return f"{block_name}.{'conv' if kind == 'convolution' else 'bn'}{int(number) + 1}.{field}"
