import csv
import io
import json
import re
import shutil
import time
from dataclasses import replace

import pytest
from msgspec import structs

from small import with_many_classes
from visavis import quantities
from visavis.errors import UsageError
from visavis.evidence import compare
from visavis.findings import Table
from visavis.findings.contrasts import contrasts_table
from visavis.findings.selection import select
from visavis.quantities import Interval
from visavis.report import formats, tables, write_report
from visavis.stats.metrics import ACCURACY, F1, LOG_LOSS, OfClass
from visavis.store import RunFolder


@pytest.fixture(scope="module")
def comparison(finished):
    return compare(finished.path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (quantities.value_text(0.8957, ACCURACY), "89.6 %"),
        (quantities.value_text(0.5412, LOG_LOSS), "0.541"),
        (quantities.value_text(0.5, OfClass(F1, 0, "A")), "50.0 %"),
        (quantities.difference_text(-0.0123, ACCURACY), "−1.2 pp"),
        (quantities.difference_text(0.0123, LOG_LOSS), "+0.012"),
        (quantities.difference_text(-0.0001, ACCURACY), "−0.01 pp"),
        (quantities.difference_text(-1e-12, ACCURACY), "+0.0 pp"),
        (quantities.p_text(0.0004), "p < .001"),
        (quantities.p_text(0.0123), "p = .012"),
        (quantities.p_text(1.0), "p = 1.000"),
        (quantities.p_text(0.0497), "p = .0497"),
        (quantities.p_text(0.0501), "p = .050"),
        (quantities.count(1, "seed"), "1 seed"),
        (quantities.count(2000, "test image"), "2,000 test images"),
    ],
)
def test_numbers_are_written_in_one_way(text, expected):
    assert text == expected


def test_intervals_are_written_in_one_way():
    interval = Interval(0.01, -0.004, 0.024, 0.95, 4.0, 0.005, 0.1, 3, 2000)
    assert quantities.difference_range_text(interval, ACCURACY) == "−0.4 to +2.4 pp"
    assert quantities.range_text(interval, LOG_LOSS) == "−0.004 to 0.024"
    assert quantities.range_text(replace(interval, error=0.0), ACCURACY) == "no spread seen"
    assert quantities.basis_text(interval) == "3 seeds × 2,000 test images"


def test_percent_and_percentage_points_are_kept_apart(comparison):
    for row in contrasts_table(comparison).rows:
        assert "%" not in row[3] + row[4]
    for row in tables.arms_table(comparison).rows:
        assert "pp" not in " ".join(row)


def test_the_baseline_stands_in_the_table_of_arms(comparison):
    assert tables.arms_table(comparison).rows[-1][:2] == ("always the largest class", "10.0 %")


def test_json_holds_arms_and_contrasts_as_fractions(comparison):
    plain = json.loads(json.dumps(formats.to_plain(comparison)))
    arm = plain["arms"]["plain"]["accuracy"]
    assert set(arm) >= {"mean", "low", "high", "seeds"}
    first = plain["contrasts"][0]
    assert set(first) >= {
        "treatment", "control", "factors", "metric", "difference", "low", "high", "p", "seeds", "images", "verdict",
    }  # fmt: skip
    expected = plain["arms"]["permuted"]["accuracy"]["mean"] - arm["mean"]
    assert first["difference"] == pytest.approx(expected, abs=1e-12)
    assert -1 <= first["low"] <= first["difference"] <= first["high"] <= 1
    assert plain["interactions"][0]["factor"] == "input"


def test_csv_is_tidy_and_in_full_precision(comparison):
    rows = list(csv.DictReader(io.StringIO(formats.to_csv(comparison))))
    means = {(row["kind"], row["name"], row["control"], row["metric"]): row for row in rows if not row["seed"]}
    row = means["contrast", "permuted", "plain", "accuracy"]
    assert float(row["value"]) == comparison.headlines[0].interval.value
    seeds = [r for r in rows if r["name"] == "plain" and r["metric"] == "log_loss" and r["seed"]]
    assert [int(r["seed"]) for r in seeds] == [0, 1, 2]
    assert all(row["brand"] == "synthetic images" for row in rows)


def test_markdown_and_latex_hold_every_number_of_the_tables(comparison):
    shown = list(tables.all_tables(comparison))
    markdown, latex = formats.to_markdown(shown, ["quick"]), formats.to_latex(shown, ["quick"])
    assert "**quick**" in markdown
    assert latex.startswith("% quick")
    for table in shown:
        for row in table.rows:
            assert row[1].split(" ")[0].replace("−", "$-$") in latex
            assert row[1].split(" ")[0] in markdown
    assert latex.count(r"\begin{tabular}") == len(shown)


