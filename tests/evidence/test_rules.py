"""How a study is judged: margins, no loss, what is primary, intervals that agree with verdicts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import visavis as vv
from small import small_study
from visavis.conclusions import Margin, Weights
from visavis.errors import InvalidStudy
from visavis.evidence.judging import judge, weigh
from visavis.findings import headline_answer
from visavis.report import write_report
from visavis.stats import ACCURACY, LOG_LOSS, AtOnce, Crossed, OverLooks
from visavis.store import StudyDocument

PAIR = Weights({"b": 1.0, "a": -1.0})


def hits(generator, seeds, images, gain):
    difficulty = generator.normal(size=images)
    return {
        arm: Crossed((generator.normal(size=(seeds, images)) < difficulty + more).astype(float))
        for arm, more in (("a", 0.0), ("b", gain))
    }


def judged(tables, margin, adjustment, metric=ACCURACY):
    by_seed = dict(enumerate((tables["b"] - tables["a"]).values.mean(1).tolist()))
    return judge([weigh(PAIR, metric, tables, by_seed)], margin, adjustment)[0]


ADJUSTMENTS = st.sampled_from([AtOnce(1), AtOnce(3), AtOnce(45), OverLooks(1, (3, 4, 5), 20), OverLooks(2, (3,), 10)])


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(5, 400), st.floats(-1.5, 1.5), ADJUSTMENTS)
def test_an_interval_leaves_out_zero_exactly_where_the_verdict_tells_a_difference(
    seed, seeds, images, gain, adjustment
):
    found = judged(hits(np.random.default_rng(seed), seeds, images, gain), Margin(0.01), adjustment)
    leaves_out = found.interval.low > 0 or found.interval.high < 0
    if seeds > 1:
        assert leaves_out == found.is_decided == (found.significance.p_adjusted < 0.05)
    else:
        assert leaves_out or not found.is_decided or found.significance.name.startswith("McNemar")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 8), st.integers(50, 400), st.floats(-0.4, 0.4), ADJUSTMENTS)
def test_no_loss_is_found_exactly_where_the_interval_ends_before_the_margin(seed, seeds, images, gain, adjustment):
    tables = hits(np.random.default_rng(seed), seeds, images, gain)
    found = judged(tables, Margin(0.1, asks_no_loss=True), adjustment)
    if found.verdict == "not worse":
        assert found.interval.low > -0.1
    # Two images more make the test a little stricter, most of all at two degrees of freedom.
    if found.interval.low > -0.1 + 16 / images:
        assert found.verdict != "inconclusive"


def test_a_loss_that_is_better_counts_in_the_metrics_own_direction():
    generator = np.random.default_rng(0)
    noise = generator.normal(scale=0.01, size=(5, 500))
    tables = {"a": Crossed(np.full((5, 500), 1.0)), "b": Crossed(0.9 + noise)}
    assert judged(tables, Margin(0.0), AtOnce(1), LOG_LOSS).verdict == "better"
    assert judged(tables, Margin(0.5), AtOnce(1), LOG_LOSS).verdict == "better, within the margin"
    less = {"a": tables["b"], "b": tables["a"]}
    assert judged(less, Margin(0.0), AtOnce(1), LOG_LOSS).verdict == "worse"
    assert judged(less, Margin(0.5, asks_no_loss=True), AtOnce(1), LOG_LOSS).verdict == "worse, within the margin"


def study_of_three(**fields):
    study = small_study()
    arms = [study.control.but(f"lr {lr}", optimizer=vv.SGD(lr=lr)) for lr in (0.1, 0.2)]
    return replace(study, arms=arms, **fields)


def test_margins_are_the_metrics_own(tmp_path):
    study = study_of_three(margins={"log_loss": 0.3}, margin=0.02)
    found = fabricated(tmp_path, study)
    sizes = {metric.name: found.margin_of(metric).size for metric in found.metrics}
    assert (sizes["accuracy"], sizes["macro_f1"], sizes["log_loss"]) == (0.02, 0.02, 0.3)


def fabricated(path, study):
    vv.run_study(replace(study, seeds=2), path)
    return vv.compare(path)


def test_what_is_primary_is_judged_apart_and_the_rest_says_that_it_is_secondary(tmp_path):
    study = study_of_three()
    first, _ = study.arms
    found = fabricated(tmp_path, replace(study, primary=[(first, study.control)]))
    assert [(row.treatment, row.is_primary, row.significance.family) for row in found.headlines] == [
        ("lr 0.1", True, 1),
        ("lr 0.2", False, 1),
    ]
    (table,) = headline_answer(found).tables()
    assert "Primary is the accuracy of lr 0.1 \N{MINUS SIGN} plain; all else is secondary." in table.note
    assert "lr 0.2 against plain (secondary)" in write_report(tmp_path).read_text()


def test_a_primary_pair_that_no_factor_alone_tells_apart_is_contrasted(tmp_path):
    study = study_of_three()
    both = study.control.but("both", optimizer=vv.SGD(lr=0.1), input=vv.PixelPermutation())
    document = StudyDocument.of(replace(study, arms=[*study.arms, both], primary=[(both, study.control)]))
    assert document.primary == (("both", "plain"),)
    found = fabricated(tmp_path, replace(study, arms=[*study.arms, both], primary=[(both, study.control)]))
    assert ("both", "plain") in [(pair.treatment, pair.control) for pair in found.pairs]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"margin": 0}, r"margin can't be used; got 0; expected a fraction between 0 and 1, or visavis\.NonInferior"),
        ({"margins": {"acuracy": 0.1}}, r"margins can't be used; got 'acuracy'; expected .*perhaps accuracy"),
        ({"margins": {"log_loss": 0}}, r"margins\.log_loss can't be used; got 0; expected a number above 0"),
        ({"margins": 0.1}, r"margins can't be used; got 0\.1; expected numbers by metric"),
        ({"primary": ["plain"]}, r"primary can't be used; .* expected pairs of the study's own arms"),
    ],
)
def test_rules_that_can_not_be(fields, message):
    with pytest.raises(InvalidStudy, match=message):
        replace(small_study(), **fields)


def test_a_margin_of_no_loss_that_can_not_be():
    for margin in (0, 1, "0.1"):
        with pytest.raises(InvalidStudy, match="expected a fraction between 0 and 1"):
            vv.NonInferior(margin)
