import json
import re
import shutil
import time
from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs
from scipy import stats

import visavis as vv
from small import CELL, small_study
from visavis.errors import DamagedFile, RunFolderError
from visavis.evidence import compare
from visavis.findings import warnings_of
from visavis.findings.answer import answer
from visavis.findings.answers import short_answers
from visavis.findings.contrasts import contrasts_table
from visavis.findings.held_equal import held_equal_sentence
from visavis.pairing import Pair, agreement
from visavis.report import formats, tables
from visavis.results import Predictions
from visavis.stats.verdicts import Evidence, verdict
from visavis.store import RunFolder


@pytest.fixture(scope="module")
def comparison(finished):
    return compare(finished.path)


@pytest.fixture
def copied(finished, tmp_path):
    return shutil.copytree(finished.path, tmp_path / "copy")


def test_contrasts_are_between_arms_that_differ_in_one_factor(comparison):
    assert comparison.pairs == (
        Pair("permuted", "plain", ("input",)),
        Pair("wide", "plain", ("model",)),
        Pair("wide permuted", "permuted", ("model",)),
        Pair("wide permuted", "wide", ("input",)),
    )


def test_a_contrast_is_paired_by_seed_and_image(comparison):
    contrast = comparison.headlines[0]
    hits = [comparison.outputs.hits(arm).astype(float) for arm in ("permuted", "plain")]
    assert contrast.interval.value == pytest.approx((hits[0] - hits[1]).mean(), abs=1e-12)
    assert list(contrast.by_seed.values()) == pytest.approx((hits[0] - hits[1]).mean(axis=1).tolist(), abs=1e-12)
    assert (contrast.interval.seeds, contrast.interval.images) == (3, 50)
    assert contrast.interval.low <= contrast.interval.value <= contrast.interval.high


def test_an_arms_value_is_the_mean_over_seeds(comparison):
    measured = comparison.measured["plain"]["macro_f1"]
    assert measured.interval.value == pytest.approx(np.mean(list(measured.by_seed.values())), abs=1e-12)


def test_the_interaction_of_a_two_by_two(comparison):
    (found,) = comparison.interactions
    assert (found.first, found.second) == (("permuted", "plain"), ("wide permuted", "wide"))
    assert (found.factor, found.across) == ("input", "model")
    first, second = (
        next(c for c in comparison.headlines if (c.treatment, c.control) == pair)
        for pair in (found.first, found.second)
    )
    assert found.interval.value == pytest.approx(first.interval.value - second.interval.value, abs=1e-12)


def test_correlation_over_seeds(comparison):
    contrast = comparison.headlines[0]
    values = [list(comparison.measured[arm]["accuracy"].by_seed.values()) for arm in ("permuted", "plain")]
    found = comparison.pairing(contrast)
    assert found.correlation == pytest.approx(stats.pearsonr(*values).statistic)
    assert found.variance_ratio == pytest.approx(np.var(np.subtract(*values)) / (np.var(values[0]) + np.var(values[1])))
    assert (found.treatment_deviation, found.control_deviation) == pytest.approx(
        tuple(np.std(one, ddof=1) for one in values)
    )


def test_class_contrasts_are_one_family(comparison):
    found = comparison.class_contrasts[Pair("permuted", "plain", ("input",))]
    assert [contrast.metric.name for contrast in found] == [f"f1[{name}]" for name in "ABCDEFGHIJ"]
    assert all(contrast.significance.p_adjusted >= contrast.interval.p for contrast in found)


def test_one_seed_is_about_two_models(tmp_path):
    vv.run_study(small_study(seeds=1), tmp_path / "run")
    found = compare(tmp_path / "run")
    interval = found.headlines[0].interval
    assert (interval.seeds, interval.degrees) == (1, 49)
    assert found.pairing(found.headlines[0]) is None


def test_only_seeds_that_are_finished_in_every_arm_are_compared(copied):
    (copied / "cells" / "wide" / "seed-1" / "predictions/own.npz").unlink()
    (copied / "cells" / "wide" / "seed-1" / "failure.txt").write_text("the loss isn't finite\n")
    found = compare(copied)
    assert found.seeds == (0, 2)
    assert found.missing == {("wide", 1): "the loss isn't finite"}
    assert found.headlines[0].interval.seeds == 2


