"""All that a step begins with: weights, buffers, the optimizer's memory, the noise to come and the sums so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from visavis.errors import TrainingError

MODULE, BUFFER, NOISE, TALLY = "module:", "buffer:", "noise:", "tally:"
STATE, SETTINGS, NUMBER = "state:", "settings:", "number:"
"""Of an optimizer: what it keeps of each parameter, the settings of its groups; and Python's numbers among them."""


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

    def clear(self) -> None:
        """Begins anew, in the same tensors."""
        self.losses.zero_()
        self.hits.zero_()
        self.seconds = 0.0


@dataclass(frozen=True)
class Snapshot:
    """The state between two steps.

    Attributes:
        epoch: the one in work, 1 for the first.
        images_done: images of it that have been trained on; at 0 it begins with the epoch's own noise and empty sums.
        arrays: copies, by name.
    """

    epoch: int
    images_done: int
    arrays: Mapping[str, np.ndarray]


def take_within(
    module: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    epoch: int,
    images_done: int,
    tally: Tally,
    noise: Mapping[str, np.ndarray],
) -> Snapshot:
    """Copies the state in the middle of an epoch, with the state of the generators that the next step draws from."""
    sums = {
        f"{TALLY}losses": tally.losses,
        f"{TALLY}hits": tally.hits,
        f"{TALLY}seconds": torch.tensor(tally.seconds, dtype=torch.float64),
    }
    generators = {f"{NOISE}{name}": state for name, state in noise.items()}
    return Snapshot(epoch, images_done, {**take(module, optimizer, epoch).arrays, **_arrays(sums), **generators})


def restore_within(snapshot: Snapshot, tally: Tally) -> dict[str, np.ndarray]:
    """Puts back the sums; returns the state of the generators that the next step draws from."""
    sums = _with_prefix(TALLY, snapshot)
    tally.losses.copy_(torch.from_numpy(sums["losses"].copy()))
    tally.hits.copy_(torch.from_numpy(sums["hits"].copy()))
    tally.seconds = float(sums["seconds"])
    return _with_prefix(NOISE, snapshot)


def take(module: torch.nn.Module, optimizer: torch.optim.Optimizer, epoch: int) -> Snapshot:
    """Copies the state of a module and its optimizer before an epoch's first step."""
    tensors = {f"{MODULE}{name}": tensor for name, tensor in module.state_dict().items()}
    tensors |= {f"{BUFFER}{name}": buffer for name, buffer in _passing_buffers(module)}
    for prefix, values in _memory(module, optimizer):
        for key, value in values.items():
            if isinstance(value, torch.Tensor):
                tensors[f"{prefix}{key}"] = value
            elif isinstance(value, bool | int | float):
                tensors[f"{NUMBER}{prefix}{key}"] = torch.from_numpy(np.array(value))
    return Snapshot(epoch, 0, _arrays(tensors))


def _memory(module: torch.nn.Module, optimizer: torch.optim.Optimizer) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields all that an optimizer remembers, each with a prefix for its names."""
    for number, parameter in enumerate(module.parameters()):
        if parameter in optimizer.state:
            yield f"{STATE}{number}:", optimizer.state[parameter]
    for number, settings in enumerate(optimizer.param_groups):
        yield f"{SETTINGS}{number}:", settings


def _passing_buffers(module: torch.nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """Yields the buffers that a module keeps out of its ``state_dict``."""
    names = module.state_dict()
    for name, buffer in module.named_buffers():
        if name not in names:
            yield name, buffer


def restore(module: torch.nn.Module, optimizer: torch.optim.Optimizer, snapshot: Snapshot) -> None:
    """Puts a state back.

    Raises:
        TrainingError: it is the state of another module.
    """
    try:
        module.load_state_dict(
            {name: torch.from_numpy(array) for name, array in _with_prefix(MODULE, snapshot).items()}
        )
    except RuntimeError as problem:
        raise TrainingError("the cell's checkpoint is of another network", got=str(problem)) from problem
    buffers, parameters = dict(module.named_buffers()), list(module.parameters())
    for name, array in _with_prefix(BUFFER, snapshot).items():
        buffers[name].copy_(torch.from_numpy(array.copy()))
    on_device = any(group.get("fused") or group.get("capturable") for group in optimizer.param_groups)
    for number, key, value in _optimizer_values(STATE, snapshot):
        parameter = parameters[number]
        memory = _like(parameter, value) if isinstance(value, torch.Tensor) else value
        # Steps are counted on the CPU, but by optimizers whose steps can be recorded.
        if isinstance(memory, torch.Tensor) and (on_device or memory.ndim):
            memory = memory.to(parameter.device)
        optimizer.state[parameter][key] = memory
    for number, key, value in _optimizer_values(SETTINGS, snapshot):
        settings = optimizer.param_groups[number]
        if isinstance(settings.get(key), torch.Tensor):
            settings[key].copy_(torch.as_tensor(value))
        else:
            settings[key] = value


def _optimizer_values(kind: str, snapshot: Snapshot) -> Iterator[tuple[int, str, Any]]:
    """Yields the number of a parameter or a group, the name of a value, and the value."""
    for path, array in _with_prefix(kind, snapshot).items():
        number, key = path.split(":", 1)
        yield int(number), key, torch.from_numpy(array.copy())
    for path, array in _with_prefix(NUMBER + kind, snapshot).items():
        number, key = path.split(":", 1)
        yield int(number), key, array.item()


def _like(parameter: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Laid out in memory as the parameter is, so that the arithmetic is the same to the bit."""
    if value.shape != parameter.shape or not value.ndim:
        return value
    return torch.empty_like(parameter, dtype=value.dtype, requires_grad=False).copy_(value)


def _with_prefix(prefix: str, snapshot: Snapshot) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in snapshot.arrays.items() if name.startswith(prefix)}


def _arrays(tensors: Mapping[str, torch.Tensor]) -> dict[str, np.ndarray]:
    return {name: tensor.detach().to("cpu", copy=True).contiguous().numpy() for name, tensor in tensors.items()}
