"""The sentences read back: sign, unit, pp against %, verdict, for thousands of random results."""

import re
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.conclusions import Estimate, FalseAlarms, Looks, Margin, Pairing, SeedTests
from visavis.evidence import compare
from visavis.evidence.judging import contrast_of, judge, outlook, weigh
from visavis.findings import warnings_of
from visavis.findings.answer import ONE_SEED, answer, further_sentence, verdict_sentence
from visavis.findings.false_alarms import false_alarms_sentences
from visavis.findings.grounds import (
    grounds,
    pairing_sentence,
    seed_tests_sentence,
    significance_sentence,
)
from visavis.findings.held_equal import held_equal_sentence
from visavis.findings.interaction import Interactions
from visavis.findings.looks import looks_sentence
from visavis.pairing import Pair
from visavis.quantities import Interval, difference_text, name_text
from visavis.stats.adjustment import AtOnce
from visavis.stats.looks import error_rate_of_looks
from visavis.stats.metrics import ACCURACY, CALIBRATION_ERROR, F1, LOG_LOSS, MACRO_F1, OfClass
from visavis.stats.units import Crossed

NUMBER = r"([+−]\d+\.\d+)"


def test_a_metric_keeps_its_capitals_in_a_sentence():
    names = [name_text(metric) for metric in (ACCURACY, MACRO_F1, LOG_LOSS, OfClass(F1, 0, "A"))]
    assert names == ["accuracy", "macro F1", "log-loss", "F1 of A"]


MANY = settings(max_examples=1000, deadline=None)


def read(text):
    return float(text.replace("−", "-"))


def judged(seed, seeds, difference, spread, metric, margin=0.01, images=40):
    """A contrast as the report gets it, from random tables; and what its sentences need beside it."""
    generator = np.random.default_rng(seed)
    control = generator.random((seeds, images)) < 0.6
    treatment = control + difference + spread * generator.normal(size=(seeds, 1))
    if metric == ACCURACY:
        treatment = generator.random((seeds, images)) < np.clip(treatment.mean(1, keepdims=True), 0, 1)
    tables = [Crossed(table.astype(float)) for table in (treatment, control)]
    means = [table.over_images().values for table in tables]
    by_seed = dict(enumerate(means[0] - means[1]))
    pair = Pair("treated", "usual", ("input",))
    draft = weigh(pair.weights, metric, dict(zip(("treated", "usual"), tables, strict=True)), by_seed)
    contrast = contrast_of(pair, *judge([draft], Margin(margin), AtOnce(1)))
    further = cache(lambda: outlook(contrast, draft, Margin(margin)))

    def measured(value):
        return {metric.name: Estimate(Interval(value, 0, 1, 0.95, 1.0, 0.1, 0.5, seeds, images), {})}

    arms = {name: measured(float(mean.mean())) for name, mean in zip(("treated", "usual"), means, strict=True)}
    return contrast, SimpleNamespace(measured=arms, margin_of=lambda _: Margin(margin), further=lambda _: further())


results = st.builds(
    judged,
    st.integers(0, 10**6),
    st.integers(1, 12),
    st.floats(-0.3, 0.3) | st.floats(-0.003, 0.003),
    st.floats(0, 0.1) | st.just(0.0),
    st.sampled_from([ACCURACY, MACRO_F1, LOG_LOSS, CALIBRATION_ERROR]),
)


def require_the_answer(result):
    contrast, comparison = result
    interval, metric = contrast.interval, contrast.metric
    text = answer(contrast, comparison)
    scale, unit, tolerance = (100, " pp", 0.0501) if metric.is_share else (1, "", 0.000501)
    said = re.search(rf": {NUMBER}{unit} of {name_text(metric)} \(95 % interval {NUMBER} to {NUMBER}{unit};", text)
    values = [read(number) for number in said.groups()]
    true_values = (interval.value, interval.low, interval.high)
    assert values == pytest.approx([scale * true for true in true_values], abs=tolerance)
    for number, true in zip(values, true_values, strict=True):
        assert np.sign(number) == np.sign(true) or abs(scale * true) < 1e-6, "the sign is never rounded away"
    arms = [comparison.measured[arm][metric.name].interval.value for arm in ("treated", "usual")]
    if metric.is_share:
        assert [float(one) for one in re.findall(r"(-?\d+\.\d) %", text)] == pytest.approx(
            [100 * one for one in arms], abs=0.0501
        )
    else:
        assert "%" not in text.replace("95 %", "")
        assert "pp" not in text
    assert ("1 seed ×" in text) == (interval.seeds == 1)


def require_the_verdict(result):
    contrast, comparison = result
    said = verdict_sentence(contrast, comparison)
    significant = contrast.significance.p_adjusted < 0.05
    gained = (contrast.interval.value > 0) == contrast.metric.higher_is_better
    assert ("is better than" in said) == contrast.verdict.startswith("better") == (significant and gained)
    assert ("is worse than" in said) == contrast.verdict.startswith("worse") == (significant and not gained)
    assert ("are equivalent within 1 pp" in said) == (contrast.verdict == "equivalent")
    assert ("not decided" in said) == (contrast.verdict == "inconclusive")
    assert ("by less than" in said) == contrast.verdict.endswith("within the margin")
    assert (ONE_SEED in said) == (contrast.interval.seeds == 1)
    further = comparison.further(contrast)
    assert ("decision has a probability" in said or "No number of seeds" in said) == (further is not None)
    assert further is None or contrast.verdict == "inconclusive"
    # Without any error the interval is that of images unlike these, and the test one of signs.
    if contrast.interval.seeds > 1 and contrast.significance.family == 1 and contrast.interval.error > 0:
        outside = contrast.interval.low > 0 or contrast.interval.high < 0
        assert outside == significant or abs(contrast.significance.p - 0.05) < 1e-9


