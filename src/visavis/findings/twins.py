"""Test images that have an identical twin in the training part, and what the result is without them."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.conclusions import Contrast
from visavis.describe import Plain
from visavis.evidence import Comparison
from visavis.findings.finding import Finding
from visavis.findings.numbers import plain_contrast, plain_estimate
from visavis.findings.selection import FULL_SELECTION, Selection
from visavis.findings.table import Table, headline_rows
from visavis.findings.wording import adjustment_text, bounds_text
from visavis.quantities import basis_text, count, difference_text, name_text


class Twins(Finding):
    """The headline with and without test images that have a twin."""

    title = "With and without twins"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return tuple(self._changed_verdicts())

    def tables(self) -> tuple[Table, ...]:
        """See ``Finding``."""
        table = twins_table(self.comparison, self.selection) if self.shows_headline else None
        return (table,) if table else ()

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        rest = self.comparison.without_twins if self.shows_headline else None
        if rest is None:
            return {"without_twins": None}
        name = rest.headline.name
        return {
            "without_twins": {
                "images": rest.images,
                "arms": {arm: plain_estimate(rest.measured[arm][name]) for arm in self.selection.arms_of(rest)},
                "contrasts": [plain_contrast(contrast) for contrast in self.selection.headlines_of(rest)],
            }
        }

    def _changed_verdicts(self) -> Iterator[str]:
        """Contrasts whose verdict is another one without test images that have a twin in the training part."""
        rest = self.comparison.without_twins
        if rest:
            for whole, part in zip(self.comparison.headlines, rest.headlines, strict=True):
                if whole.verdict != part.verdict:
                    yield twins_sentence(whole, self.comparison, rest)


def twins_sentence(contrast: Contrast, comparison: Comparison, rest: Comparison) -> str:
    """A contrast on the test images that have no twin in the training part.

    Args:
        contrast: on all test images.
        comparison: whose contrast it is.
        rest: the comparison without twins.
    """
    twins = comparison.images - rest.images
    arms = contrast.treatment, contrast.control
    same = next(headline for headline in rest.headlines if (headline.treatment, headline.control) == arms)
    return (
        f"{count(twins, 'test image')} of {comparison.images:,} have an identical twin in the training part. Without "
        f"them {contrast.treatment} against {contrast.control} is {difference_text(same.interval.value, same.metric)} "
        f"({bounds_text(same.interval, same.metric)}; {basis_text(same.interval)}): {same.verdict}."
    )


def twins_table(comparison: Comparison, selection: Selection = FULL_SELECTION) -> Table | None:
    """The headline on all test images, and on those without an identical twin in the training part."""
    rest, metric = comparison.without_twins, comparison.headline
    if rest is None:
        return None
    rows = tuple(headline_rows((comparison, rest), selection))
    columns = (name_text(metric), f"all {comparison.images:,} test images", f"{rest.images:,} without a twin")
    note = "A twin is a training image that is equal in every pixel"
    note += f"{adjustment_text(comparison.headlines[0]) if comparison.headlines else ''}."
    return Table(Twins.title, columns, rows, note)
