"""Which arithmetic to train in, found by trying it on the run's own shapes before the first cell."""

from __future__ import annotations

import copy
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import Enum
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

import torch

from visavis.interfaces import Criterion, Plan
from visavis.results import Probe as Probe
from visavis.streams import Stream

if TYPE_CHECKING:
    from visavis.training.fast.cuda_graphs import Recorder


class Precision(Enum):
    """The arithmetic of matrix products and convolutions; weights and sums stay in float32 in both."""

    fp32 = "fp32"
    bf16 = "bf16"


def settle_arithmetic(*, deterministic: bool = False) -> None:
    """Has float32 convolutions on a GPU computed in float32, and not in the TF32 that PyTorch takes for them, for the
    life of the process.

    Args:
        deterministic: whether PyTorch is held to operations that give the same bits again.
    """
    torch.backends.cudnn.allow_tf32 = False
    if deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.benchmark = False


@contextmanager
def arithmetic(precision: Precision, device: torch.device) -> Iterator[None]:
    """Within the block, operations run in this precision."""
    with torch.autocast(device.type, torch.bfloat16, enabled=precision is Precision.bf16):
        yield


WORTH_IT = 1.1
"""How much faster bf16 has to be to be chosen."""
TOLERATED_ERROR = 0.25
TOLERATED_COSINE = 0.7
"""Rounding alone came to an error of .12 and a cosine of .85 on a pre-trained ResNet18 (its normalisations follow the
batch, and ties in max pooling turn gradients); a wrong kernel comes to an error around 1 and a cosine around 0.
"""
REPEATS = 3
LONG_ENOUGH = 4.0
"""Repeats, and the seconds after which one is enough; the first pass of each precision isn't timed."""
CLEAR = 1.5
"""How many times as fast one precision has to be as what would turn the choice, for one repeat to be enough."""
SCOUTS, HOPELESS = 8, 3.0
"""Images of a first look, and how many times as long bf16 takes there where no more has to be looked at: processors
without bfloat16 take 15 times as long, which on a whole batch is a minute.
"""
PROBE = Stream(("probe",))
"""What is timed draws its noise from it, should a module draw any: the same each time, and nobody else's."""


def probe(
    plan: Plan, batch: torch.Tensor, labels: torch.Tensor, criterion: Criterion, recorder: Recorder | None = None
) -> Probe:
    """Times and compares the precisions on a copy of what the plan trains, behind what it has frozen.

    Args:
        plan: has entered an epoch; its weights aren't changed.
        batch: preprocessed images as the run will see them.
        labels: int64 [n].
        criterion: what training minimises.
        recorder: of the device, where the run's own steps are recorded: asking for each operation takes as long in
            both precisions, and would hide what they differ in.
    """
    scout = _compare(plan, batch[:SCOUTS], labels[:SCOUTS], criterion, None, repeats=1)
    if len(batch) <= SCOUTS or scout.bf16_seconds > HOPELESS * scout.fp32_seconds:
        scale = len(batch) / min(len(batch), SCOUTS)
        return replace(scout, fp32_seconds=scale * scout.fp32_seconds, bf16_seconds=scale * scout.bf16_seconds)
    return _compare(plan, batch, labels, criterion, recorder, repeats=REPEATS)


def _compare(
    plan: Plan,
    batch: torch.Tensor,
    labels: torch.Tensor,
    criterion: Criterion,
    recorder: Recorder | None,
    *,
    repeats: int,
) -> Probe:
    outcomes, passes = {}, {}
    start_of_all = time.perf_counter()
    # A recording holds nothing but addresses: the copies have to stay until the last pass.
    copies = {precision: copy.deepcopy(plan.trained) for precision in Precision}
    for precision, module in copies.items():
        work = partial(one_pass, plan.frozen, module, batch, labels, criterion, precision)
        with PROBE.as_global():
            outcomes[precision] = work().cpu(), _gradient(module)
            passes[precision] = _recorded(work, recorder)
    with PROBE.as_global():
        times = _times(passes, batch.device, start_of_all, repeats)
    logits, gradient = outcomes[Precision.fp32]
    rough_logits, rough_gradient = outcomes[Precision.bf16]
    return Probe(
        times[Precision.fp32],
        times[Precision.bf16],
        _relative_error(rough_logits, logits),
        float(torch.nn.functional.cosine_similarity(gradient, rough_gradient, dim=0)),
    )


def _recorded(work: Callable[[], object], recorder: Recorder | None) -> Callable[[], object]:
    """The work as the run will have it done; as it is where it can't be recorded."""
    if recorder is None:
        return work
    try:
        recorder.run([work])
        return recorder.record([work])
    except Exception:  # modules raise whatever comes to hand while they are recorded
        return work


def _times(
    passes: Mapping[Precision, Callable[[], object]], device: torch.device, start_of_all: float, repeats: int
) -> dict[Precision, float]:
    """Median seconds of each, taken in turn."""
    times: dict[Precision, list[float]] = {precision: [] for precision in passes}
    for turn in range(repeats):
        if turn and (_is_clear(times) or time.perf_counter() - start_of_all > LONG_ENOUGH):
            break
        for precision, work in passes.items():
            start = time.perf_counter()
            work()
            if device.type == "cuda":
                torch.cuda.synchronize()
            times[precision].append(time.perf_counter() - start)
    return {precision: median(seconds) for precision, seconds in times.items()}


def _is_clear(times: Mapping[Precision, Sequence[float]]) -> bool:
    gain = min(times[Precision.fp32]) / (WORTH_IT * min(times[Precision.bf16]))
    return not 1 / CLEAR < gain < CLEAR


def _relative_error(rough: torch.Tensor, exact: torch.Tensor) -> float:
    """The largest difference, relative to the largest number; a network may begin with logits that are all zero."""
    difference, largest = float((rough - exact).abs().max()), float(exact.abs().max())
    return difference / largest if largest > 0 else float(difference > 0)


def one_pass(
    frozen: torch.nn.Module | None,
    trained: torch.nn.Module,
    batch: torch.Tensor,
    labels: torch.Tensor,
    criterion: Criterion,
    precision: Precision,
) -> torch.Tensor:
    """Forward and backward.

    Args:
        frozen, trained: of a plan.
        batch: preprocessed images.
        labels: int64 [n].
        criterion: what training minimises.
        precision: of the arithmetic.

    Returns:
        The logits.
    """
    with arithmetic(precision, batch.device):
        if frozen is not None:
            with torch.no_grad():
                batch = frozen.eval()(batch)
        logits = trained(batch)
    logits = logits.float()
    criterion(logits, labels).backward()  # type: ignore[no-untyped-call]
    return logits.detach()


def _gradient(module: torch.nn.Module) -> torch.Tensor:
    return torch.cat([weight.grad.flatten() for weight in module.parameters() if weight.grad is not None]).float().cpu()


def choose(probes: Sequence[Probe]) -> Precision:
    """One precision for all arms: bf16 if it is right for each of them and faster for all of them together; fp32 where
    nothing could be probed.
    """
    right = all(probe.logit_error <= TOLERATED_ERROR and probe.gradient_cosine >= TOLERATED_COSINE for probe in probes)
    faster = sum(probe.fp32_seconds for probe in probes) >= WORTH_IT * sum(probe.bf16_seconds for probe in probes)
    return Precision.bf16 if probes and right and faster else Precision.fp32
