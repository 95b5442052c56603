import pytest

from visavis.report import charts


@pytest.mark.parametrize(
    ("low", "high", "whole", "expected"),
    [
        (0.5, 1.5, True, ["1"]),
        (1, 3, True, ["1", "2", "3"]),
        (1, 60, True, ["10", "20", "30", "40", "50", "60"]),
        (-12, 31, False, ["−10", "0", "10", "20", "30"]),
        (0.018, 0.052, False, ["0.020", "0.025", "0.030", "0.035", "0.040", "0.045", "0.050"]),
        (99.9, 100, False, ["99.90", "99.92", "99.94", "99.96", "99.98", "100.00"]),
    ],
)
def test_ticks_are_round_numbers_within_the_range(low, high, whole, expected):
    assert charts.tick_texts(charts.ticks(low, high, whole=whole)) == expected


@pytest.mark.parametrize("numbers", [[0.0], [5.0, 5.0], [-1e-9, 1e-9], [1e6, 2e6]])
def test_a_range_is_never_empty(numbers):
    low, high = charts.span(numbers)
    assert low < min(numbers) <= max(numbers) < high
    assert charts.ticks(low, high)


def test_long_labels_are_broken_and_cut():
    assert charts.lines_of("a perceptron that is slower", 14) == ["a perceptron", "that is slower"]
    assert charts.lines_of("n" * 5000, 14) == ["n" * 14, "n" * 13 + "…"]
    assert charts.lines_of("a_class_of_one_long_word", 12, 1) == ["a_class_of_\N{HORIZONTAL ELLIPSIS}"]
    assert all(len(line) <= 7 for line in charts.lines_of("字" * 30, 14))
    assert charts.lines_of("", 14) == [""]


def test_what_strangers_name_is_text():
    assert "<img" not in charts.label((0, 0), ["<img src=x>"]) + charts.svg(
        charts.plot_frame((0, 1), (0, 1), []), [], '"><img src=x>'
    )
