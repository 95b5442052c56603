"""Precision, recall and F1 of all classes at once.

The table of one class, seeds x images, is almost empty: an image is a hit, a false alarm or a miss of two classes at
most in a seed, and all other images share one pseudovalue. Only what differs from it is kept, so that a thousand
classes take no more memory than two, and the analysis of variance of all classes is a few sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.stats.few_images import two_images
from visavis.stats.intervals import MeanSquares
from visavis.stats.metrics import ClassMeasure
from visavis.stats.score import Support


@dataclass(frozen=True)
class ClassTables:
    """One table of shares for each class, or one of paired differences of shares.

    Attributes:
        values: float64 [classes, seeds], the measure itself.
        base: float64 [classes, seeds], the share of every image that isn't listed.
        cells: int64 [listed], indices into [classes, images, seeds], flattened; one may be listed more than once.
        rises: float64 [listed], what the share of a listed image has above the base; those of one index are added.
        images: number of test images.
    """

    values: np.ndarray
    base: np.ndarray
    cells: np.ndarray
    rises: np.ndarray
    images: int

    def __sub__(self, subtrahend: ClassTables) -> ClassTables:
        return ClassTables(
            self.values - subtrahend.values,
            self.base - subtrahend.base,
            np.concatenate([self.cells, subtrahend.cells]),
            np.concatenate([self.rises, -subtrahend.rises]),
            self.images,
        )

    def with_two_images(self, supports: Sequence[Support]) -> ClassTables:
        """As ``few_images.with_two_images`` makes them of one class, given what each class rests on."""
        (classes, seeds), images = self.values.shape, self.images
        label, cell = np.divmod(self.cells, images * seeds)
        more = np.array([two_images(support, images) for support in supports])
        new = np.arange(images * seeds, (images + 2) * seeds)
        return ClassTables(
            self.values,
            self.base,
            np.concatenate(
                [
                    label * (images + 2) * seeds + cell,
                    np.add.outer(np.arange(classes) * (images + 2) * seeds, new).ravel(),
                ]
            ),
            np.concatenate([self.rises, (more[:, :, None] - self.base[:, None]).ravel()]),
            images + 2,
        )

    def mean_squares(self) -> Iterator[MeanSquares]:
        """Yields the two-way analysis of variance of each class, as ``intervals.mean_squares`` makes it of one."""
        (classes, seeds), images = self.values.shape, self.images
        cells, inverse = np.unique(self.cells, return_inverse=True)
        rises = np.bincount(inverse, self.rises, len(cells))
        column, seed = np.divmod(cells, seeds)
        label = column // images
        rows = np.bincount(label * seeds + seed, rises, classes * seeds).reshape(classes, seeds)
        starts = np.flatnonzero(np.diff(column, prepend=-1))
        sums = np.add.reduceat(rises, starts) if len(starts) else rises
        # A constant that is added to a row changes neither what lies between columns nor the rest: no base here.
        squares = np.bincount(label[starts], sums**2, classes) - rows.sum(1) ** 2 / images
        by_column = np.maximum(squares / seeds, 0.0)
        within = np.bincount(label, rises**2, classes) - (rows**2).sum(1) / images
        rest = np.maximum(within - by_column, 0.0)
        means = self.base + rows / images
        by_row = images * ((means - means.mean(1, keepdims=True)) ** 2).sum(1)
        of_seeds, of_images = max(seeds - 1, 1), images - 1
        for one_row, one_column, one_rest in zip(by_row, by_column, rest, strict=True):
            alone = seeds == 1
            yield MeanSquares(
                0.0 if alone else float(one_row) / of_seeds,
                float(one_column) / of_images,
                0.0 if alone else float(one_rest) / (of_seeds * of_images),
                seeds,
                images,
            )


def class_tables(measure: ClassMeasure, labels: np.ndarray, guesses: np.ndarray, classes: int) -> ClassTables:
    """A measure of every class, with each image's pseudovalue.

    Args:
        measure: precision, recall or F1.
        labels: int64 [images], the true classes.
        guesses: int64 [seeds, images], the classes that an arm gives.
        classes: how many there are.
    """
    seeds, images = guesses.shape
    grid = np.indices(guesses.shape)
    seed, image, right = grid[0], grid[1], np.equal(guesses, labels)
    cell = image * seeds + seed
    true = labels[image]
    kinds = ((right, true), (~right, guesses), (~right, true))  # hits, false alarms, misses
    cells = [label[mask] * images * seeds + cell[mask] for mask, label in kinds]
    indices = [label[mask] * seeds + seed[mask] for mask, label in kinds]  # into [classes, seeds], flattened
    tallies = [
        np.bincount(index, minlength=classes * seeds).reshape(classes, seeds).astype(np.float64) for index in indices
    ]
    values = measure.of(*tallies)
    rises = []
    for kind, index in enumerate(indices):
        fewer = [np.maximum(tally - (kind == tally_kind), 0.0) for tally_kind, tally in enumerate(tallies)]
        share = images * values - (images - 1) * measure.of(*fewer)
        rises.append((share - values).flat[index])
    return ClassTables(values, values, np.concatenate(cells), np.concatenate(rises), images)
