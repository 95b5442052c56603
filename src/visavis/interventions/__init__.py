"""One idea per file; each intervention is a frozen value that draws a ``Transform``."""

from visavis.interventions.pixel_permutation import PixelPermutation
from visavis.interventions.untouched import Untouched

__all__ = ["PixelPermutation", "Untouched"]
