"""The Brier score of each arm and what it is made of."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from visavis.describe import Plain
from visavis.findings.finding import Finding
from visavis.findings.table import Table
from visavis.stats.calibration import BrierParts, BrierScore, brier_parts

PARTS = ("reliability", "resolution", "uncertainty", "within")


class Brier(Finding):
    """Reliability, resolution and uncertainty of each arm, the mean over seeds."""

    title = "Brier score and its parts"

    def tables(self) -> tuple[Table, ...]:
        """See ``Finding``."""
        if BrierScore() not in self.selection.metrics_of(self.comparison):
            return ()
        rows = tuple(
            (arm, f"{parts.total:.4f}", *(f"{getattr(parts, name):.4f}" for name in PARTS))
            for arm, parts in self._parts.items()
        )
        note = (
            f"Mean over {self.comparison.replication.unit}s. The score is reliability (how far probabilities are from "
            "what they come to) less resolution (how far what they come to differs) plus uncertainty (of the classes), "
            "and what bins of finite width blur."
        )
        columns = ("arm", "Brier score", "reliability", "resolution", "uncertainty", "within bins")
        return (Table(self.title, columns, rows, note),)

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {"brier": {arm: asdict(parts) for arm, parts in self._parts.items()}}

    @property
    def _parts(self) -> dict[str, BrierParts]:
        outputs = self.comparison.outputs
        parts = {
            arm: [brier_parts(outputs.labels, outputs.logits[arm, seed]) for seed in outputs.seeds]
            for arm in self.selection.arms_of(self.comparison)
        }
        return {
            arm: BrierParts(*(float(np.mean([getattr(one, name) for one in of_seeds])) for name in PARTS))
            for arm, of_seeds in parts.items()
        }
