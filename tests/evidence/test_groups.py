"""Test images that belong together are one unit, for every metric."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

import visavis as vv
from small import small_study
from visavis.conclusions import Weights
from visavis.data import ImageData
from visavis.describe import undescribed
from visavis.errors import ChangedStudy, DamagedFile, DataError
from visavis.evidence.outputs import Outputs
from visavis.findings import warnings_of
from visavis.findings.claim import Claim
from visavis.report import write_report
from visavis.stats import ACCURACY, LOG_LOSS, MACRO_F1, Crossed, crossed_interval
from visavis.stats.ranking import AUC

PAIR = Weights({"b": 1.0, "a": -1.0})


@dataclass(frozen=True)
class Persons:
    """Glyphs whose test images belong to persons, a few images each."""

    each: int = 4
    glyphs: vv.datasets.Glyphs = field(
        default_factory=lambda: vv.datasets.Glyphs(train_size=120, test_size=80), metadata=undescribed
    )

    def load(self) -> ImageData:
        data = self.glyphs.load()
        groups = np.array([f"person {number // self.each}".encode() for number in range(len(data.test))])
        return replace(data, test=replace(data.test, groups=groups))


@pytest.fixture(scope="module")
def grouped(tmp_path_factory):
    out = tmp_path_factory.mktemp("grouped") / "run"
    study = small_study(seeds=3, epochs=1, arms=("permuted", "wide"))
    vv.run_study(replace(study, data=Persons()), out)
    return vv.compare(out)


def test_all_intervals_rest_on_groups(grouped):
    for metric in (ACCURACY, MACRO_F1, LOG_LOSS, AUC):
        for contrast in grouped.contrasts_of(metric):
            assert (contrast.interval.images, contrast.interval.unit) == (20, "group")
        assert grouped.measured["plain"][metric.name].interval.images == 20
    for family in grouped.class_contrasts.values():
        assert {contrast.interval.unit for contrast in family} == {"group"}
    assert {estimate.interval.unit for estimate in grouped.class_measured["plain"].values()} == {"group"}


def test_classes_are_told_from_the_rest_by_groups_too(grouped):
    for name in grouped.classes:
        assert grouped.class_measured["plain"][f"auc[{name}]"].interval.unit == "group"


def test_values_are_those_of_images(grouped):
    by_image = replace(grouped.outputs, groups=None)
    for metric in (ACCURACY, MACRO_F1, LOG_LOSS):
        one, other = grouped.outputs.weigh(PAIR_OF_ARMS, metric), by_image.weigh(PAIR_OF_ARMS, metric)
        assert one.by_seed == other.by_seed
        assert grouped.outputs.table("plain", metric).values.mean() == pytest.approx(
            by_image.table("plain", metric).values.mean()
        )


PAIR_OF_ARMS = Weights({"permuted": 1.0, "plain": -1.0})


def test_the_report_says_so(grouped):
    said = " ".join(Claim(grouped).sentences())
    assert "The 80 test images come in 20 groups that belong together: a group is one unit" in said
    page = write_report(grouped.folder.path).read_text()
    assert "3 seeds × 20 groups" in page


def test_too_few_groups_are_told_and_each_image_is_taken_by_itself(tmp_path):
    vv.run_study(replace(small_study(seeds=2, epochs=1), data=Persons(each=20)), tmp_path)
    found = vv.compare(tmp_path)
    assert found.headlines[0].interval.unit == "test image"
    assert "belong to 4 groups, too few to be units" in " ".join(warnings_of(found))


def test_damaged_groups_are_not_guessed(grouped, tmp_path):
    vv.run_study(replace(small_study(seeds=1, epochs=1), data=Persons()), tmp_path)
    (tmp_path / "groups/own.npz").write_bytes(b"torn")
    with pytest.raises(DamagedFile, match=r"own\.npz"):
        vv.compare(tmp_path).headlines  # noqa: B018
    vv.run_study(replace(small_study(seeds=1, epochs=1), data=Persons()), tmp_path)
    assert vv.compare(tmp_path).headlines[0].interval.unit == "group"


def test_further_test_images_are_taken_by_their_own_groups(tmp_path):
    study = replace(
        small_study(seeds=2, epochs=1),
        tests={"By person": Persons(each=5), "Noisy": vv.datasets.Corrupted(vv.GaussianNoise(0.1))},
    )
    vv.run_study(study, tmp_path)
    found = vv.compare(tmp_path)
    units = {name: there.headlines[0].interval for name, there in found.elsewhere.items()}
    assert (units["By person"].unit, units["By person"].images) == ("group", 16)
    assert units["Noisy"].unit == found.headlines[0].interval.unit == "test image"
    (tmp_path / "groups/by-person.npz").write_bytes(b"torn")
    with pytest.raises(DamagedFile, match="by-person"):
        vv.compare(tmp_path).elsewhere["By person"].headlines  # noqa: B018
    vv.run_study(study, tmp_path)
    assert vv.compare(tmp_path).elsewhere["By person"].headlines[0].interval == units["By person"]


def test_groups_of_further_test_images_that_are_no_units_are_told(tmp_path):
    study = replace(small_study(seeds=2, epochs=1), tests={"By person": Persons(each=20)})
    vv.run_study(study, tmp_path)
    said = " ".join(warnings_of(vv.compare(tmp_path)))
    assert "The 80 test images By person belong to 4 groups, too few to be units" in said


def test_other_groups_are_other_test_images(tmp_path):
    study = replace(small_study(seeds=1, epochs=1), tests={"By person": Persons(each=5)})
    vv.run_study(study, tmp_path)
    with pytest.raises(ChangedStudy, match="has other test images under the name 'By person'"):
        vv.run_study(replace(study, tests={"By person": Persons(each=4)}), tmp_path)


@dataclass(frozen=True)
class Wrong(Persons):
    """Groups that aren't one for each image, or ids that stand twice."""

    field_name: str = "groups"

    def load(self) -> ImageData:
        data = super().load()
        wrong = {"groups": data.test.groups[1:], "ids": np.full(len(data.test), b"same")}
        return replace(data, test=replace(data.test, **{self.field_name: wrong[self.field_name]}))


