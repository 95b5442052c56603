"""Results that were read before the last seed."""

from __future__ import annotations

from dataclasses import asdict

from visavis.conclusions import Looks
from visavis.describe import Plain
from visavis.findings.finding import Finding
from visavis.quantities import list_text


class SeveralLooks(Finding):
    """What reading the results at several numbers of seeds costs."""

    title = "Looks at the results"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        looks, unit = self.comparison.looks, self.comparison.replication.unit
        return (looks_sentence(looks, unit),) if looks else ()

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {"looks": asdict(self.comparison.looks) if self.comparison.looks else None}


def looks_sentence(looks: Looks, unit: str = "seed") -> str:
    """At which numbers of seeds or folds results were read, and what that does to the error rate."""
    remedy = " With --until-decided the error rate holds for every look." if unit == "seed" else ""
    return (
        f"The results were read, or could be, at {list_text(looks.seeds)} {unit}s. Whoever may stop at any of "
        f"{len(looks.seeds)} such looks finds a difference, where there is none, in about "
        f"{100 * looks.error_rate:.0f} % of studies, not 5 %.{remedy}"
    )
