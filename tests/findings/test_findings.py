"""What findings say of run folders whose arms are made up, and that every output says it."""

import csv
import io
import json
import shutil
from dataclasses import replace
from html import unescape

import msgspec
import numpy as np
import pytest
from msgspec import structs

from small import with_arms
from visavis import findings
from visavis.cli.result import tell_findings
from visavis.evidence import compare
from visavis.findings import answers_of, checks_of, findings_of, held_equal_sentence, warnings_of
from visavis.findings.curve import Curves
from visavis.findings.curve_gap import CurveGaps
from visavis.findings.finding import Finding
from visavis.findings.interaction import Interactions
from visavis.findings.no_op import NoOps
from visavis.findings.selection import select
from visavis.findings.table import Table
from visavis.quantities import difference_text
from visavis.report import formats, tables
from visavis.report.page import render
from visavis.stats.metrics import LOG_LOSS
from visavis.store import RunFolder


def noise(rate, **fields):
    return {"training": {"type": "LabelNoise", "rate": rate, **fields}}


MLP, WIDE = {"model": {"type": "MLP", "hidden": [16]}}, {"model": {"type": "LetterCNN"}}
CURVE = {
    "clean": (noise(0.0), 3.0),
    "most": (noise(0.6), 0.5),
    "some": (noise(0.2), 2.9),
    "much": (noise(0.4), 1.0),
    "with augmentation": (noise(0.4) | {"input": {"type": "Blur"}}, 1.0),
    "slip": (noise(0.5, seed=3), 1.0),
}
CROSSING = {
    f"{model['model']['type']} {dose}": (model | {"training": {"type": "PerClass", "number": dose}}, skill)
    for model, skills in ((MLP, (0.4, 1.0, 1.3, 1.5)), (WIDE, (0.1, 0.7, 2.4, 3.4)))
    for dose, skill in zip((10, 30, 100, 300), skills, strict=True)
}
GRID = {
    f"{model['model']['type']}, {kind}": (model | {"input": {"type": kind}}, skill)
    for model, skills in ((MLP, (1.0, 1.1, 1.2)), (WIDE, (2.5, 1.0, 0.6)))
    for kind, skill in zip(("Plain", "Permuted", "Grey"), skills, strict=True)
}
ONE_PAIR = {"plain": ({}, 1.0), "wide": (WIDE, 2.5)}
FEW = {"all": ({}, 2.0), **{f"{rate} wrong": (noise(rate), 2.0 - 3 * rate) for rate in (0.1, 0.2, 0.4)}}
STUDIES = {"curve": CURVE, "crossing": CROSSING, "grid": GRID, "one pair": ONE_PAIR, "few": FEW}


@pytest.fixture(scope="module")
def made_up(finished, tmp_path_factory):
    """Run folders by the names of studies."""
    folders = {}

    def made(name):
        if name not in folders:
            path = shutil.copytree(finished.path, tmp_path_factory.mktemp(name) / "run")
            folders[name] = compare(with_arms(RunFolder(path), STUDIES[name]).path)
        return folders[name]

    return made


def about(comparison, headline):
    return replace(comparison, study=structs.replace(comparison.study, headline=headline))


def accuracies(comparison, arm):
    return comparison.outputs.hits(arm).mean(axis=1)


def text_of_page(comparison):
    return " ".join(unescape(render(comparison)).split())


@pytest.mark.parametrize("name", STUDIES)
def test_every_output_says_every_finding(made_up, name, capsys, command):
    require_said_everywhere(made_up(name), capsys, command)


class Besides(Finding):
    """A finding that none of the outputs knows."""

    title = "Said besides"

    def sentences(self):
        return (f"There are {len(self.comparison.arms)} arms.",)

    def plain(self):
        return {"besides": len(self.comparison.arms)}

    def rows(self):
        yield {"kind": "besides", "value": len(self.comparison.arms)}


class Tabled(Besides):
    title = "Said in a table"

    def tables(self):
        return (Table(self.title, ("what", "how many"), (("arms", str(len(self.comparison.arms))),)),)

    def plain(self):
        return {}