def test_a_damaged_cell_is_said_to_be_damaged(copied):
    folder = RunFolder(copied)
    path = folder.cell("wide", 1).path / "predictions/own.npz"
    path.write_bytes(path.read_bytes()[:1000])
    (folder.cell("wide", 2).path / "input.npz").write_bytes(b"")
    folder.cell("wide", 2).write_failure("an earlier try")
    reasons = compare(copied).missing
    assert reasons["wide", 1].startswith("damaged: ")
    assert reasons["wide", 2] == "damaged: input.npz changed since the cell was finished, running again trains it anew"
    for (arm, seed), reason in reasons.items():
        detail = reason.removeprefix("damaged: ").removesuffix(", running again trains it anew")
        assert detail in folder.cell(arm, seed).damage  # which is what status shows
        assert str(copied) not in reason
    assert len(reasons) == 2


def test_nothing_finished_is_an_error(copied):
    for path in copied.glob("cells/plain/*/predictions/own.npz"):
        path.unlink()
    with pytest.raises(RunFolderError, match="has nothing to compare yet; got plain, seed 0: not finished"):
        compare(copied)


def test_cells_that_were_tested_on_other_images_are_refused(copied):
    path = copied / "cells" / "wide" / "seed-1" / "predictions/own.npz"
    with np.load(path) as arrays:
        changed = {**arrays, "ids": arrays["ids"][::-1]}
    np.savez(path, **changed)
    with pytest.raises(RunFolderError, match="the cell of 'wide', seed 1, was tested on other images"):
        compare(copied)


def test_a_fingerprint_that_should_agree_and_does_not_is_named(copied):
    place = RunFolder(copied).cell("permuted", 1)
    document, predictions = place.read_document(), place.read_predictions()
    document.fingerprints["batch order"] = "another"
    place.finish(document, predictions)
    found = compare(copied).agreement("permuted", "plain")
    assert found.surprises(("input",)) == ("batch order",)


def test_weights_are_compared_tensor_by_tensor():
    one = structs.replace(CELL, fingerprints={"plan": "a"}, initial_weights={"x": "1", "y": "2", "z": "3"})
    two = structs.replace(CELL, fingerprints={"plan": "b"}, initial_weights={"x": "1", "y": "9"})
    found = agreement([(one, two)])
    assert (found.shared_weights, found.common_weights, found.all_weights) == (1, 2, 3)
    assert found.differ == ("plan", "initial weights")
    assert found.surprises(("model",)) == ()
    assert found.surprises(("input",)) == ("plan", "initial weights")


@pytest.mark.parametrize(
    ("is_gain", "difference", "equivalence", "not_worse", "expected"),
    [
        (True, 0.001, 1.0, None, "better"),
        (False, 0.001, 1.0, None, "worse"),
        (True, 0.6, 0.01, None, "equivalent"),
        (True, 0.2, 0.9, None, "inconclusive"),
        (True, 0.04, 0.01, None, "better, within the margin"),
        (False, 0.04, 0.01, None, "worse, within the margin"),
        (False, 0.6, 0.9, 0.01, "not worse"),
        (False, 0.6, 0.01, 0.01, "not worse"),
        (False, 0.6, 0.9, 0.2, "inconclusive"),
        (True, 0.001, 1.0, 0.001, "better"),
        (False, 0.001, 0.9, 0.001, "worse, within the margin"),
        (False, 0.001, 0.9, 0.9, "worse"),
    ],
)
def test_verdicts(is_gain, difference, equivalence, not_worse, expected):
    assert verdict(Evidence(is_gain, difference, equivalence, not_worse)) == expected


def test_an_arm_that_always_fails_is_left_out_and_named(copied):
    for path in (copied / "cells" / "wide").iterdir():
        (path / "predictions/own.npz").unlink()
        (path / "failure.txt").write_text("the loss isn't finite\n")
    found = compare(copied)
    assert found.arms == ("plain", "permuted", "wide permuted")
    assert found.seeds == (0, 1, 2)
    assert "Left out altogether: wide." in warnings_of(found)[0]
    assert "wide seed 0 (the loss isn't finite)" in warnings_of(found)[0]


def test_the_interaction_does_not_hang_on_the_order_of_arms(copied):
    path = copied / "study.json"
    study = json.loads(path.read_text())
    names = ["plain", "wide permuted", "permuted", "wide"]
    study["arms"] = {name: study["arms"][name] for name in names}
    path.write_text(json.dumps(study))
    (found,) = compare(copied).interactions
    assert {found.first, found.second} in (
        {("permuted", "plain"), ("wide permuted", "wide")},
        {("wide", "plain"), ("wide permuted", "permuted")},
    )


