"""How fast a machine multiplies matrices, and how much arithmetic a network takes."""

from __future__ import annotations

import time
from statistics import median

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

SIDE, REPEATS = 1536, 5


def matrix_speed(dtype: torch.dtype = torch.float32) -> float:
    """GFLOP/s of this machine's matrix product on the CPU, at this moment."""
    first, second = (torch.randn(SIDE, SIDE, dtype=dtype) for _ in range(2))
    torch.mm(first, second)
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        torch.mm(first, second)
        times.append(time.perf_counter() - start)
    return 2 * SIDE**3 / median(times) / 1e9


def work_of_asking(network: nn.Module, batch: torch.Tensor) -> float:
    """GFLOP for an image of the batch: multiplications and additions of products and convolutions."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(batch)
    return counter.get_total_flops() / len(batch) / 1e9


def work_of_training(network: nn.Module, batch: torch.Tensor) -> float:
    """The same, forward and backward to what is trained."""
    with FlopCounterMode(display=False) as counter:
        network(batch).sum().backward()
    return counter.get_total_flops() / len(batch) / 1e9