@pytest.mark.parametrize("family", ["ANSWERS", "CHECKS"])
def test_a_finding_in_a_list_is_said_by_every_output(made_up, family, capsys, command, monkeypatch):
    comparison = made_up("few")
    monkeypatch.setattr(findings, family, (*getattr(findings, family), Besides, Tabled))
    require_said_everywhere(comparison, capsys, command)
    assert formats.to_plain(comparison)["besides"] == 4
    assert "besides,,,,,,4" in formats.to_csv(comparison)
    assert "never augmented" not in text_of_page(comparison)


def test_no_two_findings_have_a_key_of_the_json_object_in_common(made_up, monkeypatch):
    comparison = made_up("few")
    keys = [key for finding in findings_of(comparison) for key in finding.plain()]
    monkeypatch.setattr(formats, "findings_of", lambda *given: ())
    assert len(set(keys)) == len(keys)
    assert formats.to_plain(comparison).keys().isdisjoint(keys)


def require_said_everywhere(comparison, capsys, command):
    page, plain = text_of_page(comparison), formats.to_plain(comparison)
    json.dumps(plain, allow_nan=False)
    shown = list(tables.all_tables(comparison))
    csv_text = formats.to_csv(comparison)
    rows = list(csv.DictReader(io.StringIO(csv_text)))
    tell_findings(comparison)
    screen = capsys.readouterr().out
    flags = ([], ["--markdown"], ["--latex"])
    texts = [command("compare", comparison.folder.path, *flag).out for flag in flags]
    assert plain["warnings"] == warnings_of(comparison)
    assert [row["name"] for row in rows if row["kind"] == "warning"] == warnings_of(comparison)
    for finding in findings_of(comparison):
        assert finding.title
        assert all(line in screen for line in finding.lines())
        assert all(key in plain for key in finding.plain())
        # The card tells in its own way what has a table; the rest stands there word by word.
        told = finding.sentences() if not finding.tables() or finding in checks_of(comparison) else ()
        assert all(sentence in page for sentence in (*finding.warnings(), *told))
        assert all(table in shown for table in finding.tables())
        kinds = {str(row["kind"]) for row in finding.rows()}
        assert kinds <= {row["kind"] for row in rows}
        for table in finding.tables():
            assert table.title in page
            assert all(table.title in text for text in texts)
        if not finding.tables():
            words = [sentence.split(":")[0].split(";")[0] for sentence in (*finding.warnings(), *finding.sentences())]
            assert all(sentence in text.replace("\\_", "_") for sentence in words for text in texts)


def test_the_last_screen_has_a_line_for_each_thing(made_up, capsys):
    comparison = made_up("grid")
    tell_findings(comparison)
    lines = capsys.readouterr().out.splitlines()
    for contrast in comparison.headlines:
        assert sum(line.startswith(f"{contrast.arms_text}: {contrast.verdict}") for line in lines) == 1
    assert sum("hold at once for the 7 contrasts" in line for line in lines) == 1
    assert (
        sum(line.startswith("Interaction of input and model: ") for line in lines) == len(comparison.interactions) == 2
    )
    assert sum(line.startswith("Main effect of ") for line in lines) == len(comparison.main_effects) == 3


def test_a_curve_is_the_arms_with_their_doses(made_up):
    comparison = made_up("curve")
    (curve,) = comparison.curves
    assert (curve.path, curve.doses) == ("training.rate", (0.0, 0.2, 0.4, 0.6))
    assert curve.arms == ("clean", "some", "much", "most")
    for arm, estimate in zip(curve.arms, curve.estimates, strict=True):
        assert estimate == comparison.measured[arm]["accuracy"]
        assert list(estimate.by_seed.values()) == pytest.approx(accuracies(comparison, arm).tolist())
    means = [accuracies(comparison, arm).mean() for arm in curve.arms]
    slope = np.polyfit(curve.doses, means, 1)[0]
    assert curve.trend.interval.value == pytest.approx(slope * 0.6)
    assert (curve.trend.significance.family, curve.trend.verdict) == (1, "worse")
    assert curve.reference == "clean"


