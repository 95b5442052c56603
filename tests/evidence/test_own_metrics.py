"""Metrics of one's own stand beside the usual ones, or are refused in one line."""

from dataclasses import dataclass

import numpy as np
import pytest

import visavis as vv
from visavis.errors import UsageError
from visavis.evidence import compare
from visavis.findings import headline_answer
from visavis.report.page import render


@dataclass(frozen=True)
class Hits:
    """Accuracy under another name."""

    name: str = "hits"
    title: str = "Hits"
    higher_is_better: bool = True
    is_share: bool = True

    def score(self, labels, logits):
        shares = (logits.argmax(1) == labels).astype(float)
        return vv.Score(float(shares.mean()), shares)

    def support(self, labels, value):
        return vv.Support(len(labels))


@dataclass(frozen=True)
class Raising(Hits):
    def score(self, labels, logits):
        raise KeyError("no such thing")


@dataclass(frozen=True)
class Short(Hits):
    def score(self, labels, logits):
        whole = super().score(labels, logits)
        return vv.Score(whole.value, whole.shares[:-1])


@dataclass(frozen=True)
class Endless(Hits):
    def score(self, labels, logits):
        return vv.Score(float("nan"), super().score(labels, logits).shares)


def test_it_has_the_numbers_of_accuracy_and_stands_in_every_table(finished):
    found = compare(finished.path, metrics=[Hits()])
    for arm in found.arms:
        own, usual = (found.measured[arm][name].by_seed for name in ("hits", "accuracy"))
        assert own == usual
    for own, usual in zip(found.contrasts_of(Hits()), found.headlines, strict=True):
        assert (own.interval.low, own.interval.high) == pytest.approx((usual.interval.low, usual.interval.high))
        assert own.verdict == usual.verdict
    assert {"hits"} <= {row.metric.name for row in found.contrasts}
    (table,) = headline_answer(found).tables()
    assert any("Hits" in row for row in table.rows)
    assert "Hits" in render(found)
    assert "hits" in set(found.table()["metric"])


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        (Raising(), "metric 'hits' fails; got KeyError"),
        (Short(), "metric 'hits' gives no score; .*50 finite shares"),
        (Endless(), "metric 'hits' gives no score"),
        (Hits(name="accuracy"), "two metrics are called 'accuracy'"),
        (Hits, "no metric; got <class"),
        (3, "no metric; got 3; .*add name, title"),
    ],
)
def test_what_can_not_be_measured_is_refused(finished, metric, message):
    with pytest.raises(UsageError, match=message):
        compare(finished.path, metrics=[metric])


def test_two_of_one_name_are_refused(finished):
    with pytest.raises(UsageError, match="two metrics are called 'hits'"):
        compare(finished.path, metrics=[Hits(), Hits()])


def test_shares_make_the_interval(finished):
    found = compare(finished.path, metrics=[Hits()])
    table = found.outputs.table(found.control, Hits())
    assert np.array_equal(table.values, found.outputs.hits(found.control))
