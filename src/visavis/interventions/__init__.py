"""One idea per file; each intervention is a frozen value that draws a ``Transform``."""

from visavis.interventions.pixel_permutation import Permutation, PixelPermutation
from visavis.interventions.untouched import Untouched

__all__ = ["Permutation", "PixelPermutation", "Untouched"]
