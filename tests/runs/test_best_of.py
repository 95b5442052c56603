"""Arms at their best: candidates are cells, test images have no say, and the choice is told."""

import json
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

import visavis as vv
from small import Seen, tiny_arm
from visavis.design.best_of import trial_name
from visavis.errors import ChangedStudy
from visavis.events.cells import CandidateChosen, CandidateFinished, CellFailed, CellPassedOver
from visavis.events.runs import TimeEstimated
from visavis.evidence import compare
from visavis.evidence.tuning import crossings
from visavis.findings.at_their_best import AtTheirBest
from visavis.report import write_report
from visavis.stats import METRIC_BY_NAME
from visavis.store import RunFolder

RATES = (1e-4, 0.05, 0.3)
DATA = vv.datasets.Glyphs(train_size=200, test_size=60)
FP32 = vv.Options(precision="fp32")
"""So that the bits of two runs are those of one arithmetic."""


def best_of(name="MLP", width=16, rates=RATES, epochs=3, **settings):
    base = tiny_arm(model=vv.models.MLP(hidden=(width,)), epochs=epochs)
    candidates = [base.but(f"lr {rate}", optimizer=vv.SGD(lr=rate, momentum=0.9)) for rate in rates]
    return vv.BestOf(name, candidates, **settings)