@pytest.mark.parametrize(
    ("name", "said"), [("groups", r"got groups \|S\d+ \[79\]"), ("ids", "79 ids that stand twice")]
)
def test_further_test_images_with_groups_that_do_not_fit_are_refused_before_training(tmp_path, name, said):
    study = replace(small_study(seeds=1, epochs=1), tests={"wrong": Wrong(field_name=name)})
    with pytest.raises(DataError, match=said):
        vv.run_study(study, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_images_in_another_state_keep_their_groups(tmp_path):
    study = replace(small_study(seeds=2, epochs=1), data=Persons())
    vv.run_study(replace(study, tests={"Noisy": vv.datasets.Corrupted(vv.GaussianNoise(0.1))}), tmp_path)
    assert vv.compare(tmp_path).elsewhere["Noisy"].headlines[0].interval.unit == "group"


def test_one_seed_of_grouped_images_is_no_matter_of_mcnemar(tmp_path):
    vv.run_study(replace(small_study(seeds=1, epochs=1), data=Persons()), tmp_path)
    assert not vv.compare(tmp_path).headlines[0].significance.name.startswith("McNemar")


def test_a_group_of_many_images_counts_for_more():
    values = np.array([[1.0, 1, 1, 1, 0, 0], [1, 1, 0, 1, 0, 1]])
    groups = np.array([0, 0, 0, 0, 1, 2])
    table = Crossed(values).by_group(groups)
    assert table.values.mean(1) == pytest.approx(values.mean(1))
    sums = [[(row[groups == group] - row.mean()).sum() * 3 / 6 + row.mean() for group in range(3)] for row in values]
    assert table.values == pytest.approx(np.array(sums))


def test_groups_of_one_image_change_nothing():
    values = np.random.default_rng(0).random((3, 50))
    order = np.random.default_rng(1).permutation(50)
    one, other = crossed_interval(Crossed(values)), crossed_interval(Crossed(values).by_group(order))
    assert (one.low, one.high) == pytest.approx((other.low, other.high))


@pytest.mark.parametrize("metric", [ACCURACY, MACRO_F1], ids=lambda metric: metric.name)
def test_intervals_of_grouped_images_cover(metric):
    """Groups of unequal sizes that are right or wrong together; by image the interval is far too narrow."""
    covered, generator = {True: [], False: []}, np.random.default_rng(0)
    sizes = np.repeat([2, 5, 20], 20)
    groups = np.repeat(np.arange(60), sizes)
    studies = []
    for _ in range(300):
        shared, labels = generator.normal(size=60)[groups], generator.integers(3, size=len(groups))
        logits = {}
        for arm in "ab":
            own = generator.normal(size=60)[groups]
            for seed in range(5):
                right = shared + own + generator.logistic(size=len(groups)) > 0
                guesses = np.where(right, labels, (labels + 1) % 3)
                logits[arm, seed] = np.eye(3, dtype=np.float32)[guesses]
        studies.append(Outputs(tuple(range(5)), labels, logits, groups))
    drafts = {
        known: [replace(one, groups=groups if known else None).weigh(PAIR, metric) for one in studies]
        for known in covered
    }
    truth = np.mean([draft.value for draft in drafts[True]])
    from visavis.stats import interval_of

    for known, some in drafts.items():
        for draft in some:
            found = interval_of(draft.squares, draft.value)
            covered[known].append(found.low <= truth <= found.high)
    assert np.mean(covered[True]) > 0.92
    assert np.mean(covered[False]) < 0.75
