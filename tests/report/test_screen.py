"""The first screen of studies of every design: what answers the question, drawn once, and nothing left out."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

import fabricated
from visavis.evidence import compare
from visavis.report.card import card_of
from visavis.report.figures.contrasts import contrasts_figure
from visavis.report.figures.curves import Doses
from visavis.report.page import render
from visavis.report.screen import MOST_ROWS, first_screen

DESIGNS = ("pair", "ten", "doses", "log_doses", "crossing", "square", "named_grid", "number_grid", "cube",
           "eight_curves", "mixed")  # fmt: skip


@pytest.fixture(scope="module")
def comparisons(finished, tmp_path_factory):
    """A comparison for each design."""
    root = tmp_path_factory.mktemp("designs")
    return {
        name: compare(fabricated.fabricate(finished, root / name, getattr(fabricated, name)()).path) for name in DESIGNS
    }


def drawn(figure):
    """What a figure is of, by its accessible name."""
    return re.search(r'aria-label="([^"]*)"', figure.svg)[1]


def titles(comparison):
    return [[drawn(figure).split(";")[0] for figure in group] for group in first_screen(comparison).groups]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pair", [["Differences of accuracy with their intervals"]]),
        ("ten", [["Differences of accuracy with their intervals"]]),
        ("doses", [["Accuracy over training.rate: training.rate"]]),
        ("log_doses", [["Accuracy over training.number: training.number"]]),
        ("crossing", [["Accuracy over training.number: LetterCNN and MLP"]]),
        ("square", [["Accuracy by model and input"]]),
        ("named_grid", [["Accuracy by optimizer and schedule"]]),
        ("number_grid", [["Accuracy by optimizer.lr and training.rate, the values written in"]]),
        ("cube", [["Accuracy by model and input"] * 2]),
        ("eight_curves", [["Accuracy over epochs: A, B, C, D, E and F"], ["Accuracy over epochs: G and H"]]),
        ("mixed", [["Accuracy over training.rate: training.rate"], ["Differences of accuracy with their intervals"]]),
    ],
)
def test_one_figure_answers_the_question(comparisons, name, expected):
    assert titles(comparisons[name]) == expected


@pytest.mark.parametrize("name", DESIGNS)
def test_every_contrast_is_drawn_once_and_stands_in_the_card(comparisons, name):
    comparison = comparisons[name]
    screen = first_screen(comparison)
    card = card_of(comparison, screen)
    rows = [*card.rows, *card.more]
    for contrast in comparison.headlines:
        assert sum(row.judgement is contrast for row in rows) == 1
    for interaction in comparison.interactions:
        assert sum(row.judgement is interaction for row in rows) == 1
    trends = [row.judgement for row in rows if row.noun == "trend"]
    assert len(trends) == len(comparison.curves)
    for family in (comparison.headlines, comparison.interactions, comparison.main_effects):
        if len(family) > 1:
            assert f"the {len(family)} " in card.note


@pytest.mark.parametrize("name", DESIGNS)
def test_the_page_has_no_figure_twice(comparisons, name):
    charts = re.findall(r'<svg role="img".*?</svg>', render(comparisons[name]), re.DOTALL)
    assert len(charts) == len(set(charts))
    assert all('aria-label="' in chart for chart in charts)


def test_one_curve_is_the_answer_and_its_contrasts_can_be_asked_for(comparisons):
    comparison = comparisons["doses"]
    card = card_of(comparison, first_screen(comparison))
    assert card.is_single
    assert (card.rows[0].word, card.rows[0].kind) == ("falls", "worse")
    assert card.more_text == "4 contrasts"
    page = render(comparison)
    assert "Over training.rate, from 0 (noise 0) to 0.6 (noise 0.6)" in page
    assert page.count('<section class="hero" aria-label="The answer">') == 1


def test_a_curve_has_a_dot_for_each_seed_and_a_tick_for_each_dose(comparisons):
    comparison = comparisons["doses"]
    ((figure,),) = first_screen(comparison).groups
    dots = figure.svg.count('fill-opacity="0.4"/>')
    assert dots == len(comparison.arms) * len(comparison.seeds)
    assert re.findall(r">(0|0\.1|0\.2|0\.4|0\.6)</tspan>", figure.svg) == ["0", "0.1", "0.2", "0.4", "0.6"]
    assert figure.svg.count("<polygon") == 1


def test_what_is_not_told_from_the_control_is_hollow(comparisons):
    comparison = comparisons["doses"]
    (curve,) = comparison.curves
    ((figure,),) = first_screen(comparison).groups
    undecided = sum(not contrast.is_decided for contrast in curve.contrasts)
    assert figure.svg.count('fill="var(--paper)"') == undecided > 0
    assert "Hollow: not told from noise 0." in figure.caption


def test_doses_far_apart_stand_on_a_log_scale_and_the_control_is_a_line(comparisons):
    comparison = comparisons["log_doses"]
    ((figure,),) = first_screen(comparison).groups
    doses = Doses.of(comparison.curves)
    steps = [doses.at(high) - doses.at(low) for low, high in pairwise(doses.doses)]
    assert max(steps) < 1.2 * min(steps)
    assert "all images (no dose)" in figure.svg
    assert "Hollow: not told from all images." in figure.caption


def test_two_curves_share_a_figure_with_their_difference_and_where_they_cross(comparisons):
    comparison = comparisons["crossing"]
    ((figure,),) = first_screen(comparison).groups
    assert all(f">{name}</tspan>" in figure.svg for name in ("LetterCNN", "MLP", "gap, pp"))
    assert figure.svg.count("<polygon") == 3
    assert figure.svg.count("<rect") == len(comparison.curve_gaps[0].crossings) == 1
    assert "They cross between 100 and 300" in render(comparison)


def test_differences_of_many_curves_are_told_apart(comparisons):
    (figure,), _ = first_screen(comparisons["eight_curves"]).groups
    assert "Gaps: each less A, in the colour of the curve." in figure.caption


def test_what_is_on_no_curve_has_a_row(comparisons):
    comparison = comparisons["mixed"]
    assert [row.noun for row in card_of(comparison, first_screen(comparison)).rows] == ["trend"] + 3 * ["contrast"]
    assert "by class is not on the curve over training.rate" in render(comparison)


def test_a_two_by_two_tells_its_interaction_and_its_main_effects_first(comparisons):
    comparison = comparisons["square"]
    card = card_of(comparison, first_screen(comparison))
    assert [row.noun for row in card.rows] == ["interaction", "main effect", "main effect"]
    assert card.rows[0].text == (
        "model \N{MULTIPLICATION SIGN} input: MLP against LetterCNN, with Untouched less with PixelPermutation"
    )
    assert card.rows[1].text == "model: MLP against LetterCNN, mean over 2 combinations of input"
    assert "the interaction of model and input, is" in render(comparison)


def test_panels_beside_each_other_have_one_scale_and_say_what_differs(comparisons):
    ((first, second),) = first_screen(comparisons["cube"]).groups
    assert {first.heading, second.heading} == {"Unaugmented", "Shift"}
    ticks = [re.findall(r'text-anchor="end"[^>]*><tspan[^>]*>([\d.]+)<', figure.svg) for figure in (first, second)]
    assert ticks[0] == ticks[1] != []


def test_a_map_has_every_value_written_in(comparisons):
    comparison = comparisons["number_grid"]
    ((figure,),) = first_screen(comparison).groups
    values = {f"{100 * comparison.measured[arm]['accuracy'].interval.value:.1f}" for arm in comparison.arms}
    assert values <= set(re.findall(r">([\d.]+)</tspan>", figure.svg))
    assert figure.svg.count("<rect") == len(comparison.arms)


def test_many_contrasts_leave_the_first_screen(comparisons):
    comparison = comparisons["ten"]
    nine = comparison.headlines
    many = replace(nine[0], by_seed=nine[0].by_seed)
    object.__setattr__(comparison, "__dict__", comparison.__dict__ | {"headlines": (*nine, *[many] * 5)})
    screen = first_screen(comparison)
    card = card_of(comparison, screen)
    assert len(card.rows) == MOST_ROWS
    assert len(screen.more) == 1
    object.__setattr__(comparison, "__dict__", comparison.__dict__ | {"headlines": nine})


def test_a_common_control_is_said_once(comparisons):
    comparison = comparisons["ten"]
    figure = contrasts_figure(comparison, comparison.headlines)
    assert "Each arm less plain." in figure.caption
    assert ">AdamW</tspan>" in figure.svg
    assert ">\N{MINUS SIGN} plain</tspan>" not in figure.svg


def test_a_metric_that_is_no_share_has_no_percent(comparisons):
    comparison = comparisons["doses"]
    changed = replace(comparison, study=fabricated.with_headline(comparison.study, "log_loss"))
    ((figure,),) = first_screen(changed).groups
    assert ">log-loss</tspan>" in figure.svg
    assert "in %" not in figure.svg
    card = card_of(changed, first_screen(changed))
    assert (card.rows[0].word, card.rows[0].kind, card.rows[0].unit) == ("rises", "worse", "")
