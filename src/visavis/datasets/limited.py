"""A smaller data set with the same classes in the same shares."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from visavis.checks import require_part, require_whole
from visavis.data import Dataset, ImageData, Split, require_there, reread
from visavis.datasets.reading import digests_of
from visavis.datasets.splits import by_class, split_stream
from visavis.read_as import ReadAs


@dataclass(frozen=True)
class Limited:
    """So many training images of another data set, stratified by class, and test images in proportion.

    Attributes:
        data: the whole data set.
        limit: number of training images to keep, about; a limit beyond the whole keeps the whole. What was kept is
            among the remarks that every output carries.
        seed: which images are kept.
    """

    data: Dataset
    limit: int
    seed: int = 0

    def __post_init__(self) -> None:
        require_part(self.data, "data.data", "load", "visavis.datasets.open('glyphs')")
        require_whole(self.limit, "data.limit", 2)

    def require_there(self) -> None:
        """See ``visavis.data.require_there``."""
        require_there(self.data)

    def reading_as(self, read_as: ReadAs) -> Limited:
        """The same with something else said of the files.

        Raises:
            InvalidStudy: the whole data set isn't read from files.
        """
        return replace(self, data=reread(self.data, read_as))

    def load(self) -> ImageData:
        """See ``Dataset.load``."""
        whole = self.data.load()
        share = self.limit / len(whole.train)
        if share >= 1:
            return whole
        train, test = (self._part(part, share) for part in (whole.train, whole.test))
        remark = f"limited to {len(train):,} of {len(whole.train):,} training images"
        return replace(
            whole,
            train=train,
            test=test,
            remarks=(*whole.remarks, remark),
            split_rule=f"{whole.split_rule} Of both parts {share:.1%} were kept, stratified by class.",
        )

    def _part(self, split: Split, share: float) -> Split:
        mask = by_class(split.labels, share, split_stream(self.seed).child("limit"), digests_of(split.images))
        mask |= np.bincount(split.labels)[split.labels] == 1  # a class of one image keeps it
        return split.take(np.flatnonzero(mask))
