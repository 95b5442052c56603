"""Mistakes that the type checker has to see: it complains of an exception below that isn't needed."""

import numpy as np

from visavis.stats.significance import mcnemar, paired_t
from visavis.stats.units import ByImage, BySeed

paired_t(ByImage(np.zeros(3)))  # type: ignore[arg-type]
mcnemar(BySeed(np.zeros(3)), BySeed(np.zeros(3)))  # type: ignore[arg-type]
