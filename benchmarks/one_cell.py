"""One cell as visavis trains it, saved like any other."""

from __future__ import annotations

from visavis.execution.conditions import Conditions
from visavis.execution.together import run_together
from visavis.results import EpochRow
from visavis.study import Arm


def train_cell(arm: Arm, seed: int, conditions: Conditions) -> EpochRow:
    """The last epoch's row; raises what ended the cell early."""
    (result,) = run_together([(arm, seed)], conditions).values()
    if isinstance(result, Exception):
        raise result
    return result
