"""Whether this machine and a study's parts give the same bits twice."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.cells.rehearsal import Bits, rehearse_bits
from visavis.execution.settling import find_device, hold_to_float32, hold_to_same_bits
from visavis.study import Study
from visavis.training.fast.precision import Precision


def verify(
    study: Study, *, device: str | None = None, precision: Precision | None = None, deterministic: bool = False
) -> Iterator[Bits]:
    """Makes one short cell of every arm twice, in each precision, or the one that is given; nothing is written.

    Args:
        study, device, precision, deterministic: see ``run_study``.
    """
    chosen = find_device(device)
    hold_to_float32()
    if deterministic:
        hold_to_same_bits()
    data = study.data.load()
    for arm in study.all_arms:
        for arithmetic in Precision if precision is None else (precision,):
            yield rehearse_bits(arm, study.seeds[0], data, study.recipe, chosen, arithmetic)
