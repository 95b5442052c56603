"""Tuned arms as values: what can't be compared, values that are drawn alike, and the words of --tune."""

import re

import pytest

import visavis as vv
from small import small_study, tiny_arm
from visavis.cli.line import study_of_line
from visavis.design.code import common_text, study_code
from visavis.design.tune import tune_arms
from visavis.design.variation import Variation
from visavis.errors import InvalidStudy, UsageError
from visavis.pairing import pairs
from visavis.store import StudyDocument

PLAIN = tiny_arm(epochs=9)
RATES = [PLAIN.but(f"lr {lr}", optimizer=vv.SGD(lr=lr)) for lr in (0.01, 0.1, 0.3)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"candidates": RATES[:1]}, "got 1; expected 2 to 1,000: of one there is nothing to choose"),
        ({"candidates": 3}, "got 3; expected a list of arms"),
        ({"candidates": [1, 2]}, "got 1; expected values of visavis.Arm"),
        ({"candidates": [RATES[0], RATES[1].but("x", epochs=2)]}, "candidates that differ in epochs"),
        ({"candidates": [RATES[0], RATES[1].but("x", training=vv.PerClass(5))]}, "candidates that differ in training"),
        ({"candidates": [RATES[0], RATES[1], RATES[0].but("x")]}, "1 and 3 are the same; expected each candidate once"),
        ({"validation": 0.7}, r"validation can't be used; got 0\.7"),
        ({"validation": True}, r"validation can't be used; got True"),
        ({"halving": 1}, "halving can't be used; got 1; expected 2 to 3, or None"),
        ({"halving": 3, "candidates": [arm.but(arm.name, epochs=2) for arm in RATES[:3]]}, None),
    ],
)
def test_what_is_no_choice_is_refused(settings, message):
    if message is None:
        assert vv.BestOf("x", **{"candidates": RATES, **settings}).rounds[0].epochs == 1
        return
    with pytest.raises(InvalidStudy, match=message):
        vv.BestOf("x", **{"candidates": RATES, **settings})


def test_halving_needs_epochs_for_its_rounds():
    arms = [PLAIN.but(f"lr {lr}", optimizer=vv.SGD(lr=lr), epochs=2) for lr in vv.log_spaced(0.01, 1, 8)]
    with pytest.raises(InvalidStudy, match="rounds of equally many epochs; got 2 epochs, in rounds of 1, 1, 1"):
        vv.BestOf("x", arms, halving=2)
    longer = [arm.but(arm.name, epochs=8) for arm in arms]
    assert [(each.epochs, each.candidates) for each in vv.BestOf("x", longer, halving=2).rounds] == [
        (1, 8),
        (2, 4),
        (4, 2),
    ]


def study(control, *arms, **settings):
    return vv.Study("tuned", "?", vv.datasets.Glyphs(train_size=100, test_size=50), control, arms, seeds=2, **settings)


def test_budgets_are_equal():
    three, two = vv.BestOf("three", RATES), vv.BestOf("two", [arm.but("x", batch_size=8) for arm in RATES[:2]])
    message = r"unequal budgets; got 'three' of 3 candidates \(validation 0\.1\) and 'two' of 2 candidates"
    with pytest.raises(InvalidStudy, match=message):
        study(three, two)


def test_tuned_and_untuned_arms_are_two_questions():
    three, other = vv.BestOf("three", RATES), PLAIN.but("other", optimizer=vv.SGD(lr=0.2))
    document = StudyDocument.of(study(PLAIN, three, other))
    assert [(pair.treatment, pair.control) for pair in pairs(document)] == [("other", PLAIN.name)]
    with pytest.raises(InvalidStudy, match="of which one is tuned; expected both tuned, or none"):
        study(PLAIN, three, asks=[(three, PLAIN)])


def test_one_choice_for_all_folds_is_refused():
    arms = [vv.BestOf(name, RATES, chosen_once=True) for name in ("a", "b")]
    arms[1] = vv.BestOf("b", [arm.but("x", batch_size=8) for arm in RATES], chosen_once=True)
    with pytest.raises(InvalidStudy, match="one choice for all folds"):
        vv.Study("x", "?", vv.datasets.Glyphs(), arms[0], [arms[1]], seeds=vv.Folds(3))


