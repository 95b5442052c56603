"""Arms that no contrast is made with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from visavis.describe import Plain
from visavis.findings.finding import CsvRow, Finding


class NoContrast(Finding):
    """Arms without a contrast, for the way in which the study is made or for cells that are missing."""

    title = "Arms without a contrast"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return (*map(str, self.comparison.alone), *self._waiting_arms())

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {"without_contrast": [asdict(arm) for arm in self.comparison.alone]}

    def rows(self) -> Iterator[CsvRow]:
        """See ``Finding``."""
        for lone in self.comparison.alone:
            factors = " and ".join(lone.factors)
            yield {"kind": "no contrast", "name": lone.arm, "control": lone.nearest, "factors": factors}

    def _waiting_arms(self) -> Iterator[str]:
        """Arms whose contrasts are all with arms that have no finished cell."""
        if len(self.comparison.study.arms) == 1 + len(self.comparison.study.again):
            return  # a control and its A/A arm: there is nothing to compare them with
        with_contrast = {arm for pair in self.comparison.pairs for arm in (pair.treatment, pair.control)}
        exceptions = {self.comparison.again, *(lone.arm for lone in self.comparison.alone)}
        for arm in self.comparison.arms:
            if arm not in with_contrast | exceptions:
                yield f"{arm} stands in no contrast yet: no arm that it is to be compared with has a finished cell."