def test_the_answer_changes_at_the_dose_from_which_all_are_decided(made_up):
    (curve,) = made_up("curve").curves
    decided = {contrast.treatment: contrast.is_decided for contrast in curve.contrasts}
    assert decided == {"some": False, "much": True, "most": True}
    assert (curve.changes, curve.change) == ((0.4,), 0.4)
    assert all(contrast in made_up("curve").headlines for contrast in curve.contrasts)
    (sentence,) = Curves(made_up("curve")).sentences()
    assert "The answer changes from 0.4 upwards: there, every dose is decided against clean (0)." in sentence
    assert difference_text(curve.trend.interval.value, curve.trend.metric) in sentence


def test_the_reference_may_stand_anywhere_on_the_curve(made_up):
    (curve,) = made_up("curve").curves
    middle = replace(curve, reference="much", contrasts=(curve.contrasts[1], curve.contrasts[0], curve.contrasts[2]))
    assert middle.changes == (0.0, 0.6)  # of the two doses below, the nearer one is not decided
    both = replace(middle, contrasts=(curve.contrasts[1], curve.contrasts[1], curve.contrasts[2]))
    assert both.changes == (0.2, 0.6)
    assert replace(middle, contrasts=(curve.contrasts[0],) * 3).change is None


def test_what_is_on_no_curve_is_told(made_up):
    assert "slip is not on the curve over training.rate: it differs in training.seed as well." in text_of_page(
        made_up("curve")
    )
    (curve,) = made_up("few").curves
    assert curve.reference == "0.1 wrong"
    (sentence,) = Curves(made_up("few")).sentences()
    assert sentence.endswith(" all is not on this curve: its training is Everything, not LabelNoise.")


def test_a_curve_without_the_control_has_a_family_of_its_own(made_up):
    (curve,) = made_up("few").curves
    assert [contrast.significance.family for contrast in curve.contrasts] == [2, 2]
    assert {contrast.control for contrast in curve.contrasts} == {"0.1 wrong"}


def test_two_curves_differ_dose_by_dose_and_cross(made_up):
    comparison = made_up("crossing")
    (gap,) = comparison.curve_gaps
    assert gap.across == "model"
    assert gap.doses == (10, 30, 100, 300)
    for dose, contrast in zip((10, 30, 100, 300), gap.contrasts, strict=True):
        expected = accuracies(comparison, f"LetterCNN {dose}").mean() - accuracies(comparison, f"MLP {dose}").mean()
        assert contrast.interval.value == pytest.approx(expected)
    assert gap.crossings == ((30, 100),)
    assert len(comparison.curves) == 2
    assert {curve.trend.significance.family for curve in comparison.curves} == {2}
    assert all(curve.is_log for curve in comparison.curves)
    (sentence,) = CurveGaps(comparison).sentences()
    assert sentence.startswith("Over training.number, LetterCNN against MLP (model) is ")
    assert "They cross between 30 and 100; " in sentence
    assert not replace(gap, contrasts=gap.contrasts[2:], doses=gap.doses[2:]).crossings


def test_an_interaction_is_a_difference_of_differences_adjusted_over_its_family(made_up):
    comparison = made_up("grid")
    for found in comparison.interactions:
        first, second = (
            np.subtract(*(accuracies(comparison, arm) for arm in pair)) for pair in (found.first, found.second)
        )
        assert list(found.by_seed.values()) == pytest.approx((first - second).tolist())
        assert found.significance.family == 2
        assert found.significance.p_adjusted >= found.significance.p == found.interval.p
    assert "adjusted for 2 interactions" in Interactions(comparison).sentences()[0]


