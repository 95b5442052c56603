"""All that an epoch begins with: weights, buffers and the optimizer's memory, as arrays by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from visavis.errors import TrainingError

MODULE, OPTIMIZER, NUMBER = "module:", "optimizer:", "number:"


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
            elif isinstance(value, int | float):
                tensors[f"{NUMBER}{name}:{key}"] = torch.tensor(value, dtype=torch.float64)
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
    parameters = dict(module.named_parameters())
    for place, array in snapshot.arrays.items():
        kind, name, key = (*place.split(":", 2), "")[:3]
        if f"{kind}:" == NUMBER:
            optimizer.state[parameters[name]][key] = array.item()
        elif f"{kind}:" == OPTIMIZER:
            optimizer.state[parameters[name]][key] = _like(parameters[name], torch.from_numpy(array.copy()))


def _like(parameter: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Laid out in memory as the parameter is, so that the arithmetic is the same to the bit."""
    if value.shape != parameter.shape:
        return value
    return torch.empty_like(parameter, requires_grad=False).copy_(value)


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().to("cpu", copy=True).contiguous().numpy()
