"""One idea per file; each is a frozen value that draws what happens to every training image of an epoch."""

from visavis.parts.augmentations.chain import AugmentationChain
from visavis.parts.augmentations.erase import Erase
from visavis.parts.augmentations.flip import Flip
from visavis.parts.augmentations.jitter import Jitter
from visavis.parts.augmentations.shift import Shift
from visavis.parts.augmentations.unaugmented import Unaugmented

__all__ = ["AugmentationChain", "Erase", "Flip", "Jitter", "Shift", "Unaugmented"]
