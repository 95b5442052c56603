"""Seeds that were added after a result could be seen."""

from __future__ import annotations

from dataclasses import asdict

from visavis.conclusions import Looks
from visavis.describe import Plain
from visavis.findings.finding import Finding
from visavis.quantities import list_text


class SeedsAdded(Finding):
    """Looks at the result before the last seed."""

    title = "Seeds added after looking"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return (looks_sentence(self.comparison.looks),) if self.comparison.looks else ()

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        return {"looks": asdict(self.comparison.looks) if self.comparison.looks else None}


def looks_sentence(looks: Looks) -> str:
    """Seeds that were added after looking, and what that does to the error rate."""
    return (
        f"Seeds were added after a result could be seen: looks at {list_text(looks.seeds)} seeds. Where there is no "
        f"difference, at least one of {len(looks.seeds)} such looks finds one in about {100 * looks.error_rate:.0f} % "
        "of studies, not 5 %."
    )
