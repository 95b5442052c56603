"""Tensors that are computed once on a machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from visavis.arrays import cache_folder
from visavis.cells.environment import short_environment
from visavis.describe import digest

Tensors = Mapping[str, torch.Tensor]


def cached_tensors(basis: object, compute: Callable[[], Tensors]) -> Tensors:
    """What was computed from a basis on this machine before; else it is computed and kept.

    Args:
        basis: all that the tensors are made from, but for the machine; can be described.
        compute: gives them.
    """
    key = digest([basis, short_environment(torch.device("cpu"))])
    path = cache_folder() / f"{key[:32]}.safetensors"
    tensors = _read(path)
    if tensors is None:
        tensors = compute()
        _keep(tensors, path)
    return tensors


def _read(path: Path) -> Tensors | None:
    try:
        return load_file(path)
    except (OSError, SafetensorError):
        return None


def _keep(tensors: Tensors, path: Path) -> None:
    """A cache that can't be written costs time, not the run."""
    fresh = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(dict(tensors), fresh)
        fresh.replace(path)
    except OSError:
        return
