"""Test images that the training part has the like of, and the evidence without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from visavis.audit import Audit
from visavis.store import ALIKE

if TYPE_CHECKING:
    from visavis.evidence.comparison import Comparison

__all__ = ["ALIKE", "alike", "without"]


def alike(comparison: Comparison, kinds: Sequence[str]) -> np.ndarray:
    """bool [images]: which test images the audit has found to be of a kind."""
    if not comparison.folder.has(Audit):
        return np.zeros(comparison.images, bool)
    ids = np.concatenate([comparison.folder.read_alike(kind) for kind in kinds])
    return np.isin(comparison.ids, ids)


def without(comparison: Comparison, kinds: Sequence[str]) -> Comparison | None:
    """The same without test images of a kind; None where there are none, or one image is left at most.

    None with cross-validation, too: the audit is of its first fold.
    """
    if comparison.folding is not None:
        return None
    rows = ~alike(comparison, kinds)
    if rows.all() or rows.sum() < 2:  # one image alone has no variance
        return None
    return replace(comparison, predictions={cell: table.take(rows) for cell, table in comparison.predictions.items()})