def test_a_main_effect_is_the_mean_of_its_contrasts(made_up):
    comparison = made_up("grid")
    effects = {effect.treatment: effect for effect in comparison.main_effects}
    assert set(effects) == {"MLP, Permuted", "MLP, Grey", "LetterCNN, Plain"}
    effect = effects["LetterCNN, Plain"]
    differences = [
        accuracies(comparison, f"LetterCNN, {kind}") - accuracies(comparison, f"MLP, {kind}")
        for kind in ("Plain", "Permuted", "Grey")
    ]
    assert list(effect.by_seed.values()) == pytest.approx(np.mean(differences, axis=0).tolist())
    assert (effect.factor, effect.over, effect.pairs, effect.significance.family) == ("model", ("input",), 3, 3)


@pytest.mark.parametrize("name", ["curve", "grid", "one pair"])
def test_the_headline_is_the_studys(made_up, name, tmp_path):
    comparison = about(made_up(name), "log_loss")
    assert {row.metric for row in comparison.headlines} == {LOG_LOSS}
    assert comparison.contrasts[0].metric == LOG_LOSS
    judgements = [
        *comparison.interactions, *comparison.main_effects, *(curve.trend for curve in comparison.curves),
    ]  # fmt: skip
    assert {row.metric for row in judgements} <= {LOG_LOSS}
    said = " ".join(text for finding in answers_of(comparison) for text in (*finding.sentences(), *finding.lines()))
    assert "log-loss" in said
    assert "accuracy" not in said
    assert " pp" not in said.replace("within 1 pp", "")
    brief = select(comparison, [], [], brief=True)
    assert brief.metrics == (LOG_LOSS,)
    assert formats.to_plain(comparison)["headline"] == "log_loss"
    assert "difference of log-loss" in text_of_page(comparison)


def test_the_order_of_arms_changes_no_finding(made_up, tmp_path):
    comparison = made_up("grid")
    folder = RunFolder(shutil.copytree(comparison.folder.path, tmp_path / "run"))
    control, *others = comparison.study.arms
    arms = {name: comparison.study.arms[name] for name in (*others[::-1], control)}
    folder.write(structs.replace(comparison.study, arms=arms))
    other = compare(folder.path)
    assert other.interactions == comparison.interactions
    assert {(row.treatment, row.interval.value) for row in other.main_effects} == {
        (row.treatment, row.interval.value) for row in comparison.main_effects
    }
    assert set(other.pairs) == set(comparison.pairs)


@pytest.fixture
def own(finished, tmp_path):
    def made(arms, **fields):
        path = shutil.copytree(finished.path, tmp_path / "own")
        return with_arms(RunFolder(path), arms, **fields)

    return made


def test_a_factor_that_changes_no_prediction_is_told_everywhere(own, command):
    folder = own({"plain": ({}, 1.0), "blurred": ({"input": {"type": "Blur"}}, 1.0), "wide": (WIDE, 2.0)})
    warning = "blurred and plain differ in input, and it changed nothing: every prediction is the same to the bit."
    assert warning in warnings_of(compare(folder.path))
    for words in ([], ["--json"], ["--csv"], ["--markdown"], ["--latex"], ["--brief"]):
        assert warning in command("compare", folder.path, *words).out
    assert warning in text_of_page(compare(folder.path))


def test_a_factor_whose_fingerprints_all_agree_is_told_with_them(own):
    folder = own({"plain": ({}, 1.0), "blurred": ({"input": {"type": "Blur"}}, 1.2)})
    (no_op,) = NoOps(compare(folder.path)).plain()["no_ops"]
    assert no_op["fingerprints"] == ["images as seen"]
    (warning,) = NoOps(compare(folder.path)).warnings()
    assert warning == (
        "blurred and plain differ in input, and what follows from it is the same in every seed: images as seen."
    )


def test_a_factor_without_fingerprints_is_no_silent_one(own):
    """A loss leaves none; a network may differ in what its code does between equal tensors, and an augmentation may do
    something without a draw.
    """
    inverted = {"augmentation": {"type": "Inverted"}}
    arms = {"wide": (WIDE, 1.2), "larger batches": ({"batch_size": 64}, 1.3), "inverted": (inverted, 1.4)}
    assert NoOps(compare(own({"plain": ({}, 1.0)} | arms).path)).warnings() == ()


