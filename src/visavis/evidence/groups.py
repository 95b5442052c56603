"""Test images that belong together: the unit of an interval is then the group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from visavis.evidence.comparison import Comparison

FEWEST_GROUPS = 10
"""Below which groups say too little of how groups vary to be units."""


def names_of(comparison: Comparison) -> np.ndarray:
    """bytes [images]: the group of each test image, empty where it has none."""
    groups = comparison.folder.read_groups(comparison.test)
    return np.array([groups.get(name, b"") for name in comparison.ids.tolist()])


def groups_of(comparison: Comparison) -> np.ndarray | None:
    """int64 [images], from 0 on: images of one number are a unit; None where each image is its own, some have no group,
    or there are too few groups.
    """
    names = names_of(comparison)
    known, groups = np.unique(names, return_inverse=True)
    if b"" in known or not FEWEST_GROUPS <= len(known) < len(names):
        return None
    return groups.astype(np.int64)
