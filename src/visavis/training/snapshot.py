"""All that a step begins with: weights, buffers, the optimizer's memory, the noise to come and the sums so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from visavis.errors import TrainingError

MODULE, OPTIMIZER, NUMBER, NOISE, TALLY = "module:", "optimizer:", "number:", "noise:", "tally:"


@dataclass
class Tally:
    """What an epoch sums up over its steps, on the device.

    Attributes:
        losses: float64, of all images.
        hits: int64, images that were right before the step.
        seconds: of training.
    """

    losses: torch.Tensor
    hits: torch.Tensor
    seconds: float = 0.0

    @classmethod
    def on(cls, device: torch.device) -> Tally:
        """Nothing yet."""
        losses = torch.zeros((), dtype=torch.float64, device=device)
        return cls(losses, torch.zeros((), dtype=torch.int64, device=device))


@dataclass(frozen=True)
class Snapshot:
    """The state between two steps.

    Attributes:
        epoch: the one in work, 1 for the first.
        done: images of it that have been trained on; at 0 it begins with the epoch's own noise and empty sums.
        arrays: copies, by name.
    """

    epoch: int
    done: int
    arrays: Mapping[str, np.ndarray]


def take_within(
    module: torch.nn.Module, optimizer: torch.optim.Optimizer, epoch: int, done: int, tally: Tally
) -> Snapshot:
    """Copies the state in the middle of an epoch, with the state of PyTorch's global generators."""
    whole = take(module, optimizer, epoch)
    tensors = {
        f"{NOISE}cpu": torch.get_rng_state(),
        f"{TALLY}losses": tally.losses,
        f"{TALLY}hits": tally.hits,
        f"{TALLY}seconds": torch.tensor(tally.seconds, dtype=torch.float64),
    }
    if tally.losses.is_cuda:
        tensors[f"{NOISE}cuda"] = torch.cuda.get_rng_state(tally.losses.device)
    return Snapshot(epoch, done, {**whole.arrays, **{name: _array(tensor) for name, tensor in tensors.items()}})


def restore_within(snapshot: Snapshot, tally: Tally) -> None:
    """Puts back the sums, and PyTorch's global generators, which have to be an epoch's own just now."""
    kept = {name: torch.from_numpy(array.copy()) for name, array in snapshot.arrays.items()}
    tally.losses.copy_(kept[f"{TALLY}losses"])
    tally.hits.copy_(kept[f"{TALLY}hits"])
    tally.seconds = float(kept[f"{TALLY}seconds"])
    torch.set_rng_state(kept[f"{NOISE}cpu"])
    if f"{NOISE}cuda" in kept:
        torch.cuda.set_rng_state(kept[f"{NOISE}cuda"], tally.losses.device)


def take(module: torch.nn.Module, optimizer: torch.optim.Optimizer, epoch: int) -> Snapshot:
    """Copies the state of a module and its optimizer before an epoch's first step."""
    tensors = {f"{MODULE}{name}": tensor for name, tensor in module.state_dict().items()}
    for name, parameter in module.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            if isinstance(value, torch.Tensor):
                tensors[f"{OPTIMIZER}{name}:{key}"] = value
            elif isinstance(value, int | float):
                tensors[f"{NUMBER}{name}:{key}"] = torch.tensor(value, dtype=torch.float64)
    return Snapshot(epoch, 0, {name: _array(tensor) for name, tensor in tensors.items()})


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