def test_a_control_and_its_a_a_arm_wait_for_nothing(own):
    folder = own({"plain": ({}, 1.0), "A/A": ({}, 1.2)})
    folder.write(structs.replace(folder.study, again=("A/A",)))
    comparison = compare(folder.path)
    assert not any("no contrast" in warning for warning in warnings_of(comparison))
    page = text_of_page(comparison)
    assert "No two arms" not in page
    head, _, _ = page.partition("What the arms see")
    assert "A/A is plain once more" in head


@pytest.mark.parametrize(
    ("factor", "text"),
    [("augmentation", "Test images are never augmented"), ("loss", "Arms with other losses can't be")],
)
def test_the_page_says_what_its_pictures_do_not_show(own, factor, text):
    folder = own({"plain": ({}, 1.0), "other": ({factor: {"type": "Other"}}, 1.2)})
    assert text in text_of_page(compare(folder.path))


def change_orders(folder, arm, orders):
    """Gives every cell of an arm the orders of epochs."""
    for seed in folder.study.seeds:
        cell = folder.cell(arm, seed)
        row = cell.read_history()[0]
        document, predictions = cell.read_document(), cell.read_predictions()
        lines = [replace(row, epoch=epoch, order=f"{order} {seed}") for epoch, order in enumerate(orders, start=1)]
        history = "".join(json.dumps(msgspec.to_builtins(line)) + "\n" for line in lines)
        next(cell.path.glob("history*")).write_text(history)
        digests = document.fingerprints | {"batch order": " ".join(orders) + str(seed)}
        cell.finish(structs.replace(document, fingerprints=digests), predictions)


def test_arms_of_other_epochs_share_the_first_ones(own):
    folder = own({"plain": ({}, 1.0), "longer": ({"epochs": 4}, 2.0)})
    change_orders(folder, "plain", "ab")
    change_orders(folder, "longer", "abcd")
    comparison = compare(folder.path)
    (contrast,) = comparison.headlines
    assert not any("Not a controlled comparison" in warning for warning in warnings_of(comparison))
    said = held_equal_sentence(comparison, contrast)
    assert "the first 2 of 4 epochs take the images in the same order" in said
    assert "what differs follows from that: batch order" in said
    (row, *_) = formats.to_plain(comparison)["contrasts"]
    assert row["fingerprints"]["epochs"] == {"order": 2, "augmentation": 2, "shorter": 2, "longer": 4}


def test_other_orders_before_the_shorter_arm_ends_are_not_explained_by_epochs(own):
    folder = own({"plain": ({}, 1.0), "longer": ({"epochs": 4}, 2.0)})
    change_orders(folder, "plain", "ab")
    change_orders(folder, "longer", "axcd")
    said = warnings_of(compare(folder.path))
    (warning,) = (text for text in said if text.startswith("Not a controlled comparison"))
    assert warning.startswith(
        "Not a controlled comparison: between longer and plain, beside the factor epochs, there differ"
    )


def test_arms_of_other_batch_sizes_stay_paired(own):
    folder = own({"plain": ({}, 1.0), "larger": ({"batch_size": 64}, 2.0)})
    comparison = compare(folder.path)
    (contrast,) = comparison.headlines
    assert "they take the images in the same order, in batches of 32 and 64" in held_equal_sentence(
        comparison, contrast
    )


def test_a_pair_that_is_asked_for_names_both_factors_everywhere(own, command):
    both = {"training": {"type": "PerClass", "number": 3}, "batch_size": 8}
    folder = own({"plain": ({}, 1.0), "both": (both, 2.0)}, asks=[("both", "plain")])
    for words in ([], ["--markdown"], ["--latex"], ["--csv"]):
        text = " ".join(command("compare", folder.path, *words).out.split())
        assert "training and batch_size" in text.replace("\\", "") or "training and batch_size" in text.replace(
            "\\", ""
        )
    assert formats.to_plain(compare(folder.path))["contrasts"][0]["factors"] == ["training", "batch_size"]
