"""What bf16 gains on a study's own networks, before its first cell."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from visavis.cells import Rehearsal, rehearse_speed
from visavis.data import ImageData
from visavis.describe import digest
from visavis.design.study import Study
from visavis.errors import first_line
from visavis.events import Watch
from visavis.events.runs import Preparation, ProbeFailed
from visavis.training import Probe


def probe_arms(
    study: Study, data: ImageData, rehearsals: Mapping[str, Rehearsal], device: torch.device, watch: Watch
) -> dict[str, Probe]:
    """One probe for each model, with a frozen backbone and without, by arm. An arm that can't be probed has no say: its
    cells meet the same trouble, and tell it.
    """
    probes: dict[str, Probe] = {}
    kinds: set[tuple[str, bool]] = set()
    for arm in study.all_arms:
        kind = digest(arm.model), rehearsals[arm.name].has_frozen
        if kind in kinds:
            continue
        kinds.add(kind)
        watch(Preparation("probing fp32 and bf16", arm.name))
        try:
            probes[arm.name] = rehearse_speed(arm, study.seeds[0], data, device)
        except Exception as problem:
            watch(ProbeFailed(arm.name, f"{type(problem).__name__}: {first_line(problem)}"))
    return probes


def speedup(probes: Mapping[str, Probe]) -> float | None:
    """How many times as fast bf16 is for all of them together; None where nothing was probed."""
    if not probes:
        return None
    return sum(probe.fp32_seconds for probe in probes.values()) / sum(probe.bf16_seconds for probe in probes.values())
