"""A cell in memory gives what a run saves."""

import numpy as np
import pytest

import visavis as vv
from small import small_study, transfer_study


@pytest.mark.parametrize(
    ("study", "number"), [(small_study(seeds=1), 1), (transfer_study(names=("probe", "low rank")), 0)]
)
def test_it_gives_the_predictions_that_a_run_saves(study, number, tmp_path):
    arm = study.all_arms[number]
    folder = vv.run_study(study, tmp_path / "run", vv.Options(precision="fp32"))
    saved = folder.cell(arm.name, 0).read_predictions()
    fresh = vv.fit(arm, study.data, seed=0, recipe=study.recipe)
    assert np.array_equal(fresh.logits, saved.logits)
    assert np.array_equal(fresh.ids, saved.ids)
    assert np.array_equal(fresh.labels, saved.labels)


def test_another_seed_gives_other_predictions_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = small_study()
    images = study.data.load()
    first, second = (vv.fit(study.control, images, seed, recipe=study.recipe) for seed in (0, 1))
    assert not np.array_equal(first.logits, second.logits)
    assert list(tmp_path.iterdir()) == []


def test_images_are_not_changed():
    study = small_study(arms=("permuted",))
    images = study.data.load()
    before = images.train.images.copy()
    vv.fit(study.arms[0], images, recipe=study.recipe)
    assert np.array_equal(images.train.images, before)
