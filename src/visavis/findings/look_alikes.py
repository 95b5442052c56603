"""Test images that look like a training image, and what the result is without them."""

from __future__ import annotations

from visavis.evidence import Comparison
from visavis.evidence.alike import ALIKE, alike
from visavis.findings.without import Without
from visavis.quantities import count

MANY = 0.5
"""Share of the test images from which on it is told that they look alike, whatever the verdict is without them."""
FEWEST = 30
"""Images that have to be left for a verdict without the others to say anything."""


class LookAlikes(Without):
    """The headline with and without test images that look like a training image, or are equal to one."""

    title = "With and without look-alikes"
    key = "without_look_alikes"
    kind = "a look-alike"
    meaning = "A look-alike is a training image that correlates by .95 or more, or is equal, as the audit finds it"
    verb = "look like a training image"

    @property
    def rest(self) -> Comparison | None:
        """See ``Without``."""
        return self.comparison.without_look_alikes

    def warnings(self) -> tuple[str, ...]:
        """See ``Finding``."""
        number, images = int(alike(self.comparison, ALIKE).sum()), self.comparison.images
        rest = self.rest
        if rest is not None and rest.images >= FEWEST:
            sentences = tuple(f"{sentence} {REMEDY}" for sentence in self.changed_verdicts())
            if sentences or number <= MANY * images:
                return sentences
        if number <= MANY * images:
            return ()
        outlook = "the result is one for such images"
        if rest is None or rest.images < FEWEST:
            outlook = f"{count(images - number, 'image')} without one can't tell how it is for new images"
        return (f"{count(number, 'test image')} of {images:,} look like a training image: {outlook}. {REMEDY}",)


REMEDY = "If they show the same thing (frames of one film, one person), split by it."
