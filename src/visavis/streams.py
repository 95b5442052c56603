"""The only home of randomness: streams that are named, never shared.

A stream is a path of labels such as ``(seed, "order", epoch)``. Two streams with the same path give the same numbers
on every machine; two streams whose paths differ anywhere are independent. Arms are never part of a path: that is what
pairs them. (The idea is JAX's ``fold_in`` and NumPy's ``SeedSequence.spawn``.)
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def derive(*labels: str | int) -> int:
    """A 63-bit integer that depends on all labels, their order and their types, and on nothing else."""
    path = json.dumps(labels, ensure_ascii=True, separators=(",", ":")).encode()
    return int.from_bytes(hashlib.sha256(path).digest()[:8], "little") >> 1


@dataclass(frozen=True)
class Stream:
    """A named source of randomness; passing it on draws nothing from it.

    Attributes:
        path: the labels that name the stream, outermost first.
    """

    path: tuple[str | int, ...]

    def child(self, *labels: str | int) -> Stream:
        """The stream one or more labels further down."""
        return Stream(self.path + labels)

    def numpy(self) -> np.random.Generator:
        """A fresh NumPy generator at the start of the stream."""
        return np.random.default_rng(derive(*self.path))

    def torch(self) -> torch.Generator:
        """A fresh CPU generator of PyTorch at the start of the stream."""
        import torch

        return torch.Generator().manual_seed(derive(*self.path))

    @contextmanager
    def as_global(self) -> Iterator[None]:
        """Within the block, the global generators of PyTorch, NumPy and Python are this stream; afterwards they are as
        they were before.

        For code that takes no generator, such as a layer's ``reset_parameters`` or dropout.
        """
        import torch

        devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
        seed, python, numpy = derive(*self.path), random.getstate(), np.random.get_state()
        with torch.random.fork_rng(devices=devices):
            random.seed(seed)
            np.random.seed(seed % (1 << 32))  # NumPy's global generator takes no more than 32 bits
            torch.default_generator.manual_seed(seed)
            if devices:
                torch.cuda.manual_seed_all(seed)
            try:
                yield
            finally:
                random.setstate(python)
                np.random.set_state(numpy)


def take_global(device: torch.device) -> dict[str, np.ndarray]:
    """The state of the global generators of PyTorch (the CPU's and the device's), NumPy and Python, as arrays."""
    import torch

    _, keys, *position = np.random.get_state(legacy=True)
    _, words, gauss = random.getstate()
    state = {
        "cpu": torch.get_rng_state().numpy(),
        "numpy keys": np.asarray(keys),
        "numpy position": np.array(position, np.float64),
        "python words": np.array(words, np.int64),
        "python gauss": np.array(np.nan if gauss is None else gauss, np.float64),
    }
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device).numpy()
    return state


def noise_of(stream: Stream, device: torch.device) -> dict[str, np.ndarray]:
    """The state of the global generators at the start of a stream, as ``take_global`` gives it."""
    with stream.as_global():
        return take_global(device)


def changed_generators(before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]) -> list[str]:
    """The generators that something was drawn from between two states that ``take_global`` took."""
    return [name for name in before if not np.array_equal(before[name], after[name], equal_nan=True)]


def restore_global(device: torch.device, state: Mapping[str, np.ndarray]) -> None:
    """Puts back what ``take_global`` took."""
    import torch

    torch.set_rng_state(torch.from_numpy(state["cpu"].copy()))
    position, has_gauss, cached_gaussian = state["numpy position"].tolist()
    np.random.set_state(("MT19937", state["numpy keys"], int(position), int(has_gauss), cached_gaussian))
    gauss = float(state["python gauss"])
    random.setstate((3, tuple(state["python words"].tolist()), None if np.isnan(gauss) else gauss))
    if device.type == "cuda":
        torch.cuda.set_rng_state(torch.from_numpy(state["cuda"].copy()), device)


def root(seed: int, *, again: bool = False) -> Stream:
    """The stream of one seed of a study, from which all of its cells draw.

    Args:
        seed: which.
        again: the seed's other stream, for the control once more (A/A).
    """
    return Stream((seed, "again")) if again else Stream((seed,))
