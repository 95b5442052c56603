"""Arms that were to train more than their epochs gave them time for."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.describe import Plain
from visavis.findings.finding import Finding
from visavis.quantities import count


class NeverBegun(Finding):
    """Parts of a network that were to be trained after the last epoch."""

    title = "Parts that were never trained"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return tuple(self._sentences())

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {"never_begun": self._names}

    @property
    def _names(self) -> dict[str, list[str]]:
        """Arm -> names of what it never came to train."""
        comparison = self.comparison
        names = {arm: comparison.cells[arm, comparison.seeds[0]].never_begun for arm in comparison.arms}
        return {arm: list(groups) for arm, groups in names.items() if groups}

    def _sentences(self) -> Iterator[str]:
        for arm, names in self._names.items():
            epochs = count(self.comparison.study.epochs(arm), "epoch")
            yield f"{arm} never came to train {', '.join(names)}: they were to begin after its {epochs}."
