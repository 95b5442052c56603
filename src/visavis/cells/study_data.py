"""A study's images, as each seed has them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from visavis.arrays import concatenate
from visavis.cells.fingerprints import data_fingerprints
from visavis.data import ImageData, Split
from visavis.design.folds import CrossValidation
from visavis.errors import DataError
from visavis.streams import root


@dataclass(frozen=True)
class StudyData:
    """A study's images: the same two parts for all seeds, or parts of its own for each.

    Attributes:
        loaded: as the data set gives them.
        folds: how cross-validation tells them apart; None where the data set's own parts are used.
    """

    loaded: ImageData
    folds: CrossValidation | None = None
    _last: dict[int, tuple[ImageData, dict[str, str]]] = field(default_factory=dict, repr=False, compare=False)

    def of(self, seed: int) -> ImageData:
        """The images of a seed, before any arm's intervention."""
        return self._of(seed)[0]

    def fingerprints(self, seed: int) -> dict[str, str]:
        """Digests of these images, by name."""
        return self._of(seed)[1]

    def require_dealt(self) -> None:
        """Refuses images that can't be told apart for each seed.

        Raises:
            DataError: they can't be dealt into so many folds, or a training part has no image of a class.
        """
        for seed in self.folds or ():
            labels = self.tested.labels[~self._is_test(seed)]
            absent = np.setdiff1d(np.arange(len(self.loaded.classes)), labels)
            if len(absent):
                raise DataError(
                    f"fold {seed} tests all images of class {self.loaded.classes[absent[0]]!r}",
                    expected="images of every class to train on in each fold",
                    do="take other groups, or leave the class out",
                )

    @cached_property
    def loaded_fingerprints(self) -> dict[str, str]:
        """Digests of the images as they were loaded, by name."""
        return data_fingerprints(self.loaded)

    @cached_property
    def tested(self) -> Split:
        """Every image that some seed tests."""
        return self.loaded.test if self.folds is None else _together(self.loaded)

    def _of(self, seed: int) -> tuple[ImageData, dict[str, str]]:
        key = 0 if self.folds is None else seed
        if key not in self._last:
            self._last.clear()  # one at a time: the images are copied, and cells come seed by seed
            self._last[key] = self._told_apart(seed)
        return self._last[key]

    def _told_apart(self, seed: int) -> tuple[ImageData, dict[str, str]]:
        if self.folds is None:
            return self.loaded, self.loaded_fingerprints
        is_test = self._is_test(seed)
        train, test = (self.tested.take(np.flatnonzero(rows)) for rows in (~is_test, is_test))
        data = replace(self.loaded, train=train, test=test, split_rule=self.folds.rule)
        return data, data_fingerprints(data)

    def _is_test(self, seed: int) -> np.ndarray:
        """bool [n]: which images a seed tests."""
        assert self.folds is not None
        repeat, fold = divmod(seed, self.folds.k)
        return self.folds.deal(self.tested.labels, self.tested.groups, root(repeat).child("folds")) == fold


def _together(data: ImageData) -> Split:
    """Both parts as one."""
    parts = data.train, data.test
    return Split(
        concatenate(part.images for part in parts),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.groups for part in parts]),
    )
