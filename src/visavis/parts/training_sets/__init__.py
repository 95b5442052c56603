"""One idea per file; each is a frozen value that says which training images an arm learns from, and as what.

Smaller doses lie within larger ones: of the images of a class, a seed draws one order, and every dose takes the first
of it.
"""

from visavis.parts.training_sets.bootstrap import Bootstrap
from visavis.parts.training_sets.everything import Everything
from visavis.parts.training_sets.label_noise import LabelNoise
from visavis.parts.training_sets.oversample import Oversample
from visavis.parts.training_sets.subsets import Fraction, PerClass

__all__ = ["Bootstrap", "Everything", "Fraction", "LabelNoise", "Oversample", "PerClass"]
