"""Arrays in, numbers out: no torch, no files."""

from visavis.stats.adjustment import Adjustment, AtOnce, OverLooks
from visavis.stats.calibration import BINS, Reliability, reliability
from visavis.stats.classes import ClassTables, class_tables
from visavis.stats.false_alarms import deal, single_runs
from visavis.stats.few_images import (
    FEWEST_IMAGES,
    images_to_equate,
    images_to_part,
    share_interval,
    smallest_image_p,
    widen,
    with_two_images,
)
from visavis.stats.intervals import (
    Components,
    MeanSquares,
    Resampled,
    components,
    crossed_interval,
    equivalence_p,
    interval_of,
    mean_squares,
    non_inferiority_p,
)
from visavis.stats.looks import error_rate_of_looks
from visavis.stats.metrics import (
    ACCURACY,
    BALANCED_ACCURACY,
    CALIBRATION_ERROR,
    CLASS_MEASURES,
    EVERY_METRIC,
    F1,
    LOG_LOSS,
    MACRO_F1,
    METRIC_BY_NAME,
    METRICS,
    WEIGHTED_F1,
    ClassMeasure,
    OfClass,
    OfClasses,
    confusion,
)
from visavis.stats.planning import LIKELY, seeds_to_differ, smallest_difference
from visavis.stats.prediction import further
from visavis.stats.score import Metric, Score, Support
from visavis.stats.significance import difference_of_two, mcnemar, paired_t, signed_rank, smallest_rank_p
from visavis.stats.units import ByImage, BySeed, Crossed
from visavis.stats.verdicts import ALPHA, Evidence, verdict

__all__ = [
    "ACCURACY",
    "ALPHA",
    "BALANCED_ACCURACY",
    "BINS",
    "CALIBRATION_ERROR",
    "CLASS_MEASURES",
    "EVERY_METRIC",
    "F1",
    "FEWEST_IMAGES",
    "LIKELY",
    "LOG_LOSS",
    "MACRO_F1",
    "METRICS",
    "METRIC_BY_NAME",
    "WEIGHTED_F1",
    "Adjustment",
    "AtOnce",
    "ByImage",
    "BySeed",
    "ClassMeasure",
    "ClassTables",
    "Components",
    "Crossed",
    "Evidence",
    "MeanSquares",
    "Metric",
    "OfClass",
    "OfClasses",
    "OverLooks",
    "Reliability",
    "Resampled",
    "Score",
    "Support",
    "class_tables",
    "components",
    "confusion",
    "crossed_interval",
    "deal",
    "difference_of_two",
    "equivalence_p",
    "error_rate_of_looks",
    "further",
    "images_to_equate",
    "images_to_part",
    "interval_of",
    "mcnemar",
    "mean_squares",
    "non_inferiority_p",
    "paired_t",
    "reliability",
    "seeds_to_differ",
    "share_interval",
    "signed_rank",
    "single_runs",
    "smallest_difference",
    "smallest_image_p",
    "smallest_rank_p",
    "verdict",
    "widen",
    "with_two_images",
]  # fmt: skip