def require_the_plan(result):
    contrast, comparison = result
    further = comparison.further(contrast)
    if further is None:
        return
    said = further_sentence(contrast, further)
    assert ("No number of seeds" in said) == (further.seeds is None)
    if further.images:
        assert f"{further.images:,} test images may" in said
    if further.seeds is None:
        return
    more = int(re.search(r"With ([\d,]+) more seed", said)[1].replace(",", ""))
    assert more == further.seeds - contrast.interval.seeds > 0
    assert int(re.search(r"probability of (\d+) %", said)[1]) >= 80
    outcome = "a difference" if further.difference >= 0.5 else "equivalence"
    assert f"({outcome} in " in said


def require_the_test(result):
    contrast, _ = result
    said = significance_sentence(contrast)
    if contrast.significance.name.startswith("Sign test"):
        assert "on so few test images" in said
        assert contrast.significance.p >= 2 * 0.5**contrast.interval.images
        return
    if contrast.significance.name == "No test":
        assert "a verdict takes 10" in said
        return
    one_seed = contrast.interval.seeds == 1
    assert ("two given models" in said) == one_seed
    assert ("the claim is about procedures" in said) == (not one_seed)
    assert ("McNemar" in said) == (one_seed and contrast.metric == ACCURACY)
    stated = re.search(r"p (?:= (\.\d+|1\.0+)|< \.001)\.$", said)
    assert stated, said
    assert (float(stated[1] or 0) < 0.05) == (contrast.significance.p < 0.05)


@settings(max_examples=2000, deadline=None)
@given(results)
def test_no_sentence_contradicts_its_numbers(result):
    require_the_answer(result)
    require_the_verdict(result)
    require_the_plan(result)
    require_the_test(result)


@MANY
@given(st.integers(2, 30), st.none() | st.floats(0, 1), st.none() | st.floats(0, 1))
def test_rank_tests_that_cannot_reach_a_level_are_not_given(seeds, paired, ranked):
    said = seed_tests_sentence(SeedTests(paired, ranked, 2.0 ** (1 - seeds), seeds))
    assert ("can't reach .05" in said) == (ranked is None)
    assert ("Wilcoxon" in said) == (ranked is not None)
    assert f"over {seeds} seeds" in said
    assert ("no spread to go by" in said) == (paired is None)
    assert len(re.findall(r"p (?:= (?:\.\d+|1\.0+)|< \.001)", said)) == 1 + (paired is not None)


@MANY
@given(st.floats(-1, 1), st.floats(0, 3), st.floats(0.001, 1), st.floats(0.001, 1), st.integers(3, 30))
def test_what_pairing_gained(correlation, ratio, first, second, seeds):
    pairing = Pairing(correlation, ratio, first, second, seeds)
    said = pairing_sentence(pairing)
    assert ("worth nothing" in said) == (ratio >= 1)
    if 0.01 < ratio < 1:
        assert float(re.search(r"worth (\d+\.\d) times", said)[1]) == pytest.approx(1 / ratio, abs=0.051)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=2, max_size=5, unique=True).map(sorted))
def test_looks_and_their_error_rate(sizes):
    rate = error_rate_of_looks(sizes)
    said = looks_sentence(Looks(tuple(sizes), rate))
    assert all(str(size) in said for size in sizes)
    assert int(re.search(r"about (\d+) % of studies, not 5 %", said)[1]) == round(100 * rate)
    assert rate > 0.05


@MANY
@given(st.integers(0, 10**6), st.integers(2, 10), st.integers(0, 500), st.integers(0, 45))
def test_false_alarms_are_counted(seed, seeds, alarms, single):
    contrast, _ = judged(seed, seeds, 0.0, 0.0, ACCURACY)
    said = " ".join(false_alarms_sentences(FalseAlarms(contrast, 500, alarms, 45, single)))
    assert f"finds a difference in {alarms} ({100 * alarms / 500:.0f} %" in said
    assert f"in {single} of 45 pairs of single runs ({100 * single / 45:.0f} %)" in said
    assert difference_text(contrast.interval.value, ACCURACY) in said


def test_the_sentences_of_a_whole_study(finished):
    comparison = compare(finished.path)
    for contrast in comparison.headlines:
        assert contrast.treatment in answer(contrast, comparison)
        assert "and in nothing else" in held_equal_sentence(comparison, contrast)
        lines = list(grounds(comparison, contrast))
        assert "adjusted for 4 contrasts" in lines[0]
        assert "sign and rank tests over so few can't reach .05 (smallest p = .250)" in lines[1]
    said = " ".join(Interactions(comparison).sentences())
    assert "the interaction of input and model" in said
    assert all("still falling" in text or "too few to be units" in text for text in warnings_of(comparison))
    assert comparison.brands == ("synthetic images",)
