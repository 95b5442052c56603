"""A weighted sum of arms that is judged alone, for tests."""

import numpy as np

from visavis.conclusions import Margin
from visavis.evidence.judging import add, judge, weigh
from visavis.stats import ACCURACY, Crossed
from visavis.stats.adjustment import AtOnce


def judged(weights, tables, margin=0.01, metric=ACCURACY):
    """What is known of one sum of arms, whose tables are [seeds, images]."""
    tables = {arm: np.asarray(table, float) for arm, table in tables.items()}
    by_seed = add(weights, {arm: table.mean(1) for arm, table in tables.items()})
    draft = weigh(
        weights, metric, {arm: Crossed(table) for arm, table in tables.items()}, dict(enumerate(by_seed.tolist()))
    )
    (judgement,) = judge([draft], Margin(margin), AtOnce(1))
    return judgement
