"""What the tests make of the control against itself."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.conclusions import FalseAlarms
from visavis.describe import Plain
from visavis.findings.finding import CsvRow, Finding
from visavis.findings.numbers import contrast_rows, plain_contrast
from visavis.findings.table import Table
from visavis.findings.wording import bounds_text
from visavis.quantities import count, difference_text, name_text, p_text


class AgainstItself(Finding):
    """How often a difference is found where there is none."""

    title = "False alarms"

    def sentences(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return tuple(false_alarms_sentences(self._alarms)) if self._alarms else ()

    def tables(self) -> tuple[Table, ...]:
        """See ``Finding``."""
        if self._alarms is None:
            return ()
        rows = tuple(
            (test, f"{alarms:,}", f"{ways:,}", f"{100 * alarms / ways:.0f} %")
            for test, alarms, ways in (
                ("the test of this report", self._alarms.alarms, self._alarms.comparisons),
                ("McNemar's test, one run per arm", self._alarms.single_alarms, self._alarms.pairs),
            )
        )
        note = next(false_alarms_sentences(self._alarms))
        return (Table(self.title, ("test", "alarms", "comparisons", "share"), rows, note),)

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        if self._alarms is None:
            return {"false_alarms": None}
        counts = {name: getattr(self._alarms, name) for name in ("comparisons", "alarms", "pairs", "single_alarms")}
        return {"false_alarms": {"contrast": plain_contrast(self._alarms.contrast), **counts}}

    def rows(self) -> Iterator[CsvRow]:
        """See ``Finding``."""
        if self._alarms:
            yield from contrast_rows("false alarm", self._alarms.contrast)

    @property
    def _alarms(self) -> FalseAlarms | None:
        return self.comparison.false_alarms if self.shows_headline else None


def false_alarms_sentences(false_alarms: FalseAlarms) -> Iterator[str]:
    """What the tests make of the control against itself."""
    contrast = false_alarms.contrast
    interval, metric = contrast.interval, contrast.metric
    yield (
        f"{contrast.treatment} is {contrast.control} once more under streams of its own, so there is no difference to "
        f"find: {difference_text(interval.value, metric)} of {name_text(metric)} "
        f"({bounds_text(interval, metric)}; {p_text(contrast.significance.p)})."
    )
    runs, ways = count(2 * contrast.interval.seeds, "run"), count(false_alarms.comparisons, "way")
    share = 100 * false_alarms.alarms / false_alarms.comparisons
    yield (
        f"Dealing these {runs} into two arms in {ways}, the test of this report finds a difference in "
        f"{false_alarms.alarms:,} ({share:.0f} %; nominal 5 %, rough because all of them share the same runs)."
    )
    yield (
        f"One run per arm and McNemar's test would find one in {false_alarms.single_alarms:,} of "
        f"{count(false_alarms.pairs, 'pair')} of single runs "
        f"({100 * false_alarms.single_alarms / false_alarms.pairs:.0f} %)."
    )
