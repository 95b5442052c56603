"""What few test images, of all or of a class, can show of a pair; and the intervals of arms near the ceiling."""

import numpy as np
import pytest
from scipy import stats

from sums import judged
from visavis.conclusions import Contrast, Margin, Weights
from visavis.evidence.classes import Answers, class_drafts
from visavis.evidence.judging import Draft, judge, outlook, weigh
from visavis.evidence.outputs import Outputs
from visavis.findings.answer import further_sentence
from visavis.findings.grounds import few_images_sentence
from visavis.pairing import Pair
from visavis.stats import ACCURACY, BALANCED_ACCURACY, MACRO_F1, WEIGHTED_F1, Crossed, share_interval
from visavis.stats.adjustment import AtOnce

PAIR = Weights({"b": 1.0, "a": -1.0})
CLASSES = tuple("ABC")


def by_class(labels, treatment, control, margin=0.01):
    """What is known of F1 of each class, of answers [seeds, images]."""
    seeds = range(len(treatment))
    answers = [Answers(CLASSES, seeds, labels, guesses) for guesses in (treatment, control)]
    outputs = Outputs(tuple(seeds), labels, {})  # of which nothing is asked where images are units
    drafts = list(class_drafts(Pair("b", "a", ("model",)), *answers, outputs))
    return judge(drafts, Margin(margin), AtOnce(len(drafts)))


@pytest.mark.parametrize(("seeds", "name"), [(1, "McNemar"), (2, "Sign test"), (3, "Sign test"), (10, "Sign test")])
def test_a_pair_on_two_images_is_never_decided(seeds, name):
    found = judged(PAIR, {"b": np.ones((seeds, 2)), "a": np.zeros((seeds, 2))})
    assert found.significance.p == 0.5
    assert found.significance.name.startswith(name)
    assert found.verdict == "inconclusive"
    assert found.interval.low < 0 < found.interval.high == 1


@pytest.mark.parametrize("images", [5, 100, 1000])
def test_identical_answers_leave_room_for_images_unlike_these(images):
    answers = np.random.default_rng(0).random((3, images)) < 0.8
    interval = judged(PAIR, {"a": answers, "b": answers}).interval
    unlike = 1 - 0.025 ** (1 / images)
    assert (interval.value, interval.low, interval.high) == pytest.approx((0, -unlike, unlike))


def test_a_hundred_identical_answers_leave_3_6_points():
    interval = judged(PAIR, {"a": np.ones((3, 100)), "b": np.ones((3, 100))}).interval
    assert interval.high == pytest.approx(0.036, abs=0.0005)


@pytest.mark.parametrize("seeds", [3, 20])
def test_no_number_of_seeds_decides_identical_answers_but_299_images(seeds):
    table = Crossed(np.ones((seeds, 100)))
    draft = weigh(PAIR, ACCURACY, {"a": table, "b": table}, dict.fromkeys(range(seeds), 0.0))
    (judgement,) = judge([draft], Margin(0.01), AtOnce(1))
    contrast = Contrast(**vars(judgement), treatment="b", control="a", factors=("model",))
    further = outlook(contrast, draft, Margin(0.01))
    assert (further.seeds, further.images) == (None, 299)
    sentence = further_sentence(contrast, further)
    assert "No number of seeds" in sentence
    assert "299 test images" in sentence
    assert judged(PAIR, {"a": np.ones((seeds, 298)), "b": np.ones((seeds, 298))}).verdict == "inconclusive"
    assert judged(PAIR, {"a": np.ones((seeds, 299)), "b": np.ones((seeds, 299))}).verdict == "equivalent"


def test_one_answer_of_five_hundred_is_no_equivalence_on_fifty_images():
    """With the plain error p was .0016; so many images say no more than .99^50."""
    answers = np.ones((10, 50))
    other = answers.copy()
    other[3, 7] = 0
    assert judged(PAIR, {"a": answers, "b": other}).verdict == "inconclusive"


@pytest.mark.parametrize(("images", "seeds", "flips"), [(50, 10, 0.002), (100, 5, 0.002), (300, 10, 0.002)])
def test_pairs_at_the_margin_are_seldom_called_equivalent(images, seeds, flips):
    """A hundredth of the images is won in every seed; the plain test made 19 to 38 %."""
    generator = np.random.default_rng(images)
    equivalent = 0
    for _ in range(200):
        base, won = generator.random(images) < 0.8, generator.random(images) < 0.01
        tables = {arm: base ^ (generator.random((seeds, images)) < flips) for arm in "ab"}
        tables["b"], tables["a"] = tables["b"] | won, tables["a"] & ~won
        equivalent += judged(PAIR, tables).verdict == "equivalent"
    assert equivalent <= stats.binom.ppf(0.999, 200, 0.06)


@pytest.mark.parametrize("seeds", [1, 2, 3])
@pytest.mark.parametrize("support", [0, 2, 9])
def test_nothing_is_judged_of_a_class_with_a_handful_of_images(seeds, support):
    """Found by the treatment in every seed, never predicted by the control."""
    labels = np.where(np.arange(1000) < support, 2, np.arange(1000) % 2)
    control = np.tile(np.where(labels == 2, 0, labels), (seeds, 1))
    found = by_class(labels, np.tile(labels, (seeds, 1)), control)[2]
    assert (found.verdict, found.significance.p) == ("inconclusive", 1)
    assert found.significance.reason == f"{support} test images of the class; a verdict takes 10"


