"""The headline without some of the test images, beside that on all of them."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.conclusions import Contrast
from visavis.describe import Plain
from visavis.evidence import Comparison
from visavis.findings.finding import Finding
from visavis.findings.numbers import plain_contrast, plain_estimate
from visavis.findings.table import Table, headline_rows
from visavis.findings.wording import adjustment_text, bounds_text
from visavis.quantities import basis_text, count, difference_text, name_text


class Without(Finding):
    """The headline without test images of a kind; silent where there are none, or where one image at most is left."""

    key = ""
    """Of the JSON object."""
    kind = ""
    """What these images are, as the head of the table's column has it."""
    verb = ""
    """What they do, as a sentence has it."""
    meaning = ""
    """What that means, as a sentence."""

    @property
    def rest(self) -> Comparison | None:
        """The comparison without these images."""
        raise NotImplementedError

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        return tuple(self.changed_verdicts())

    def tables(self) -> tuple[Table, ...]:
        """See ``Finding``."""
        rest, comparison, metric = self.rest, self.comparison, self.comparison.headline
        if rest is None or not self.shows_headline:
            return ()
        rows = tuple(headline_rows((comparison, rest), self.selection))
        columns = (name_text(metric), f"all {comparison.images:,} test images", f"{rest.images:,} without {self.kind}")
        adjustment = adjustment_text(comparison.headlines[0]) if comparison.headlines else ""
        return (Table(self.title, columns, rows, f"{self.meaning}{adjustment}."),)

    def plain(self) -> dict[str, Plain]:
        """See ``Finding``."""
        rest = self.rest if self.shows_headline else None
        if rest is None:
            return {self.key: None}
        name = rest.headline.name
        return {
            self.key: {
                "images": rest.images,
                "arms": {arm: plain_estimate(rest.measured[arm][name]) for arm in self.selection.arms_of(rest)},
                "contrasts": [plain_contrast(contrast) for contrast in self.selection.headlines_of(rest)],
            }
        }

    def changed_verdicts(self) -> Iterator[str]:
        """Contrasts whose verdict is another one without these images."""
        if self.rest:
            for whole, part in zip(self.comparison.headlines, self.rest.headlines, strict=True):
                if whole.verdict != part.verdict:
                    yield self.sentence(whole)

    def sentence(self, contrast: Contrast) -> str:
        """A contrast without these images, of which there are some."""
        rest = self.rest
        assert rest is not None
        arms = contrast.treatment, contrast.control
        same = next(headline for headline in rest.headlines if (headline.treatment, headline.control) == arms)
        images = self.comparison.images
        return (
            f"{count(images - rest.images, 'test image')} of {images:,} {self.verb}. Without "
            f"them {contrast.treatment} against {contrast.control} is "
            f"{difference_text(same.interval.value, same.metric)} "
            f"({bounds_text(same.interval, same.metric)}; {basis_text(same.interval)}): {same.verdict}."
        )
