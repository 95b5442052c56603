"""One idea per file; each is a frozen value that draws what happens to every training image of an epoch."""

from visavis.parts.augmentations.chain import AugmentationChain
from visavis.parts.augmentations.cut_mix import CutMix
from visavis.parts.augmentations.erase import Erase
from visavis.parts.augmentations.flip import Flip
from visavis.parts.augmentations.jitter import Jitter
from visavis.parts.augmentations.mixup import Mixup
from visavis.parts.augmentations.rand_augment import RandAugment
from visavis.parts.augmentations.resized_crop import ResizedCrop
from visavis.parts.augmentations.rotate import Rotate
from visavis.parts.augmentations.shift import Shift
from visavis.parts.augmentations.trivial_augment import TrivialAugment
from visavis.parts.augmentations.unaugmented import Unaugmented

__all__ = [
    "AugmentationChain", "CutMix", "Erase", "Flip", "Jitter", "Mixup", "RandAugment", "ResizedCrop", "Rotate", "Shift",
    "TrivialAugment", "Unaugmented",
]  # fmt: skip
