"""Cells that the numbers don't rest on."""

from __future__ import annotations

from visavis.describe import Plain
from visavis.evidence import Comparison
from visavis.findings.finding import Finding
from visavis.quantities import count


class MissingCells(Finding):
    """Cells that aren't finished, or failed."""

    title = "Missing cells"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return (missing_sentence(self.comparison),) if self.comparison.missing else ()

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        cells = self.comparison.missing.items()
        return {"missing": [{"arm": arm, "seed": seed, "reason": reason} for (arm, seed), reason in cells]}


def missing_sentence(comparison: Comparison) -> str:
    """Which cells the numbers don't rest on."""
    cells = ", ".join(f"{arm} seed {seed} ({reason})" for (arm, seed), reason in comparison.missing.items())
    absent = [arm for arm in comparison.study.arms if arm not in comparison.arms]
    left_out = f" Left out altogether: {', '.join(absent)}." if absent else ""
    return (
        f"Incomplete: {count(len(comparison.missing), 'cell')} missing: {cells}.{left_out} "
        f"Compared are the seeds that are finished in every other arm: {', '.join(map(str, comparison.seeds))}. "
        "Where cells failed, the result holds for runs that don't fail."
    )
