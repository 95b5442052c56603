"""Test images that have an identical twin in the training part, and what the result is without them."""

from __future__ import annotations

from visavis.evidence import Comparison
from visavis.findings.without import Without


class Twins(Without):
    """The headline with and without test images that have a twin."""

    title = "With and without twins"
    key = "without_twins"
    kind = "a twin"
    meaning = "A twin is a training image that is equal in every pixel"
    verb = "have an identical twin in the training part"

    @property
    def rest(self) -> Comparison | None:
        """See ``Without``."""
        return self.comparison.without_twins
