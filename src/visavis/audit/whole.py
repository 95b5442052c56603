"""Both parts of a data set as one sequence of images, left where they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from visavis.arrays import slices
from visavis.audit.findings import Picture
from visavis.data import ImageData


@dataclass(frozen=True)
class Whole:
    """The training images and then the test images; a row counts through both.

    Attributes:
        data: where the pixels are; they aren't copied.
        labels: int64 [n].
        ids: bytes [n].
        is_test: bool [n].
    """

    data: ImageData
    labels: np.ndarray
    ids: np.ndarray
    is_test: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def chunks(self) -> Iterator[np.ndarray]:
        """Yields the images in order, uint8 [k, c, h, w], a few megabytes at a time."""
        for images in (self.data.train.images, self.data.test.images):
            yield from (images[part] for part in slices(images))

    def image(self, row: int) -> np.ndarray:
        """One image, uint8 [c, h, w]."""
        before = len(self.data.train)
        image: np.ndarray = self.data.train.images[row] if row < before else self.data.test.images[row - before]
        return image

    def picture(self, row: int) -> Picture:
        """One image by name; of an id that isn't UTF-8, what can be read."""
        part = "test" if self.is_test[row] else "train"
        return Picture(part, self.data.classes[self.labels[row]], bytes(self.ids[row]).decode(errors="replace"))


def whole(data: ImageData) -> Whole:
    """Both parts of a data set."""
    return Whole(
        data=data,
        labels=np.concatenate([data.train.labels, data.test.labels]),
        ids=np.concatenate([data.train.ids, data.test.ids]),
        is_test=np.repeat([False, True], [len(data.train), len(data.test)]),
    )
