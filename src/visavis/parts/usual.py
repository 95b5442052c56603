"""What an arm has where nothing else is said."""

from visavis.parts.augmentations import Unaugmented
from visavis.parts.averaging import LastWeights
from visavis.parts.inputs import Untouched
from visavis.parts.losses import CrossEntropy
from visavis.parts.schedules import Constant
from visavis.parts.selection import LastEpoch
from visavis.parts.training_sets import Everything
from visavis.parts.tuning import Full

TRAINING, INPUT, AUGMENTATION = Everything(), Untouched(), Unaugmented()
TUNING, LOSS, SCHEDULE = Full(), CrossEntropy(), Constant()
AVERAGING, SELECTION = LastWeights(), LastEpoch()
