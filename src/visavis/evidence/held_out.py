"""How good a candidate of a tuned arm is, by the images that were held out for it."""

from __future__ import annotations

from visavis.results import HeldOutScore, Predictions
from visavis.stats import METRIC_BY_NAME


def judge_candidate(metric: str, predictions: Predictions) -> HeldOutScore:
    """By the metric of that name; equal ones are told apart by the log-loss."""
    names = metric, "log_loss"
    value, loss = (METRIC_BY_NAME[name].score(predictions.labels, predictions.logits).value for name in names)
    return HeldOutScore(value, (value if METRIC_BY_NAME[metric].higher_is_better else -value, -loss))
