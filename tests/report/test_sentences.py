"""The sentences read back: sign, unit, verdict, for many results."""

import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.comparison import compare
from visavis.report import sentences
from visavis.results import Contrast, Interval, Measured
from visavis.stats.intervals import equivalence_p, two_sided_p
from visavis.stats.verdicts import verdict

NUMBER = r"([+−]\d+\.\d)"


def made(control, difference, error, seeds):
    """A contrast and what its sentence needs, from three numbers."""
    degrees = 2.0 * seeds
    p = two_sided_p(difference, error, degrees)
    interval = Interval(difference, difference - 3 * error, difference + 3 * error, 0.95, degrees, error, p, seeds, 500)
    found = verdict(interval, p, equivalence_p(interval, 0.01), higher_is_better=True)
    contrast = Contrast("treated", "usual", "input", "accuracy", interval, p, found, {})

    def measured(value):
        return {"accuracy": Measured(Interval(value, 0, 1, 0.95, 1.0, 0.1, 0.5, seeds, 500), {})}

    comparison = SimpleNamespace(
        measured={"treated": measured(control + difference), "usual": measured(control)}, margin=0.01
    )
    return contrast, comparison


def read(text):
    return float(text.replace("−", "-"))


@given(st.floats(0.3, 0.7), st.floats(-0.3, 0.3), st.floats(0.0001, 0.1), st.integers(1, 20))
def test_the_answer_says_what_the_numbers_say(control, difference, error, seeds):
    contrast, comparison = made(control, difference, error, seeds)
    text = sentences.answer(contrast, comparison)
    assert read(re.search(NUMBER + " pp of accuracy", text)[1]) == pytest.approx(100 * difference, abs=0.051)
    low, high = map(read, re.search(f"interval {NUMBER} to {NUMBER} pp", text).groups())
    assert (low, high) == pytest.approx((100 * contrast.interval.low, 100 * contrast.interval.high), abs=0.051)
    values = [float(value) for value in re.findall(r"(\d+\.\d) %", text)]
    assert values == pytest.approx([100 * (control + difference), 100 * control], abs=0.051)
    assert ("1 seed ×" in text) == (seeds == 1)
    said = sentences.verdict_sentence(contrast, comparison.margin)
    assert (
        ("is better than" in said) == (contrast.verdict == "better") == (difference > 0 and contrast.p_adjusted < 0.05)
    )
    assert ("is worse than" in said) == (contrast.verdict == "worse") == (difference < 0 and contrast.p_adjusted < 0.05)
    assert ("equivalent within 1 pp" in said) == (contrast.verdict == "equivalent")
    assert ("not decided" in said) == (contrast.verdict == "inconclusive")
    assert (sentences.ONE_SEED in said) == (seeds == 1)


def test_the_sentences_of_a_whole_study(finished):
    comparison = compare(finished.path)
    for contrast in comparison.headlines:
        assert contrast.treatment in sentences.answer(contrast, comparison)
        assert "and in nothing else" in sentences.held_equal_sentence(comparison, contrast)
        assert "after Holm over 4 contrasts" in sentences.significance_sentence(contrast, 4)
    (interaction,) = comparison.interactions
    said = sentences.interaction_sentence(interaction, comparison)
    assert "the interaction of input and model" in said
    assert sentences.warnings(comparison) == []
    assert sentences.remarks(comparison) == ["synthetic images"]
