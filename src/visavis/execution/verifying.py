"""Whether this machine and a study's parts give the same bits twice."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.cells.loading import load_data
from visavis.cells.rehearsal import Bits, rehearse_bits
from visavis.execution.settling import find_device, set_arithmetic
from visavis.options import USUAL, Options
from visavis.study import Study
from visavis.training import Precision


def verify(study: Study, options: Options = USUAL) -> Iterator[Bits]:
    """Makes one short cell of every arm twice, in each precision, or the one that is given; nothing is written.

    Args:
        study: of which the cell is.
        options: device, precision and ``deterministic`` count.
    """
    chosen = find_device(options.device)
    set_arithmetic(options)
    data = load_data(study.data)
    for arm in study.all_arms:
        for arithmetic in Precision if options.precision is None else (Precision[options.precision],):
            yield rehearse_bits(arm, study.seeds[0], data, study.recipe, chosen, arithmetic)
