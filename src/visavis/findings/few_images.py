"""A handful of test images or of seeds, or of images on which arms part."""

from __future__ import annotations

from collections.abc import Iterator

from visavis.findings.finding import Finding
from visavis.quantities import count, list_text, some_text
from visavis.stats import FEWEST_IMAGES

FIRST_LOOK_IMAGES, FIRST_LOOK_SEEDS = 30, 3
"""Below which every result is a first look."""
MOST_NAMED = 3


class FewImages(Finding):
    """A handful of test images, or of seeds."""

    title = "Few images or seeds"

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        comparison = self.comparison
        few = []
        basis = comparison.measured[comparison.control][comparison.headline.name].interval
        if basis.images < FIRST_LOOK_IMAGES:
            few.append(count(basis.images, basis.unit))
        if len(comparison.seeds) < FIRST_LOOK_SEEDS:
            few.append(comparison.replication.text)
        first_look = (f"Only {list_text(few)}: a first look, whatever the verdict.",) if few else ()
        return (*first_look, *self._too_narrow())

    def _too_narrow(self) -> Iterator[str]:
        """Contrasts whose arms part on a handful of images: of 50 at 99 % one or two, and intervals cover .5 to .8."""
        images = {row.minus_text: self.comparison.draft(row).few.apart for row in self.comparison.headlines}
        texts = [f"{name} ({number})" for name, number in images.items() if number < FEWEST_IMAGES]
        if texts:
            yield (
                f"On fewer than {FEWEST_IMAGES} test images do the arms part: {some_text(texts, MOST_NAMED)}. An "
                "interval from so few can be far too narrow, and no difference is told."
            )