def test_a_selection_shows_less_of_the_same(comparison):
    whole = {row[:3]: row for row in contrasts_table(comparison).rows}
    some = select(comparison, ["log_loss", "f1"], ["wide"], brief=False)
    rows = contrasts_table(comparison, some).rows
    assert {(row[0], row[2]) for row in rows} == {("wide − plain", "Log-loss"), ("wide permuted − wide", "Log-loss")}
    assert all(row == whole[row[:3]] for row in rows)
    shown = list(tables.all_tables(comparison, some))
    assert [table.title for table in shown] == [
        "Arms", "Contrasts", "wide against plain", "F1 by class: wide against plain", "wide permuted against wide",
        "F1 by class: wide permuted against wide", "Class by class: wide",
    ]  # fmt: skip
    assert shown[0].columns == ("arm", "Log-loss")
    assert [row[0] for row in shown[2].rows] == ["Log-loss"]
    assert shown[-1].columns == ("class", "F1", "support")


def test_in_brief_there_are_the_contrasts_of_the_headline(comparison):
    (table,) = tables.all_tables(comparison, select(comparison, [], [], brief=True))
    assert [row[2] for row in table.rows] == ["Accuracy"] * 4


def test_in_brief_there_are_no_classes(comparison):
    (table,) = tables.all_tables(comparison, select(comparison, ["f1", "log_loss"], [], brief=True))
    assert table.title == "Contrasts"
    with pytest.raises(UsageError, match="--brief shows no tables of classes; got --metric f1; expected one of accur"):
        select(comparison, ["f1"], [], brief=True)


def test_tables_with_verdicts_say_what_is_adjusted(comparison):
    summary = tables.summary_table(comparison, comparison.headlines[0])
    assert "; intervals and verdicts hold at once for the 4 contrasts. " in summary.note


def test_a_selection_holds_for_data_too(comparison):
    some = select(comparison, ["log_loss"], ["wide"], brief=False)
    plain, whole = formats.to_plain(comparison, some), formats.to_plain(comparison)
    assert plain["arms"] == {"wide": {"log_loss": whole["arms"]["wide"]["log_loss"]}}
    assert plain["by_class"] == {"wide": {}}
    assert plain["contrasts_by_class"] == plain["interactions"] == []
    kept = [one for one in whole["contrasts"] if one["metric"] == "log_loss" and "wide" in one.values()]
    assert plain["contrasts"] == kept
    rows = list(csv.DictReader(io.StringIO(formats.to_csv(comparison, some))))
    assert {row["metric"] for row in rows if row["kind"] != "warning"} == {"log_loss"}
    assert {row["name"] for row in rows if row["kind"] == "arm"} == {"wide"}


@pytest.mark.parametrize(
    ("names", "arms", "text"),
    [
        (["acuracy"], [], "no such metric; got 'acuracy'; expected accuracy, .* did you mean 'accuracy'"),
        (["nonsense"], [], r"no such metric; got 'nonsense'; expected accuracy, .*f1$"),
        ([], ["nonsense"], r"no such arm; got 'nonsense'; expected plain, .*[^; ]$"),
        ([], ["permutd"], "no such arm; got 'permutd'; expected plain, .* did you mean 'permuted'"),
    ],
)
def test_a_slip_of_the_pen_is_told_with_near_names(comparison, names, arms, text):
    with pytest.raises(UsageError, match=text):
        select(comparison, names, arms, brief=False)


@pytest.fixture(scope="module")
def thousand(finished, tmp_path_factory):
    """1,000 classes, two arms, two seeds."""
    folder = RunFolder(shutil.copytree(finished.path, tmp_path_factory.mktemp("many") / "run"))
    arms = {arm: folder.study.arms[arm] for arm in ("plain", "permuted")}
    folder.write(structs.replace(folder.study, arms=arms, seeds=(0, 1)))
    return with_many_classes(folder, 1000, 2000)


def test_a_thousand_classes_take_seconds_and_those_that_differ_most_are_shown(thousand):
    start = time.process_time()
    comparison = compare(thousand.path)
    shown = list(tables.all_tables(comparison))
    page = write_report(thousand.path)
    rows = list(csv.DictReader(io.StringIO(formats.to_csv(comparison))))
    assert time.process_time() - start < 30
    assert page.stat().st_size < 2_000_000
    by_class = next(table for table in shown if table.title.startswith("F1 by class"))
    (contrasts,) = comparison.class_contrasts.values()
    largest = sorted((abs(one.interval.value) for one in contrasts), reverse=True)[:40]
    named = {one.metric.class_name: abs(one.interval.value) for one in contrasts}
    assert [named[row[0]] for row in by_class.rows] == pytest.approx(largest)
    assert "960 more are in visavis compare --csv and --json" in by_class.note
    assert {row["metric"] for row in rows if row["kind"] == "contrast"} >= {
        f"f1[class {label}]" for label in range(1000)
    }


HOSTILE = ["<img src=x onerror=alert(1)>", "=cmd()", "a|b", "a\nb", "50% & $x_1$ \\end", "`code` [link](x)"]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_escaped_in_every_form(name):
    table = Table("T", ("class", "n"), ((name, "1"),))
    markdown, latex = formats.to_markdown([table], []), formats.to_latex([table], [])
    assert len(markdown.splitlines()) == 5
    assert "<" not in markdown.replace("\\<", "")
    assert not re.search(r"(?<!\\)[%&$_]", latex.split(r"\midrule")[1].split(r"\bottomrule")[0].replace(" & 1 ", ""))
    assert not str(formats.spreadsheet_safe(name)).startswith(("=", "+", "-", "@"))
