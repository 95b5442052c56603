"""Whether this machine and a study's parts give the same bits twice."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.cells import Bits, StudyData, rehearse_bits
from visavis.data import load_data
from visavis.design.study import Study
from visavis.options import USUAL, Options
from visavis.runs.machine import settle_device
from visavis.training import Precision


def verify(study: Study, options: Options = USUAL) -> Iterator[Bits]:
    """Makes one short cell of every arm twice, in each precision, or the one that is given; nothing is written.

    Args:
        study: of which the cells are.
        options: device, precision and ``deterministic`` count.
    """
    device = settle_device(options)
    data = StudyData(load_data(study.data), study.cross_validation).of(study.seeds[0])
    precisions = list(Precision) if options.precision is None else [Precision[options.precision]]
    for arm in study.trained_arms:
        for precision in precisions:
            yield rehearse_bits(arm, study.seeds[0], data, device, precision)