def study_of(seeds=2, data=DATA, **settings):
    control = best_of(**settings)
    return vv.Study("tuned", "Which is better?", data, control, [best_of("wide", 24, **settings)], seeds=seeds)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A study of two tuned arms, two seeds, and what was told of it."""
    folder, told = tmp_path_factory.mktemp("tuned"), Seen()
    vv.run_study(study_of(), folder, FP32, watch=told.append)
    return RunFolder(folder), told


def choices(folder, seeds=range(2), arms=("MLP", "wide")):
    return {(arm, seed): folder.cell(arm, seed).read_choice().candidate for arm in arms for seed in seeds}


def logits(folder, seeds=range(2), arms=("MLP", "wide")):
    return {(arm, seed): folder.cell(arm, seed).read_predictions().logits for arm in arms for seed in seeds}


def test_the_best_candidate_is_trained_again_on_all_images(run):
    folder, _ = run
    for seed in range(2):
        trials = [folder.cell(f"MLP, candidate {number}", seed) for number in (1, 2, 3)]
        predictions = [trial.read_predictions() for trial in trials]
        accuracies = [float((each.logits.argmax(1) == each.labels).mean()) for each in predictions]
        choice = folder.cell("MLP", seed).read_choice()
        assert list(choice.scores[0]) == pytest.approx(accuracies)
        assert accuracies[choice.candidate] == max(accuracies)
        alone = vv.fit(best_of().final(choice.candidate), DATA, seed)
        assert np.array_equal(alone.logits, folder.cell("MLP", seed).read_predictions().logits)


def test_the_images_held_out_are_a_tenth_of_the_training_part_and_of_every_class(run):
    folder, _ = run
    held_out = folder.cell("MLP, candidate 1", 0).read_predictions()
    data = DATA.load()
    assert set(held_out.ids.tolist()) < set(data.train.ids.tolist())
    assert len(held_out.ids) == len(data.train) // 10
    assert set(held_out.labels.tolist()) == set(range(10))
    others = [folder.cell(name, 0).read_predictions().ids for name in ("MLP, candidate 3", "wide, candidate 1")]
    assert all(np.array_equal(held_out.ids, ids) for ids in others), "the same for all candidates of all arms"
    assert not np.array_equal(held_out.ids, folder.cell("MLP, candidate 1", 1).read_predictions().ids)


def test_no_network_of_a_candidate_is_kept(run):
    folder, _ = run
    names = {path.name for path in folder.cell("MLP, candidate 1", 0).path.rglob("*") if path.is_file()}
    assert names == {"cell.json", "history.jsonl", "own.npz"}
    assert vv.load(folder.path, "MLP", 0).probabilities(DATA.load().test.images).shape == (60, 10)


def test_what_happens_is_told(run):
    _, told = run
    assert len(told.of(CandidateFinished)) == 12
    assert len(told.of(CandidateChosen)) == 4
    assert told.of(CandidateChosen)[0].line().startswith("MLP, seed 0: candidate ")


@dataclass(frozen=True)
class OtherTestLabels:
    """The same images, with the labels of the test part dealt anew."""

    def load(self):
        data = DATA.load()
        labels = np.random.default_rng(1).permutation(data.test.labels)
        return replace(data, test=replace(data.test, labels=labels))


def test_no_test_label_has_a_say(run, tmp_path):
    folder, _ = run
    vv.run_study(study_of(data=OtherTestLabels()), tmp_path, FP32)
    assert choices(RunFolder(tmp_path)) == choices(folder)


class Enough(Exception):
    """Ends a run."""


def test_a_run_that_ends_within_tuning_goes_on_to_the_same_bits(run, tmp_path):
    folder, _ = run
    for number in (2, 5, 1):
        stop_after(number, study_of(), tmp_path)
    vv.run_study(study_of(), tmp_path, FP32)
    assert choices(RunFolder(tmp_path)) == choices(folder)
    first, second = logits(folder), logits(RunFolder(tmp_path))
    assert all(np.array_equal(first[key], second[key]) for key in first)


def stop_after(candidates, study, folder, options=FP32):
    told = Seen()

    def watch(event):
        told.append(event)
        if len(told.of(CandidateFinished)) >= candidates:
            raise Enough

    with pytest.raises(Enough):
        vv.run_study(study, folder, options, watch=watch)
    return told


def test_the_estimate_counts_candidates(tmp_path):
    (estimate,) = stop_after(1, study_of(), tmp_path, vv.Options()).of(TimeEstimated)
    assert estimate.cells == 16


def test_status_says_how_far_the_candidates_are(run, command, tmp_path):
    stop_after(2, study_of(), tmp_path / "run")
    first, *others = json.loads(command("status", tmp_path / "run", "--json").out)["cells"]
    assert (first["state"], first["reason"], first["candidates"]) == ("waiting", "2 of 3 candidates tried", [2, 3])
    assert all(cell["candidates"] == [0, 3] for cell in others)
    assert "0 of 4 cells done, 4 waiting. 2 of 12 candidates tried." in command("status", tmp_path / "run").out
    assert "4 of 4 cells done. 12 of 12 candidates tried." in command("status", run[0].path).out


def test_failures_of_every_round_are_tried_again(tmp_path):
    study = study_of(seeds=1, rates=(1e-4, 1e-3, 0.05, 0.3), epochs=4, halving=2)
    stop_after(4, study, tmp_path)
    for number in range(4):
        RunFolder(tmp_path).cell(trial_name("MLP", number, 1), 0).write_failure("no room")
    told = Seen()
    vv.run_study(study, tmp_path, replace(FP32, retry_failed=True), watch=told.append)
    assert not told.of(CellPassedOver)
    assert all(event.failures == 0 for event in told.of(CandidateChosen))
    assert None not in RunFolder(tmp_path).cell("MLP", 0).read_choice().scores[0]
    assert sum(score is not None for score in RunFolder(tmp_path).cell("MLP", 0).read_choice().scores[1]) == 2


def test_a_finished_run_trains_nothing(run):
    folder, _ = run
    told = Seen()
    vv.run_study(study_of(), folder.path, watch=told.append)
    assert not told.of(CandidateFinished)
    assert not told.of(CandidateChosen)


def test_the_comparison_says_how_the_arms_were_chosen(run, tmp_path):
    folder, _ = run
    comparison = compare(folder.path)
    (contrast,) = comparison.headlines
    assert (contrast.treatment, contrast.control, contrast.factors) == ("wide", "MLP", ("model",))
    assert not comparison.agreement("wide", "MLP").surprises(contrast.factors)
    arms = comparison.tuned_arms
    assert [arm.path for arm in arms] == ["optimizer.lr"] * 2
    assert arms[0].doses == RATES
    finding = AtTheirBest(comparison)
    assert finding.sentences()[0].startswith("Each tuned arm is the best of 3 candidates, chosen anew in every seed.")
    assert [len(table.rows) for table in finding.tables()] == [2, 3, 3, 3]
    assert finding.plain()["tuned"][0]["candidates"] == [f"lr {rate}" for rate in RATES]
    assert sum(row["verdict"] == "chosen" for row in finding.rows()) == 4
    page = write_report(folder.path).read_text()
    assert "Candidates over optimizer.lr" in page
    assert "Expected best" in page


def test_changed_candidates_are_another_study(run):
    folder, _ = run
    with pytest.raises(ChangedStudy, match="holds another study"):
        vv.run_study(study_of(rates=(1e-3, 0.05, 0.3)), folder.path)


def test_candidates_that_fail_are_told_and_not_chosen(tmp_path):
    told = Seen()
    vv.run_study(study_of(seeds=1, rates=(0.05, 1e30), epochs=1), tmp_path, watch=told.append)
    assert len(told.of(CellFailed)) == 2
    assert set(choices(RunFolder(tmp_path), [0]).values()) == {0}
    (chosen, *_) = told.of(CandidateChosen)
    assert chosen.failures == 1
    warnings = AtTheirBest(compare(tmp_path)).warnings()
    assert "Of 2 candidates of MLP 1 failed: lr 1e+30 (1). The arm was tuned less than the others." in warnings


def test_an_arm_without_a_candidate_that_works_fails(tmp_path):
    told = Seen()
    vv.run_study(study_of(seeds=1, rates=(1e29, 1e30), epochs=1), tmp_path, watch=told.append)
    assert {(event.arm, event.seed) for event in told.of(CellFailed)} >= {("MLP", 0), ("wide", 0)}
    assert "no candidate could be trained" in RunFolder(tmp_path).cell("MLP", 0).read_failure()


def test_one_choice_for_all_seeds_is_made_under_streams_of_its_own(tmp_path, run):
    told = Seen()
    vv.run_study(study_of(chosen_once=True), tmp_path, FP32, watch=told.append)
    folder = RunFolder(tmp_path)
    assert len(told.of(CandidateFinished)) == 6
    assert len({choices(folder)["MLP", seed] for seed in range(2)}) == 1
    once, anew = (each.cell("MLP, candidate 1", 0).read_predictions().ids for each in (folder, run[0]))
    assert not np.array_equal(once, anew)
    assert any("chosen once for all seeds" in warning for warning in AtTheirBest(compare(tmp_path)).warnings())


def test_halving_spends_epochs_on_what_is_left(tmp_path):
    arm = best_of(rates=(1e-4, 1e-3, 0.05, 0.3), epochs=4, halving=2)
    assert [(each.epochs, each.candidates) for each in arm.rounds] == [(1, 4), (2, 2)]
    told = Seen()
    study = study_of(seeds=1, rates=(1e-4, 1e-3, 0.05, 0.3), epochs=4, halving=2)
    vv.run_study(study, tmp_path, watch=told.append)
    folder = RunFolder(tmp_path)
    assert len(told.of(CandidateFinished)) == 12
    first, second = folder.cell("MLP", 0).read_choice().scores
    last = [number for number, score in enumerate(second) if score is not None]
    assert len(last) == 2
    assert min(first[number] for number in last) >= max(first[n] for n in range(4) if n not in last)
    sentence = AtTheirBest(compare(tmp_path)).sentences()[0]
    assert "takes 8 epochs (4 for 1 epoch and 2 for 2 epochs) beside the 4 of the final training" in sentence


def test_what_is_frozen_goes_once_over_the_images_for_all_candidates_and_seeds(tmp_path):
    model = vv.Pretrained(vv.models.LetterCNN(), vv.models.Untrained())
    base = tiny_arm(model=model, tuning=vv.LinearProbe(), epochs=1)
    arms = [
        vv.BestOf(name, base.over(optimizer=[vv.SGD(lr=lr) for lr in rates]))
        for name, rates in {"low": (0.01, 0.02), "high": (0.1, 0.2)}.items()
    ]
    vv.run_study(vv.Study("probes", "?", DATA, arms[0], arms[1:], seeds=1), tmp_path)
    # Random backbones are drawn anew in every seed, so one seed is asked; test images and training images, no cut.
    assert len(list((tmp_path / "features").iterdir())) == 2


def test_an_arm_at_its_best_can_be_trained_again_to_see_false_alarms(tmp_path):
    study = replace(study_of(seeds=2, epochs=1, rates=(0.05, 0.1)), aa=True)
    vv.run_study(study, tmp_path)
    assert compare(tmp_path).false_alarms is not None


def test_expected_best_follows_the_draws(run):
    comparison = compare(run[0].path)
    (arm, other) = comparison.tuned_arms
    row = np.sort(arm.scores[0])
    draws = [max(row[i], row[j]) for i in range(3) for j in range(3)]
    alone = replace(arm, choices={0: arm.choices[0]})
    assert alone.expected_best[0] == pytest.approx(row.mean())
    assert alone.expected_best[1] == pytest.approx(np.mean(draws))
    assert list(alone.expected_best) == sorted(alone.expected_best)
    assert len(crossings([arm, other])) <= 1


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0.2, 0.5, 0.6), (0.2 + 1e-12, 0.4, 0.5), []),  # equal with one candidate
        ((0.2, 0.5, 0.6), (0.3, 0.4, 0.5), [("b", "a", 2)]),
        ((0.2, 0.4, 0.6), (0.3, 0.4, 0.5), [("b", "a", 3)]),
    ],
)
def test_arms_cross_where_each_is_ahead_with_some_number_of_candidates(first, second, expected):
    metric = METRIC_BY_NAME["accuracy"]
    arms = [
        SimpleNamespace(name=name, metric=metric, expected_best=best) for name, best in (("a", first), ("b", second))
    ]
    assert [(row.first, row.second, row.draws) for row in crossings(arms)] == expected
