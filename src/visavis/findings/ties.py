"""Answers that are no answers: two classes with the same, largest logit."""

from __future__ import annotations

from visavis.describe import Plain
from visavis.findings.finding import Finding

MANY = 0.001
"""Share of the answers from which on ties are told: fewer move no metric by more than a tenth of a point."""


class Ties(Finding):
    """Arms whose largest logit is shared by several classes, on more than a few test images."""

    title = "Ties"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return tuple(
            f"{arm} gives its largest logit to several classes on {100 * share:.1f} % of the test images; the first of "
            "them counts as its answer. Look for a loss of precision, or for outputs that saturate."
            for arm, share in self._shares.items()
        )

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {"ties": dict(self._shares)}

    @property
    def _shares(self) -> dict[str, float]:
        """Arm -> share of its answers that tie, where they are many."""
        outputs = self.comparison.outputs
        shares = {arm: outputs.tied(arm) for arm in self.comparison.compared_arms}
        return {arm: share for arm, share in shares.items() if share > MANY}
