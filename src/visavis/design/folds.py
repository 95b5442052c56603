"""Cross-validation: each image is tested once in a repeat, by a network that wasn't trained on it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from visavis.bounds import MOST_SEEDS
from visavis.checks import excerpt, is_whole, require
from visavis.errors import DataError
from visavis.quantities import count
from visavis.streams import Stream


class CrossValidation(Sequence[int], ABC):
    """Seeds of which each has a test part of its own: seed s tests fold s % k of repeat s // k.

    Attributes:
        k: folds in a repeat.
        repeats: how often the images are dealt anew.
    """

    @property
    @abstractmethod
    def k(self) -> int:
        """Folds in a repeat."""

    @property
    @abstractmethod
    def repeats(self) -> int:
        """How often the images are dealt anew."""

    @property
    @abstractmethod
    def rule(self) -> str:
        """How train and test are told apart, as a sentence."""

    @abstractmethod
    def deal(self, labels: np.ndarray, groups: np.ndarray, stream: Stream) -> np.ndarray:
        """int64 [n]: the fold of each image, from 0 on.

        Args:
            labels: int64 [n].
            groups: bytes [n], empty where unknown.
            stream: of the repeat.

        Raises:
            DataError: the images can't be dealt so.
        """

    def __len__(self) -> int:
        return self.k * self.repeats

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        return range(len(self))[index]


@dataclass(frozen=True)
class Folds(CrossValidation):
    """Stratified cross-validation: in each repeat the images are dealt into k folds, each of which is tested once.

    Where every image has a group, a group stays in one fold, and the classes are kept as even as the groups allow. The
    training and the test part of the data set are put together first.

    Attributes:
        k: folds in a repeat.
        repeats: how often the images are dealt anew. A run folder may grow by repeats.

    Raises:
        InvalidStudy: numbers that can't be.
    """

    k: int = 5
    repeats: int = 1

    def __post_init__(self) -> None:
        require(is_whole(self.k, 2, MOST_SEEDS), "seeds.k", excerpt(self.k), f"2 to {MOST_SEEDS:,} folds")
        most = MOST_SEEDS // self.k
        require(is_whole(self.repeats, 1, most), "seeds.repeats", excerpt(self.repeats), f"1 to {most:,} repeats")

    @property
    def rule(self) -> str:
        """See ``CrossValidation``."""
        again = f", dealt {self.repeats} times" if self.repeats > 1 else ""
        return f"Cross-validation: {self.k} folds{again}, by group where every image has one, stratified by class."

    def deal(self, labels: np.ndarray, groups: np.ndarray, stream: Stream) -> np.ndarray:
        """See ``CrossValidation``."""
        if (groups != b"").all() and len(np.unique(groups)) < len(groups):
            return _deal_groups(labels, groups, self.k, stream)
        smallest = int(np.bincount(labels).min())
        if smallest < self.k:
            raise DataError(
                f"{self.k} folds can't each have an image of every class",
                got=f"a class of {count(smallest, 'image')}",
                expected=f"{self.k} images of each class",
                do=f"take {smallest} folds, or leave the class out" if smallest > 1 else "leave the class out",
            )
        return _deal_images(labels, self.k, stream)


@dataclass(frozen=True)
class LeaveOneGroupOut(CrossValidation):
    """As many folds as there are groups: each tests one group (patient, font, camera), trained on all others.

    A group needn't have images of every class.

    Attributes:
        groups: how many there are. A study plans its cells before it reads an image; an error names the right number.

    Raises:
        InvalidStudy: a number that can't be.
    """

    groups: int

    def __post_init__(self) -> None:
        require(is_whole(self.groups, 2, MOST_SEEDS), "seeds.groups", excerpt(self.groups), f"2 to {MOST_SEEDS:,}")

    @property
    def k(self) -> int:
        """See ``CrossValidation``."""
        return self.groups

    @property
    def repeats(self) -> int:
        """See ``CrossValidation``."""
        return 1

    @property
    def rule(self) -> str:
        """See ``CrossValidation``."""
        return f"Cross-validation: each of {self.groups} groups is tested by networks trained on the others."

    def deal(self, labels: np.ndarray, groups: np.ndarray, stream: Stream) -> np.ndarray:  # noqa: ARG002
        """See ``CrossValidation``."""
        names, members = np.unique(groups, return_inverse=True)
        if b"" in names:
            raise DataError(
                "one group can't be left out",
                got=f"{count(int((groups == b'').sum()), 'image')} without a group",
                expected="a group for every image",
                do="name the groups in the data set, or use visavis.Folds()",
            )
        if len(names) != self.groups:
            raise DataError(
                "the data have another number of groups",
                got=count(len(names), "group"),
                expected=str(self.groups),
                do=f"seeds=visavis.LeaveOneGroupOut({len(names)})",
            )
        return members.astype(np.int64)


def _deal_images(labels: np.ndarray, k: int, stream: Stream) -> np.ndarray:
    """Each class is shuffled and dealt out in turn; where one class ends, the next goes on, so that folds are even."""
    generator, folds, first = stream.numpy(), np.empty(len(labels), np.int64), 0
    for label in np.unique(labels):
        rows = generator.permutation(np.flatnonzero(labels == label))
        folds[rows] = (first + np.arange(len(rows))) % k
        first += len(rows)
    return folds


def _deal_groups(labels: np.ndarray, groups: np.ndarray, k: int, stream: Stream) -> np.ndarray:
    """The largest groups first, each into the fold that leaves the classes most even."""
    names, members = np.unique(groups, return_inverse=True)
    if len(names) < k:
        raise DataError(
            f"{k} folds take {k} groups at least",
            got=count(len(names), "group"),
            expected="as many groups as folds, for a group stays in one fold",
            do=f"take {len(names)} folds or fewer" if len(names) > 1 else "give the images no group",
        )
    classes = int(labels.max()) + 1
    counts = np.zeros((len(names), classes))
    np.add.at(counts, (members, labels), 1)
    shares = counts / np.maximum(counts.sum(0), 1)
    order = stream.numpy().permutation(len(names))
    order = order[np.argsort(-counts[order].sum(1), kind="stable")]
    dealt, sizes, fold_of = np.zeros((k, classes)), np.zeros(k), np.empty(len(names), np.int64)
    for group in order:
        # The sum of squares grows by 2 dealt x share + share^2: least where the group's classes are rarest so far.
        growth = dealt @ shares[group]
        fold = int(np.lexsort((sizes, growth))[0])
        fold_of[group] = fold
        dealt[fold] += shares[group]
        sizes[fold] += counts[group].sum()
    return fold_of[members]
