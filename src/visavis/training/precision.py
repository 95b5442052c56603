"""Which arithmetic to train in, found by trying it on the run's own shapes before the first cell."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from statistics import median

import torch

from visavis.recipe import Loss
from visavis.streams import Stream


class Precision(Enum):
    """The arithmetic of matrix products and convolutions; weights and sums stay in float32 in both."""

    fp32 = "fp32"
    bf16 = "bf16"


@contextmanager
def arithmetic(precision: Precision, device: torch.device) -> Iterator[None]:
    """Within the block, operations run in this precision."""
    with torch.autocast(device.type, torch.bfloat16, enabled=precision is Precision.bf16):
        yield


@dataclass(frozen=True)
class Probe:
    """What the two precisions did on one batch of one model, forward and backward.

    Attributes:
        fp32_seconds, bf16_seconds: medians of a forward and backward pass, taken in turn.
        logit_error: largest difference of the logits, relative to the largest logit.
        gradient_cosine: of the angle between the two gradients.
    """

    fp32_seconds: float
    bf16_seconds: float
    logit_error: float
    gradient_cosine: float


WORTH_IT = 1.1
"""How much faster bf16 has to be to be chosen."""
TOLERATED_ERROR = 0.1
TOLERATED_COSINE = 0.8
"""Ties in max pooling turn early gradients by up to 20 % in norm; a broken kernel turns them anywhere."""
REPEATS = 3
PROBE = Stream(("probe",))
"""Both precisions draw the same noise, should a module draw any."""


def probe(module: torch.nn.Module, batch: torch.Tensor, labels: torch.Tensor, loss: Loss) -> Probe:
    """Times and compares the precisions on a copy of the module.

    Args:
        module: maps the batch to logits; isn't changed.
        batch: preprocessed images as the run will see them.
        labels: int64 [n].
        loss: the recipe's.
    """
    times: dict[Precision, list[float]] = {precision: [] for precision in Precision}
    found = {}
    for _ in range(REPEATS + 1):
        for precision in Precision:
            fresh = copy.deepcopy(module)
            with PROBE.as_global():
                start = time.perf_counter()
                logits = _pass(fresh, batch, labels, loss, precision)
                times[precision].append(time.perf_counter() - start)
            found[precision] = logits, _gradient(fresh)
    logits, gradient = found[Precision.fp32]
    rough_logits, rough_gradient = found[Precision.bf16]
    return Probe(
        median(times[Precision.fp32][1:]),
        median(times[Precision.bf16][1:]),
        float((rough_logits - logits).abs().max() / logits.abs().max()),
        float(torch.nn.functional.cosine_similarity(gradient, rough_gradient, dim=0)),
    )


def _pass(
    module: torch.nn.Module, batch: torch.Tensor, labels: torch.Tensor, loss: Loss, precision: Precision
) -> torch.Tensor:
    """Forward and backward; the logits on the CPU, which waits for the device."""
    module.train()
    with arithmetic(precision, batch.device):
        logits = module(batch)
    logits = logits.float()
    loss(logits, labels).backward()  # type: ignore[no-untyped-call]
    return logits.detach().cpu()


def _gradient(module: torch.nn.Module) -> torch.Tensor:
    return torch.cat([weight.grad.flatten() for weight in module.parameters() if weight.grad is not None]).float().cpu()


def choose(probes: Sequence[Probe]) -> Precision:
    """One precision for all arms: bf16 if it is right for each of them and faster for all of them together."""
    right = all(found.logit_error <= TOLERATED_ERROR and found.gradient_cosine >= TOLERATED_COSINE for found in probes)
    faster = sum(found.fp32_seconds for found in probes) >= WORTH_IT * sum(found.bf16_seconds for found in probes)
    return Precision.bf16 if right and faster else Precision.fp32
