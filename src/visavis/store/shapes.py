"""What arrays have to be for pictures and predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from visavis.results import Predictions
from visavis.store.files import damage_error


def require_pictures(images: np.ndarray, dimensions: int, path: Path) -> np.ndarray:
    """Pictures that a page can show.

    Raises:
        DamagedFile: the array is of another type or shape.
    """
    if images.dtype != np.uint8 or images.ndim != dimensions or images.shape[-3] not in {1, 3} or not images.size:
        raise damage_error(path, f"an array {images.dtype} {list(images.shape)} that holds no pictures")
    return images


def misfit(predictions: Predictions) -> str:
    """Why the arrays can't be predictions; empty where they can."""
    if predictions.logits.ndim != 2 or predictions.labels.ndim != 1 or predictions.ids.ndim != 1:
        return "arrays of another shape"
    if not len(predictions.ids) == len(predictions.labels) == len(predictions.logits):
        return "arrays of different lengths"
    if len(predictions.ids) < 2 or predictions.ids.dtype.kind != "S" or predictions.labels.dtype != np.int64:
        return "arrays of another type"
    if predictions.logits.dtype != np.float32 or not np.isfinite(predictions.logits).all():
        return "logits that aren't finite numbers"
    if predictions.labels.min() < 0 or predictions.labels.max() >= predictions.logits.shape[1]:
        return "labels beyond the logits"
    return ""
