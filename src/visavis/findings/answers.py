"""The answers of a study with several pairs of arms, or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from visavis.conclusions import Contrast
from visavis.findings.contrasts import Contrasts
from visavis.findings.wording import basis_sentence
from visavis.quantities import difference_range_text, difference_text, name_text


class Answers(Contrasts):
    """The result of each contrast in a line, and what they rest on."""

    title = "The answers"

    def sentences(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return (*short_answers(self._headlines), basis_sentence(self._headlines[0])) if self._headlines else ()


def short_answers(headlines: Sequence[Contrast]) -> Iterator[str]:
    """The result of each contrast of the headline in a line."""
    for contrast in headlines:
        interval, metric = contrast.interval, contrast.metric
        yield (
            f"{contrast.arms_text}: {contrast.verdict}, "
            f"{difference_text(interval.value, metric)} of {name_text(metric)} "
            f"({difference_range_text(interval, metric)})"
        )
