"""Cross-validation: every image is tested once in a repeat, and the interval knows that training sets overlap."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

import visavis as vv
from small import small_study
from visavis.cells import StudyData
from visavis.data import ImageData
from visavis.errors import ChangedStudy, DataError, InvalidStudy, UsageError
from visavis.evidence.folds import whole_repeats
from visavis.findings.claim import Claim
from visavis.findings.grounds import grounds
from visavis.findings.uneven import UnevenSeeds
from visavis.report import write_report
from visavis.report.formats import to_plain
from visavis.runs import ask_later
from visavis.stats import ACCURACY, F1, LOG_LOSS, MACRO_F1, OfClass, Resampled, interval_of
from visavis.streams import root

GLYPHS = vv.datasets.Glyphs(train_size=120, test_size=60)


def ungrouped(data: ImageData) -> ImageData:
    train, test = (replace(part, groups=np.full(len(part), b"")) for part in (data.train, data.test))
    return replace(data, train=train, test=test)


class OneByOne(vv.datasets.Glyphs):
    """Glyphs of which nothing is known to belong together."""

    def load(self) -> ImageData:
        return ungrouped(super().load())


@pytest.fixture(scope="module")
def study():
    small = small_study(epochs=1, arms=("permuted",))
    return replace(small, data=OneByOne(train_size=120, test_size=60), seeds=vv.Folds(3, repeats=2))


@pytest.fixture(scope="module")
def folded(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("folded") / "run"
    vv.run_study(study, out)
    return vv.compare(out)


# Dealing


@pytest.mark.parametrize("k", [2, 5, 7])
def test_folds_are_even_in_size_and_in_every_class(k):
    labels = np.random.default_rng(1).choice(4, 200, p=[0.4, 0.3, 0.2, 0.1])
    folds = vv.Folds(k).deal(labels, np.full(200, b""), root(0))
    sizes = np.bincount(folds, minlength=k)
    assert np.ptp(sizes) <= 1
    for label in range(4):
        assert np.ptp(np.bincount(folds[labels == label], minlength=k)) <= 1


def test_repeats_are_dealt_anew_and_the_first_ones_stay():
    data = ungrouped(GLYPHS.load())
    one, two = StudyData(data, vv.Folds(3)), StudyData(data, vv.Folds(3, repeats=2))
    assert one.of(1).test.ids.tolist() == two.of(1).test.ids.tolist() != two.of(4).test.ids.tolist()


@pytest.mark.parametrize("k", [2, 3, 5])
def test_a_group_stays_in_one_fold_and_classes_stay_even(k):
    rng = np.random.default_rng(2)
    groups = np.repeat([f"patient {number}".encode() for number in range(60)], 10)
    labels = np.concatenate([rng.choice(3, 10, p=rng.dirichlet([2, 2, 2])) for _ in range(60)])
    folds = vv.Folds(k).deal(labels, groups, root(0))
    assert all(len(set(folds[groups == group])) == 1 for group in np.unique(groups))
    for label in range(3):
        share = np.bincount(folds[labels == label], minlength=k) / (labels == label).sum()
        assert np.abs(share - 1 / k).max() < 0.1
    assert np.ptp(np.bincount(folds)) <= 20


def test_every_image_is_tested_once_in_a_repeat_and_never_trained_on():
    data = GLYPHS.load()
    folds = StudyData(data, vv.Folds(4))
    parts = [folds.of(seed) for seed in range(4)]
    every = sorted([*data.train.ids, *data.test.ids])
    assert sorted(name for part in parts for name in part.test.ids) == every
    for part in parts:
        assert sorted([*part.train.ids, *part.test.ids]) == every
        assert not set(part.train.groups) & set(part.test.groups)  # the letters of a font


def test_one_group_is_left_out_each_time():
    data = GLYPHS.load()
    groups = np.unique(np.concatenate([data.train.groups, data.test.groups]))
    folds = StudyData(data, vv.LeaveOneGroupOut(len(groups)))
    folds.require_dealt()
    assert [np.unique(folds.of(seed).test.groups).tolist() for seed in range(len(groups))] == [[g] for g in groups]
    with pytest.raises(DataError, match=rf"LeaveOneGroupOut\({len(groups)}\)"):
        StudyData(data, vv.LeaveOneGroupOut(2)).require_dealt()
    with pytest.raises(DataError, match="without a group"):
        StudyData(ungrouped(data), vv.LeaveOneGroupOut(2)).require_dealt()


def test_what_cannot_be_dealt_is_refused():
    labels = np.array([0, 0, 0, 1, 1])
    with pytest.raises(DataError, match="a class of 2 images"):
        vv.Folds(3).deal(labels, np.full(5, b""), root(0))
    with pytest.raises(DataError, match="2 groups"):
        vv.Folds(3).deal(labels, np.array([b"a", b"a", b"b", b"b", b"b"]), root(0))
    data = GLYPHS.load()
    by_class = replace(data.train, groups=np.array([b"%d" % min(label, 1) for label in data.train.labels]))
    with pytest.raises(DataError, match="all images of class 'A'"):
        StudyData(
            replace(data, train=by_class, test=by_class.take(np.arange(1))), vv.LeaveOneGroupOut(2)
        ).require_dealt()


@pytest.mark.parametrize("make", [lambda: vv.Folds(1), lambda: vv.Folds(3, 0), lambda: vv.LeaveOneGroupOut(1)])
def test_numbers_that_cannot_be(make):
    with pytest.raises(InvalidStudy):
        make()


def test_what_every_seed_would_be_tested_on_is_refused(study):
    with pytest.raises(InvalidStudy, match="A/A"):
        replace(study, aa=True)
    with pytest.raises(InvalidStudy, match="further test images"):
        replace(study, tests={"more": GLYPHS})


# The run


def test_each_fold_has_its_own_images_and_the_arms_share_them(folded):
    assert folded.seeds == tuple(range(6))
    assert folded.images == 180
    prints = {seed: folded.cells["plain", seed].fingerprints["test images"] for seed in folded.seeds}
    assert len(set(prints.values())) == 6
    assert all(folded.cells["permuted", seed].fingerprints["test images"] == prints[seed] for seed in folded.seeds)
    assert folded.agreement("permuted", "plain").surprises(["input"]) == ()


def test_values_are_those_of_each_fold(folded):
    cells = {seed: folded.folder.cell("plain", seed).read_predictions() for seed in folded.seeds}
    for metric in (ACCURACY, MACRO_F1, LOG_LOSS, OfClass(F1, 2, "C")):
        expected = {seed: metric.score(cell.labels, cell.logits).value for seed, cell in cells.items()}
        assert folded.measure("plain", metric).by_seed == pytest.approx(expected)
        assert folded.measure("plain", metric).interval.value == pytest.approx(np.mean(list(expected.values())))


def test_the_interval_is_the_corrected_one(folded):
    (contrast,) = folded.contrasts_of(ACCURACY)
    values = np.array(list(contrast.by_seed.values()))
    error = (values.var(ddof=1) * (1 / 6 + 1 / 2)) ** 0.5
    assert contrast.interval.error == pytest.approx(error)
    assert (contrast.interval.degrees, contrast.interval.seeds, contrast.interval.images) == (5, 6, 180)
    assert "Nadeau and Bengio" in contrast.significance.reason
    # Tests over seeds and the probability of being ahead take seeds for independent, which folds are not.
    assert "signed-rank" not in " ".join(grounds(folded, contrast))
    for family in folded.class_contrasts.values():
        assert {contrast.interval.seeds for contrast in family} == {6}


def test_intervals_stay_within_what_a_metric_can_be(folded):
    for estimates in folded.measured.values():
        assert all(estimate.interval.low >= 0 for estimate in estimates.values())
        assert estimates["log_loss"].interval.high > 1  # a loss has no upper bound


def test_every_measure_of_a_class_is_there(folded):
    names = folded.class_measured["plain"]
    assert {f"{measure}[{name}]" for measure in ("f1", "auc", "average_precision") for name in folded.classes} <= set(
        names
    )
    assert {estimate.interval.seeds for estimate in names.values()} == {6}


def test_nothing_is_warned_of_that_was_simulated_for_seeds(folded):
    assert UnevenSeeds(folded).warnings() == ()
    # Seeds of the same values would be.
    alike = {seed: 0.5 + 0.001 * seed for seed in range(6)}
    spread = {seed: 0.1 * seed for seed in range(6)}
    measured = {
        arm: {folded.headline.name: replace(folded.measured[arm][folded.headline.name], by_seed=values)}
        for arm, values in (("plain", alike), ("permuted", spread))
    }
    for folding, warned in ((None, True), (folded.folding, False)):
        other = replace(folded, folding=folding)
        vars(other)["headlines"], vars(other)["measured"] = folded.headlines, measured
        assert bool(UnevenSeeds(other).warnings()) is warned


def test_it_says_so_wherever_it_is_shown(folded):
    assert "Nadeau" in " ".join(Claim(folded).sentences())
    page = write_report(folded.folder.path).read_text()
    assert "180 test images in 6 folds" in page
    assert "6 folds (2 repeats of 3)" in page
    assert "6 seeds" not in page.replace("Over 6 seeds the two arms", "")
    plain = to_plain(folded)
    assert (plain["folds"], plain["seeds"]) == (3, list(range(6)))
    assert folded.table().shape[0] > 0


def test_whole_repeats_come_first():
    assert whole_repeats([0, 1, 2, 3, 5], 3) == (0, 1, 2)
    assert whole_repeats([0, 2], 3) == (0, 2)
    assert whole_repeats([1, 3, 4], 3) == (3, 4)
    assert whole_repeats(range(6), 3) == tuple(range(6))


def test_unfinished_folds_are_compared_as_far_as_they_are(study, tmp_path):
    small = replace(study, seeds=vv.Folds(3))
    vv.run_study(small, tmp_path / "run")
    for seed, expected in ((2, (0, 1)), (1, (0,))):
        comparison = vv.compare(tmp_path / "run")
        shutil.rmtree(comparison.folder.cell("permuted", seed).path / "predictions")
        comparison = vv.compare(tmp_path / "run")
        assert comparison.seeds == expected
        assert comparison.contrasts
    assert comparison.folding is None


def test_a_folder_grows_by_repeats_and_by_nothing_else(study, folded, tmp_path):
    with pytest.raises(ChangedStudy, match="folds"):
        vv.run_study(replace(study, seeds=vv.Folds(2, repeats=3)), folded.folder.path)
    with pytest.raises(ChangedStudy, match="folds"):
        vv.run_study(replace(study, seeds=6), folded.folder.path)
    small = replace(study, seeds=vv.Folds(2))
    vv.run_study(small, tmp_path / "run")
    before = vv.compare(tmp_path / "run")
    vv.run_study(replace(study, seeds=vv.Folds(2, repeats=2)), tmp_path / "run")
    grown = vv.compare(tmp_path / "run")
    assert grown.seeds == (0, 1, 2, 3)
    assert before.measure("plain", ACCURACY).by_seed.items() <= grown.measure("plain", ACCURACY).by_seed.items()


def test_the_command_has_it(command, folded, tmp_path):
    for words in (("--repeats", 2), ("--folds", 3, "--seeds", 2), ("--folds", 3, "--until-decided")):
        assert command("run", "spatial-locality", "--quick", *words, "--out", tmp_path / "run").code == 2
    assert "cross-validation" in command("plan", folded.folder.path, "--detect", "1pp").err
    with pytest.raises(UsageError, match="cross-validation"):
        ask_later(folded.folder.path, GLYPHS)


# The interval


def test_without_overlap_it_is_the_t_interval():
    values = np.array([0.1, 0.3, 0.2, 0.25])
    interval = interval_of(Resampled.of(values, 0.0, 100), float(values.mean()))
    assert interval.error == pytest.approx(values.std(ddof=1) / 2)
    assert interval_of(Resampled.of(np.full(4, 0.1), 0.5, 100), 0.1).error == 0
