"""How good a candidate of a tuned arm is, by the images that were held out for it."""

from __future__ import annotations

from visavis.results import HeldOutScore, Predictions
from visavis.stats import EVERY_METRIC
from visavis.stats.metrics import LogLoss


def judge_candidate(metric: str, predictions: Predictions) -> HeldOutScore:
    """By the metric of that name; equal ones are told apart by the log-loss."""
    measure = next(quantity for quantity in EVERY_METRIC if quantity.name == metric)
    value, loss = (quantity.score(predictions.labels, predictions.logits).value for quantity in (measure, LogLoss()))
    return HeldOutScore(value, (value if measure.higher_is_better else -value, -loss))
