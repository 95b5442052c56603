"""What the names of files say of images: classes, parts, folds, groups. Pure: names in, entries out.

What other rooms need of it stands here.
"""

from visavis.datasets.reading.layouts.entries import TEST, TRAIN, UNSPLIT, USAGES, VALIDATION, Entry
from visavis.datasets.reading.layouts.layout import group_by, layout_of
from visavis.datasets.reading.layouts.levels import PART_WORDS, part_level, part_of
from visavis.datasets.reading.layouts.names import alike_in_case, fold_number, natural, require_shards
from visavis.datasets.reading.layouts.strays import is_image_name

__all__ = [
    "PART_WORDS", "TEST", "TRAIN", "UNSPLIT", "USAGES", "VALIDATION", "Entry", "alike_in_case", "fold_number",
    "group_by", "is_image_name", "layout_of", "natural", "part_level", "part_of", "require_shards",
]  # fmt: skip
