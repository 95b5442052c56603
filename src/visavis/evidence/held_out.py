"""How good a candidate of a tuned arm is, by the images that were held out for it."""

from __future__ import annotations

from visavis.quantities import value_text
from visavis.results import HeldOutScore, Predictions
from visavis.stats import METRIC_BY_NAME


def judge_candidate(metric: str, predictions: Predictions) -> HeldOutScore:
    """By the metric of that name; equal ones are told apart by the log-loss."""
    names = metric, "log_loss"
    value, loss = (METRIC_BY_NAME[name].score(predictions.labels, predictions.logits).value for name in names)
    quantity = METRIC_BY_NAME[metric]
    return HeldOutScore(value, value_text(value, quantity), (value if quantity.higher_is_better else -value, -loss))