def test_a_class_without_an_image_to_hold_out_is_refused(tmp_path):
    arms = [vv.BestOf(name, [arm.but("x", batch_size=size) for arm in RATES]) for name, size in (("a", 8), ("b", 16))]
    few = vv.Study("few", "?", vv.datasets.Glyphs(train_size=50, test_size=50), arms[0], [arms[1]], seeds=1)
    with pytest.raises(InvalidStudy, match=r"arms\.a, candidate 1 can't cut a validation part; .*cut a larger share"):
        vv.run_study(few, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_values_are_spaced_by_ratio():
    assert vv.log_spaced(1e-3, 1.0, 4) == [0.001, 0.01, 0.1, 1.0]


def test_the_kth_value_has_the_same_share_of_every_range():
    low, high = vv.log_uniform(1e-4, 1e-2, 6), vv.log_uniform(1e-3, 1e-1, 6)
    assert [round(b / a, 6) for a, b in zip(low, high, strict=True)] == pytest.approx([10] * 6, rel=0.01)
    assert vv.log_uniform(1e-4, 1e-2, 3) == low[:3]
    assert vv.log_uniform(1e-4, 1e-2, 6, of="weight decay") != low
    assert all(0 <= value < 1 for value in vv.uniform(0, 1, 50))
    assert set(vv.choice(["a", "b"], 50)) == {"a", "b"}


@pytest.mark.parametrize(
    "draw", [lambda: vv.log_uniform(0, 1, 3), lambda: vv.log_spaced(1, 1, 3), lambda: vv.uniform(0, 1, 0)]
)
def test_ranges_that_cannot_be_are_refused(draw):
    with pytest.raises(InvalidStudy, match="can't be used"):
        draw()


def test_every_arm_is_there_once_more_at_its_best():
    found = tune_arms(small_study(), ["optimizer.lr=0.01..1:3"])
    assert [arm.name for arm in found.all_arms] == ["plain", "permuted", "plain, tuned", "permuted, tuned"]
    assert [candidate.optimizer.lr for candidate in found.arms[1].candidates] == [0.01, 0.1, 1.0]
    assert [(treatment.name, control.name) for treatment, control in found.primary] == [
        ("permuted, tuned", "plain, tuned")
    ]
    assert common_text(found).endswith(
        "they differ in input; each tuned arm is the best of 3 in optimizer.lr from 0.01 to 1, chosen anew in every "
        "seed, by 10 % of the training images held out"
    )


def test_a_range_may_be_of_multiples_of_an_arms_own_number():
    sgd = tiny_arm(optimizer=vv.SGD(lr=0.1))
    found = tune_arms(study(sgd, sgd.but("adamw", optimizer=vv.AdamW(lr=1e-3))), ["optimizer.lr=0.1x..10x:3"])
    tuned = found.tuned_arms
    lrs = [[candidate.optimizer.lr for candidate in arm.candidates] for arm in tuned]
    assert lrs == [pytest.approx([0.01, 0.1, 1.0]), pytest.approx([1e-4, 1e-3, 1e-2])]
    assert "is the best of 3 in optimizer, chosen" in common_text(found)
    whole = tune_arms(study(sgd, sgd.but("more", optimizer=vv.SGD(lr=0.2))), ["batch_size=8..64:3"]).tuned_arms[0]
    assert [(arm.batch_size, arm.name) for arm in whole.candidates] == [
        (8, "batch size 8"),
        (23, "batch size 23"),
        (64, "batch size 64"),
    ]


def test_nothing_held_out_is_refused():
    with pytest.raises(InvalidStudy, match="validation can't be used; got 0"):
        Variation(tune=("optimizer.lr=0.1..1:3",), held_out=0).of(small_study())


def test_several_ranges_are_drawn_and_values_are_combined():
    drawn = tune_arms(small_study(), ["optimizer.lr=0.01..1:4", "optimizer.momentum=0..0.9:4"]).arms[1].candidates
    assert len({arm.optimizer.lr for arm in drawn}) == len({arm.optimizer.momentum for arm in drawn}) == 4
    combined = tune_arms(small_study(), ["optimizer.lr=0.01,0.1", "batch_size=8,16,32"]).arms[1].candidates
    assert [arm.batch_size for arm in combined] == [8, 16, 32] * 2
    assert all(isinstance(arm.batch_size, int) for arm in combined)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["optimizer.lr"], "--tune can't be used; got 'optimizer.lr'"),
        (["optimizer.lr=1e-3..1e-1"], "expected a number of values after a colon, 2 to 1,000: 1e-3..1e-1:8"),
        (["optimizer.lr=1..0.1:3"], "expected the lower end of the range first, 0.1..1"),
        (["optimizer.lr=0.1..0.1:3"], "expected the lower end of the range first"),
        (["optimizer.lr=0.1..1:1"], "expected a number of values after a colon"),
        (["optimizer.lr=0.1..1:2.5"], "expected a number of values after a colon"),
        (["optimizer.lr=0.1x..1:3"], "expected numbers; '0.1x' is none"),
        (["optimizer.lr=0.1..nan:3"], "expected numbers; 'nan' is none"),
        (["optimizer.lr=0.1"], "expected two values or more"),
        (["optimizer.lr=0.1,0.1"], "expected each value once"),
        (["model=cnn,mlp"], "expected numbers; 'cnn' is none"),
        (["lr=0.1..1:3"], r"an arm has no such field; got lr; .*did you mean optimizer\.lr\?"),
        (["epochs=1,2"], "epochs can't be tuned; .*compare it: --vary epochs="),
        (["batch_size=1.5,3"], "plain: batch_size is a whole number; got 1.5"),
        (
            ["optimizer.lr=0..1:3"],
            r"--tune has a value that plain can't have; got optimizer\.lr 0; .*optimizer\.lr can't",
        ),
        (["optimizer.rl=0.1..1:3"], "plain: optimizer.rl isn't there; got rl; expected .*lr"),
        (["optimiser.lr=0.1..1:3"], "an arm has no such field; got optimiser.lr; .*optimizer"),
        (["model=1,2"], "plain: model is no number"),
        (["optimizer.lr=0.1..1:3", "optimizer.momentum=0..0.9:4"], "draws as many values of every field"),
        (["optimizer.lr=-1,0.1"], "optimizer.lr can't be used"),
    ],
)
def test_words_that_tune_nothing_are_refused(texts, message):
    with pytest.raises((UsageError, InvalidStudy), match=message):
        tune_arms(small_study(), texts)


@pytest.mark.parametrize("words", ["", " --held-out 0.2"])
def test_a_line_that_tunes_can_be_written_as_a_file(words):
    line = "images --data glyphs --set model=mlp --vary optimizer=sgd,adamw --tune optimizer.lr=1e-3..1e-1:3"
    asked = study_of_line(line + words)
    text = study_code(asked, "head")
    assert len(re.findall(r"vv\.BestOf\(", text)) == 2
    names = {}
    exec(compile(text, "study.py", "exec"), names)
    assert StudyDocument.of(names["study"]()) == StudyDocument.of(asked)
