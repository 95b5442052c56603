"""What threads and bf16 gain on a study's own networks, before its first cell."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import torch

from visavis.cells import Rehearsal, images_gone_through, rehearse_pass, rehearse_speed
from visavis.data import ImageData
from visavis.describe import digest
from visavis.design.arm import Arm
from visavis.design.study import Study
from visavis.errors import first_line
from visavis.events import Watch
from visavis.events.runs import FewerThreads, Preparation, ProbeFailed
from visavis.training import PROBE, Precision, Probe, choose, choose_threads

STEP_IN_PASSES = 3
"""Forward passes that a step takes as long as, with its gradients."""
SHORT_PASS = 0.15
"""Seconds of the cores' time for a batch, forward and backward, up to which threads are tried: a small network's takes
.01 to .1 s. By the clock it takes ten times as long on a machine that others fill, and says little of the network.
"""


def settle_pace(
    study: Study,
    data: ImageData,
    rehearsals: Mapping[str, Rehearsal],
    device: torch.device,
    wish: Precision | None,
    watch: Watch,
    *,
    are_threads_given: bool,
) -> tuple[Precision, dict[str, Probe]]:
    """Sets this process's threads and finds the precision, each tried with the other.

    Args:
        study, data: what is trained, and on what, of the first seed.
        rehearsals: by arm.
        device: to train on.
        wish: the precision, where it needn't be tried.
        watch: is told of it.
        are_threads_given: whether these needn't be tried.

    Returns:
        The precision, and the probes by arm; none where there was a wish.
    """
    # Threads first: where more of them wait for a core than there are, waiting hides what bf16 gains.
    if not are_threads_given:
        _use_threads(fewer_threads(study, data, rehearsals, wish or Precision.fp32, watch), watch)
    if wish:
        return wish, {}
    probes = probe_arms(study, data, rehearsals, device, watch)
    precision = choose(list(probes.values()))
    if precision is not Precision.fp32 and not are_threads_given:  # its steps are shorter
        _use_threads(fewer_threads(study, data, rehearsals, precision, watch), watch)
    return precision, probes


def _use_threads(count: int, watch: Watch) -> None:
    """Has this process compute with so many threads, and says so where it could have more."""
    most = torch.get_num_threads()
    if count < most:
        torch.set_num_threads(count)
        watch(FewerThreads(count, most))


def probe_arms(
    study: Study, data: ImageData, rehearsals: Mapping[str, Rehearsal], device: torch.device, watch: Watch
) -> dict[str, Probe]:
    """One probe for each model, with a frozen backbone and without, by arm. An arm that can't be probed has no say: its
    cells meet the same trouble, and tell it.
    """
    probes: dict[str, Probe] = {}
    for arm in _one_of_each_kind(study, rehearsals):
        watch(Preparation("probing fp32 and bf16", arm.name))
        try:
            probes[arm.name] = rehearse_speed(arm, study.seeds[0], data, device)
        except Exception as problem:
            watch(ProbeFailed(arm.name, f"{type(problem).__name__}: {first_line(problem)}"))
    return probes


def fewer_threads(
    study: Study, data: ImageData, rehearsals: Mapping[str, Rehearsal], precision: Precision, watch: Watch
) -> int:
    """How many of this process's threads a step on the CPU is worth. They are tried where steps are short: in long ones
    it doesn't count that threads wait for each other. Arms whose backbone is frozen have no say, their heads are small.

    Args:
        study, data: what is trained, and on what, of the first seed.
        rehearsals: by arm.
        precision: of the training.
        watch: is told of it.
    """
    most = torch.get_num_threads()
    arms = [arm for arm in _one_of_each_kind(study, rehearsals) if not rehearsals[arm.name].has_frozen]
    if most == 1 or not arms:
        return most
    try:
        with PROBE.as_global():  # of modules that draw noise
            passes = [rehearse_pass(arm, study.seeds[0], data, precision) for arm in arms]
            if max(map(_core_seconds, passes)) > SHORT_PASS:
                return most
            watch(Preparation("trying fewer threads"))
            return choose_threads(passes, most)
    except Exception:  # what fails here fails in a cell, too, and is told there
        return most


def _core_seconds(work: Callable[[], object]) -> float:
    """Of all threads together, that work takes when it is done for the second time."""
    work()
    start = time.process_time()
    work()
    return time.process_time() - start


def _one_of_each_kind(study: Study, rehearsals: Mapping[str, Rehearsal]) -> list[Arm]:
    """The first arm of each kind."""
    return list({_kind(arm, rehearsals): arm for arm in reversed(study.trained_arms)}.values())[::-1]


def estimated_seconds(
    study: Study,
    data: ImageData,
    probes: Mapping[str, Probe],
    rehearsals: Mapping[str, Rehearsal],
    precision: Precision,
) -> float | None:
    """About how long all cells take: their steps, and tests after each epoch; what is frozen goes over each image once.

    Args:
        study, data: what is trained, and on what, of the first seed.
        probes: by arm, one for each kind.
        rehearsals: by arm.
        precision: of the training.

    Returns:
        None where a kind of arm wasn't probed.
    """
    paces: dict[tuple[str, bool], float] = {}
    for arm in study.trained_arms:
        if (probe := probes.get(arm.name)) is not None:
            seconds = probe.bf16_seconds if precision is Precision.bf16 else probe.fp32_seconds
            paces[_kind(arm, rehearsals)] = seconds / arm.batch_size
    total, once = 0.0, set[tuple[str, bool]]()
    steps = dict[str, float]()  # images that one cell goes through
    for arm, _ in study.cells(study.seeds):
        kind = _kind(arm, rehearsals)
        pace = paces.get(kind)
        if pace is None:
            return None
        if not kind[1]:
            if arm.name not in steps:
                tested = arm.epochs * len(data.test) / STEP_IN_PASSES
                steps[arm.name] = images_gone_through(arm, study.seeds[0], data) + tested
            total += steps[arm.name] * pace
        elif kind not in once:
            once.add(kind)
            total += (len(data.train) + len(data.test)) * pace
    return total


def _kind(arm: Arm, rehearsals: Mapping[str, Rehearsal]) -> tuple[str, bool]:
    """The network, and whether a frozen part goes before what is trained."""
    return digest(arm.model), rehearsals[arm.name].has_frozen


def speedup(probes: Mapping[str, Probe]) -> float | None:
    """How many times as fast bf16 is for all of them together; None where nothing was probed."""
    if not probes:
        return None
    return sum(probe.fp32_seconds for probe in probes.values()) / sum(probe.bf16_seconds for probe in probes.values())