def test_a_contrast_that_is_asked_for_names_all_its_factors(copied):
    change_study(copied, asks=[["plain", "wide permuted"]])
    found = compare(copied)
    (asked,) = (contrast for contrast in found.headlines if len(contrast.factors) > 1)
    assert (asked.treatment, asked.control, asked.factors) == ("plain", "wide permuted", ("input", "model"))
    assert len(found.pairs) == asked.significance.family == 5
    assert len(found.interactions) == 1
    agreement = found.agreement(asked.treatment, asked.control)
    assert set(agreement.differ) == {"images as seen", "plan", "initial weights"}
    assert held_equal_sentence(found, asked).startswith(
        "The arms differ in the factors input and model and in nothing else; what differs follows from that: "
    )
    for said in (answer(asked, found), tables.summary_table(found, asked).note):
        assert "The two differ in input and model, as the study asks: what either does alone can't be told." in said
    for said in (repr(asked), *(line for line in short_answers(found.headlines) if line.startswith("plain against"))):
        assert "plain against wide permuted (they differ in input and model): " in said
    assert ("plain − wide permuted", "input and model") in {row[:2] for row in contrasts_table(found).rows}
    assert set(found.table().factors) == {"input", "model", "input and model"}
    (row,) = (
        row for row in formats.to_plain(found)["contrasts"] if len(row["factors"]) == 2 and row["metric"] == "accuracy"
    )
    assert (row["factors"], row["treatment"]) == (["input", "model"], "plain")
    assert "contrast,plain,wide permuted,input and model,accuracy" in formats.to_csv(found)


def test_asks_for_arms_that_are_none_are_a_damaged_study(copied):
    change_study(copied, asks=[["plain", "nobody"]])
    with pytest.raises(DamagedFile, match="asks for a pair that is none"):
        compare(copied)


def test_an_arm_whose_only_partner_has_no_finished_cell_is_told(copied):
    path = copied / "study.json"
    arms = {name: arm for name, arm in json.loads(path.read_text())["arms"].items() if name != "wide"}
    change_study(copied, arms=arms)
    for path in copied.glob("cells/permuted/*/predictions/own.npz"):
        path.unlink()
    assert "wide permuted stands in no contrast yet" in " ".join(warnings_of(compare(copied)))


def change_study(folder, **fields):
    path = folder / "study.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_contrasts_print_one_readable_line(comparison):
    line = repr(comparison.contrasts[0])
    assert line == str(comparison.contrasts[0])
    assert re.fullmatch(
        r"permuted against plain: [+−]\d+\.\d pp of accuracy \(95 % interval [+−]\d+\.\d to [+−]\d+\.\d pp; "
        r"3 seeds × 50 test images\): (better|worse|equivalent|inconclusive)",
        line,
    )
    assert line in repr(comparison)


def test_tables_are_data_frames(comparison):
    frame = comparison.table()
    assert len(frame) == len(comparison.contrasts)
    first, row = comparison.contrasts[0], frame.iloc[0]
    assert (row.treatment, row.metric, row.difference) == ("permuted", "accuracy", first.interval.value)
    arms = comparison.arm_table().set_index(["arm", "metric"])
    assert arms.loc[("plain", "macro_f1"), "mean"] == comparison.measured["plain"]["macro_f1"].interval.value
    seeds = comparison.seed_table()
    assert len(seeds) == 4 * 3
    assert seeds.groupby("arm").accuracy.mean()["wide"] == pytest.approx(arms.loc[("wide", "accuracy"), "mean"])
    assert "<table" in comparison._repr_html_()


def test_all_metrics_with_intervals_in_ten_seconds(comparison):
    """Five seeds, 7,178 images, seven classes, two arms."""
    generator = np.random.default_rng(0)
    labels = np.arange(7178) % 7
    ids = np.array([f"{row:05}".encode() for row in range(7178)])
    cells = {
        (arm, seed): Predictions(ids, labels, (generator.normal(size=(7178, 7)) + np.eye(7)[labels]).astype(np.float32))
        for arm in ("plain", "permuted")
        for seed in range(5)
    }
    large = replace(
        comparison,
        arms=("plain", "permuted"),
        seeds=tuple(range(5)),
        predictions=cells,
        data=structs.replace(comparison.data, classes=tuple("ABCDEFG"), train=(1,) * 7, test=(1,) * 7),
    )
    start = time.perf_counter()
    assert len(large.measured["plain"]) + len(large.class_measured["plain"]) == 6 + 35
    assert len(large.contrasts) == 6
    assert len(next(iter(large.class_contrasts.values()))) == 7
    assert time.perf_counter() - start < 10
