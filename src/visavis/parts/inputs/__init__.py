"""One idea per file; each intervention is a frozen value that draws a ``Transform``."""

from visavis.parts.inputs.blur import Blur
from visavis.parts.inputs.chain import InputChain
from visavis.parts.inputs.clahe import Clahe
from visavis.parts.inputs.equalise import Equalise
from visavis.parts.inputs.frequencies import HighPass, LowPass
from visavis.parts.inputs.gaussian_noise import GaussianNoise
from visavis.parts.inputs.grey import Grey
from visavis.parts.inputs.occlusion import Occlusion
from visavis.parts.inputs.patch_shuffle import PatchShuffle
from visavis.parts.inputs.pixel_permutation import PixelPermutation
from visavis.parts.inputs.resolution import Resolution
from visavis.parts.inputs.untouched import Untouched

__all__ = [
    "Blur", "Clahe", "Equalise", "GaussianNoise", "Grey", "HighPass", "InputChain", "LowPass", "Occlusion",
    "PatchShuffle", "PixelPermutation", "Resolution", "Untouched",
]  # fmt: skip
