"""All that an epoch begins with: weights, buffers and the optimizer's memory, as arrays by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from visavis.errors import TrainingError

MODULE, OPTIMIZER = "module:", "optimizer:"


@dataclass(frozen=True)
class Snapshot:
    """The state after an epoch.

    Attributes:
        epoch: 1 for the first.
        arrays: copies, by name.
    """

    epoch: int
    arrays: Mapping[str, np.ndarray]


def take(module: torch.nn.Module, optimizer: torch.optim.Optimizer, epoch: int) -> Snapshot:
    """Copies the state of a module and its optimizer."""
    tensors = {f"{MODULE}{name}": tensor for name, tensor in module.state_dict().items()}
    for name, parameter in module.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            if isinstance(value, torch.Tensor):
                tensors[f"{OPTIMIZER}{name}:{key}"] = value
    return Snapshot(epoch, {name: _array(tensor) for name, tensor in tensors.items()})


def restore(module: torch.nn.Module, optimizer: torch.optim.Optimizer, snapshot: Snapshot) -> None:
    """Puts a state back.

    Raises:
        TrainingError: it is the state of another module.
    """
    state = {
        name.removeprefix(MODULE): torch.from_numpy(array)
        for name, array in snapshot.arrays.items()
        if name.startswith(MODULE)
    }
    try:
        module.load_state_dict(state)
    except RuntimeError as problem:
        raise TrainingError("the cell's checkpoint is of another network", got=str(problem)) from problem
    for name, parameter in module.named_parameters():
        start = f"{OPTIMIZER}{name}:"
        for key, array in snapshot.arrays.items():
            if key.startswith(start):
                # laid out in memory as the parameter is, so that the arithmetic is the same to the bit
                value = torch.empty_like(parameter, requires_grad=False) if array.shape == parameter.shape else None
                tensor = torch.from_numpy(array.copy())
                optimizer.state[parameter][key.removeprefix(start)] = tensor if value is None else value.copy_(tensor)


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().to("cpu", copy=True).contiguous().numpy()