@pytest.mark.parametrize(("support", "verdict"), [(10, "inconclusive"), (100, "inconclusive"), (1500, "equivalent")])
def test_equivalence_of_a_class_rests_on_its_own_images(support, verdict):
    """Neither arm predicts it: what is seen of F1 is seen on its images only."""
    labels = np.where(np.arange(4000) < support, 2, np.arange(4000) % 2)
    guesses = np.tile(np.where(labels == 2, 0, labels), (3, 1))
    found = by_class(labels, guesses, guesses)[2]
    assert found.interval.value == 0
    assert found.verdict == verdict


@pytest.mark.parametrize("chance", [0.02, 0.05, 0.1])
def test_a_rare_class_that_one_arm_finds_now_and_then_is_not_called_equivalent(chance):
    """The true difference is 3 to 17 pp, and was called equivalent in 77 to 17 % of studies."""
    generator, labels = np.random.default_rng(0), np.where(np.arange(1000) < 20, 2, np.arange(1000) % 2)
    control = np.tile(np.where(labels == 2, 0, labels), (3, 1))
    equivalent = 0
    for _ in range(100):
        finds = (labels == 2) & (generator.random((3, 1000)) < chance)
        equivalent += by_class(labels, np.where(finds, 2, control), control)[2].verdict == "equivalent"
    assert equivalent <= stats.binom.ppf(0.999, 100, 0.05)


def drafted(metric, labels, guesses):
    """The draft of two arms' answers [seeds, images]."""
    logits = {(arm, seed): np.eye(3, dtype=np.float32)[row] for arm in "ab" for seed, row in enumerate(guesses[arm])}
    return Outputs(tuple(range(len(guesses["a"]))), labels, logits).weigh(PAIR, metric)


@pytest.mark.parametrize(
    ("metric", "images"), [(ACCURACY, 1000), (WEIGHTED_F1, 1000), (MACRO_F1, 15), (BALANCED_ACCURACY, 15)]
)
def test_what_metrics_of_classes_rest_on_is_their_smallest_class(metric, images):
    labels = np.where(np.arange(1000) < 5, 2, np.arange(1000) % 2)
    same = np.tile(labels, (3, 1))
    draft = drafted(metric, labels, {"a": same, "b": same})
    assert draft.few.support.images == images
    (found,) = judge([draft], Margin(0.01), AtOnce(1))
    assert found.verdict == ("equivalent" if images == 1000 else "inconclusive")


def test_images_on_which_arms_part_are_counted_by_their_answers():
    """Pseudovalues of F1 differ on all images as soon as one answer does."""
    labels = np.arange(90) % 3
    one = np.tile(labels, (2, 1))
    other = one.copy()
    other[0, 0], other[1, 4] = 1, 2
    for metric in (ACCURACY, MACRO_F1, BALANCED_ACCURACY):
        assert drafted(metric, labels, {"a": one, "b": other}).few.apart == 2
    assert few_images_sentence(2).startswith("The arms part on 2 test images only")
    assert few_images_sentence(10) is None


def test_classes_get_the_same_two_images_on_their_own():
    """As appended to the table of one class."""
    seeds = 3
    generator = np.random.default_rng(0)
    labels = np.arange(60) % 3
    guesses = [np.where(generator.random((seeds, 60)) < 0.7, labels, (labels + 1) % 3) for _ in "ab"]
    answers = [Answers(CLASSES, range(seeds), labels, row) for row in guesses]
    of_classes = list(class_drafts(Pair("b", "a", ("model",)), *answers, Outputs(tuple(range(seeds)), labels, {})))
    logits = {
        (arm, seed): np.eye(3, dtype=np.float32)[row]
        for arm, rows in zip("ba", guesses, strict=True)
        for seed, row in enumerate(rows)
    }
    outputs = Outputs(tuple(range(seeds)), labels, logits)
    for draft in of_classes:
        alone: Draft = outputs.weigh(PAIR, draft.metric)
        one, other = ({**vars(each.few.squares), "unit": 0} for each in (draft, alone))
        assert one == pytest.approx(other, rel=1e-9)
        assert vars(draft.few.support) == pytest.approx(vars(alone.few.support))


def test_an_arms_interval_lies_within_bounds_and_holds_its_value():
    for share in (0, 1):
        interval = share_interval(Crossed(np.full((3, 20), float(share))))
        assert interval.value == share
        assert 0 <= interval.low <= share <= interval.high <= 1
        assert 0.05 < interval.high - interval.low < 0.5
        assert interval.images == 20


@pytest.mark.parametrize(("share", "images", "covered"), [(0.99, 50, 0.987), (0.99, 200, 0.968), (0.9, 1000, 0.95)])
def test_intervals_of_arms_cover_near_the_ceiling(share, images, covered):
    """Images of which most are easy; five seeds. Without the four images: .755 of .99 on 50 images."""
    generator = np.random.default_rng(images)
    repetitions, hits = 500, 0
    for _ in range(repetitions):
        ease = generator.beta(share * 0.5, (1 - share) * 0.5, size=images)
        interval = share_interval(Crossed((generator.random((5, images)) < ease).astype(float)))
        hits += interval.low <= share <= interval.high
    assert stats.binom.ppf(0.001, repetitions, covered - 0.01) <= hits
