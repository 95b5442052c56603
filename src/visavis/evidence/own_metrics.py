"""Metrics of one's own: what they have to be is looked at before they are believed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from visavis.errors import UsageError, first_line
from visavis.results import Predictions
from visavis.stats import EVERY_METRIC, Metric, Score

EXAMPLE = "a value with name, title, higher_is_better, is_share, score(labels, logits) and support(labels, value)"


def require_metrics(metrics: Sequence[Metric], predictions: Predictions) -> None:
    """Refuses what can't be measured, by trying it on one cell.

    Args:
        metrics: of one's own.
        predictions: of a cell.

    Raises:
        UsageError: one lacks something, has a name that is in use, or gives no number for each image.
    """
    names = {metric.name for metric in EVERY_METRIC}
    for metric in metrics:
        missing = [name for name in ATTRIBUTES if not hasattr(metric, name)]
        if missing or isinstance(metric, type):
            remedy = f"add {', '.join(missing)}" if missing else "give a value of it"
            raise UsageError("no metric", got=repr(metric), expected=EXAMPLE, do=remedy)
        if metric.name in names:
            raise UsageError(f"two metrics are called {metric.name!r}", expected="names of their own")
        names.add(metric.name)
        _require_score(metric, predictions)


ATTRIBUTES = ("name", "title", "higher_is_better", "is_share", "score", "support")


def _require_score(metric: Metric, predictions: Predictions) -> None:
    images = len(predictions.labels)
    try:
        score = metric.score(predictions.labels, predictions.logits)
        support = metric.support(predictions.labels, score.value)
    except Exception as problem:
        reason = f"{type(problem).__name__}: {first_line(problem)}"
        raise UsageError(f"metric {metric.name!r} fails", got=reason) from problem
    is_score = isinstance(score, Score) and np.shape(score.shares) == (images,)
    if not is_score or not np.isfinite([score.value, *score.shares]).all() or not hasattr(support, "images"):
        raise UsageError(
            f"metric {metric.name!r} gives no score",
            got=repr(score)[:80],
            expected=f"a visavis.Score of a finite value and {images:,} finite shares, and a visavis.Support",
        )
