"""A cell in memory gives what a run saves."""

from dataclasses import dataclass

import numpy as np
import pytest
from torch import nn

import visavis as vv
from small import small_study, transfer_study
from visavis.errors import InvalidStudy


@pytest.mark.parametrize(
    ("study", "number"), [(small_study(seeds=1), 1), (transfer_study(names=("probe", "low rank")), 0)]
)
def test_it_gives_the_predictions_that_a_run_saves(study, number, tmp_path):
    arm = study.all_arms[number]
    folder = vv.run_study(study, tmp_path / "run", vv.Options(precision="fp32"))
    saved = folder.cell(arm.name, 0).read_predictions()
    fresh = vv.fit(arm, study.data, seed=0)
    assert np.array_equal(fresh.logits, saved.logits)
    assert np.array_equal(fresh.ids, saved.ids)
    assert np.array_equal(fresh.labels, saved.labels)


def test_another_seed_gives_other_predictions_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = small_study()
    images = study.data.load()
    first, second = (vv.fit(study.control, images, seed) for seed in (0, 1))
    assert not np.array_equal(first.logits, second.logits)
    assert list(tmp_path.iterdir()) == []


def test_images_are_not_changed():
    study = small_study(arms=("permuted",))
    images = study.data.load()
    before = images.train.images.copy()
    vv.fit(study.arms[0], images)
    assert np.array_equal(images.train.images, before)


@pytest.mark.parametrize("seed", ["0", "abc", 1.5, None, True, -1])
def test_what_is_no_seed_is_refused(seed):
    study = small_study()
    with pytest.raises(InvalidStudy, match=r"seed can't be used; got .*; expected (a whole number, )?0 or more"):
        vv.fit(study.control, study.data, seed)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"arm": "plain"}, r"arm can't be used; got 'plain'; expected a visavis\.Arm"),
        ({"data": "glyphs"}, r"data can't be used; got 'glyphs'; .* such as visavis\.datasets\.open\('glyphs'\)"),
        ({"data": vv.datasets.Glyphs}, r"data can't be used; got the class Glyphs"),
    ],
)
def test_what_cannot_be_fitted_is_refused(given, message):
    study = small_study()
    with pytest.raises(InvalidStudy, match=message):
        vv.fit(**{"arm": study.control, "data": study.data, **given})


@dataclass(frozen=True)
class Bare(vv.models.MLP):
    """Builds a module of PyTorch, and no network."""

    def build(self, shape, classes, stream):
        return nn.Sequential(super().build(shape, classes, stream).backbone)


def test_a_model_that_builds_no_network_is_refused():
    study = small_study()
    with pytest.raises(InvalidStudy, match=r"build must return visavis\.Network\(backbone, head\); got Sequential"):
        vv.fit(study.control.but("bare", model=Bare((4,))), study.data)
