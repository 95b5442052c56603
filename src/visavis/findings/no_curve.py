"""Arms that look like a curve and are none."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.describe import Plain
from visavis.findings.finding import CsvRow, Finding


class NoCurve(Finding):
    """What keeps arms of one type from being a curve, or one of them from being on it."""

    title = "Not on a curve"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return tuple(map(str, self.comparison.slips))

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        slips = self.comparison.slips
        return {"no_curves": [{"path": slip.path, "arm": slip.arm, "beside": list(slip.beside)} for slip in slips]}

    def rows(self) -> Iterator[CsvRow]:
        """See ``Finding``."""
        for slip in self.comparison.slips:
            yield {"kind": "no curve", "name": slip.arm or "", "factors": slip.path}
