"""One idea per file; each intervention is a frozen value that draws a ``Transform``."""

from visavis.parts.inputs.gaussian_noise import GaussianNoise
from visavis.parts.inputs.pixel_permutation import PixelPermutation
from visavis.parts.inputs.untouched import Untouched

__all__ = ["GaussianNoise", "PixelPermutation", "Untouched"]
