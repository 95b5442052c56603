"""Descriptions as short texts."""

import pytest

from fabricated import FACTORS, ten
from visavis.quantities import number_text
from visavis.report.wording import LONGEST, arm_lines, change_text, level_texts, line_texts, part_text, varied_factors

SGD, ADAMW = {"type": "SGD", "lr": 0.05, "nesterov": False}, {"type": "AdamW", "lr": 0.001}


def told(line):
    return "; ".join(f"{setting.factor} {setting.text}" for setting in line)


def test_of_the_control_the_main_factors_are_told_and_of_other_arms_what_they_change():
    arms = {name: FACTORS | changed for name, (changed, _) in ten().items()}
    lines = {name: told(line) for name, line in arm_lines(arms, "plain").items()}
    assert list(lines) == list(arms)
    assert lines["plain"].startswith(
        "model LetterCNN(channels=[16, 32]); optimizer SGD(lr=0.01, momentum=0.9, weight_decay=0); "
        "epochs 6; batch size 64"
    )
    assert lines["AdamW"] == "optimizer AdamW(lr=0.001, weight_decay=0.01)"
    assert lines["twice as long"] == "epochs 12 instead of 6"
    assert lines["smoothed"] == "loss CrossEntropy(smoothing=0.1)"
    assert lines["permuted pixels"] == "input PixelPermutation"
    assert "training" not in lines["plain"]  # no arm differs in it


def test_a_factor_that_any_arm_changes_is_told_of_the_control():
    arms = {"all": FACTORS, "few": FACTORS | {"training": {"type": "Fraction", "share": 0.1}}}
    assert told(arm_lines(arms, "all")["all"]).endswith("; training Everything")
    assert varied_factors(arms) == ("training",)


def test_an_arm_that_is_the_control_once_more_changes_nothing():
    assert arm_lines({"plain": FACTORS, "A/A": FACTORS}, "plain")["A/A"] == ()


@pytest.mark.parametrize(
    ("value", "base", "text"),
    [
        (20, 10, "20 instead of 10"),
        (1, 1.5, "1 instead of 1.5"),
        (ADAMW, SGD, "AdamW(lr=0.001)"),
        (SGD | {"lr": 0.1}, SGD, "SGD(lr=0.1)"),
        (SGD | {"nesterov": True}, SGD, "SGD(nesterov=True)"),
        ({"type": "Everything"}, {"type": "LabelNoise", "rate": 0.1}, "Everything"),
    ],
)
def test_a_change_is_told_by_what_is_new(value, base, text):
    assert change_text(value, base) == text


def test_long_parts_are_cut_in_a_line_and_whole_in_the_table():
    rates = {"type": "Rates", "rates": {f"layer{layer}": 0.01 for layer in range(30)}}
    assert len(change_text(rates, SGD)) == LONGEST
    assert change_text(rates, SGD).endswith("\N{HORIZONTAL ELLIPSIS}")
    assert "layer29=0.01" in part_text(rates)


def test_what_holds_nothing_is_left_out_but_zero_is_a_number():
    part = {"type": "Part", "weights": None, "flag": False, "names": [], "rate": 0, "own code": {"a.py": {"f": "ab"}}}
    assert part_text(part) == "Part(rate=0)"
    assert part_text({"type": "Part", "digest": "a" * 64}) == "Part(digest=aaaaaaaa\N{HORIZONTAL ELLIPSIS})"


@pytest.mark.parametrize(
    ("number", "text"), [(0.001, "0.001"), (20, "20"), (1e-5, "1e-5"), (0.1 + 0.2, "0.3"), (1e12, "1e12")]
)
def test_numbers_are_short(number, text):
    assert number_text(number) == text


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([SGD, ADAMW, SGD], ["SGD", "AdamW", "SGD"]),
        ([SGD, SGD | {"lr": 0.1}], ["lr=0.05", "lr=0.1"]),
        ([SGD, SGD | {"lr": 0.1}, ADAMW], ["SGD(lr=0.05)", "SGD(lr=0.1)", "AdamW"]),
        ([10, 20.5], ["10", "20.5"]),
    ],
)
def test_levels_are_told_apart_by_as_little_as_it_takes(values, texts):
    assert level_texts(values) == texts


def test_lines_are_called_by_what_differs_beside_their_number():
    arms = [
        FACTORS | {"model": {"type": model}, "training": {"type": "Noise", "rate": rate, "kind": kind}}
        for model, rate, kind in (("CNN", 0.0, "pair"), ("MLP", 0.1, "pair"), ("MLP", 0.1, "flip"))
    ]
    assert line_texts(arms, "training", "training.rate") == ["CNN, kind=pair", "MLP, kind=pair", "MLP, kind=flip"]
    assert line_texts(arms[:2], "training", "training.rate") == ["CNN", "MLP"]
    assert line_texts(arms[:1], "training", "training.rate") == ["training.rate"]
