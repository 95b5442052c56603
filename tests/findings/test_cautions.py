"""What undermines a result is said at the head of every output, where it is so and nowhere else."""

import json
from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs

import visavis as vv
from small import small_study
from visavis.findings import warnings_of
from visavis.findings.few_images import FewImages
from visavis.findings.look_alikes import LookAlikes
from visavis.findings.ties import Ties
from visavis.findings.uneven import UnevenSeeds
from visavis.findings.weak_arms import WeakArms
from visavis.report import write_report


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    """Arms that part on many images and have learned; the logits are made up."""
    out = tmp_path_factory.mktemp("healthy") / "run"
    vv.run_study(small_study(seeds=5, epochs=2), out)
    return with_accuracies(
        vv.compare(out), {"plain": [0.8, 0.82, 0.81, 0.79, 0.8], "permuted": [0.6, 0.62, 0.59, 0.61, 0.6]}
    )


def with_accuracies(comparison, accuracies, images=500):
    """The comparison on other images, on which each seed has such an accuracy."""
    labels = np.arange(images) % len(comparison.classes)
    generator = np.random.default_rng(0)
    predictions = {}
    for (arm, seed), one in comparison.predictions.items():
        right = np.arange(images) < round(accuracies[arm][seed] * images)
        generator.shuffle(right)
        guesses = np.where(right, labels, (labels + 1 + np.arange(images) // 10 % 9) % 10)
        ids = np.array([f"{number}".encode() for number in range(images)])
        predictions[arm, seed] = replace(one, ids=ids, labels=labels, logits=np.eye(10, dtype=np.float32)[guesses] * 3)
    return replace(comparison, predictions=predictions)


def test_a_healthy_study_is_not_warned_of(healthy):
    for kind in (LookAlikes, UnevenSeeds, FewImages):
        assert kind(healthy).warnings() == ()
    assert list(WeakArms(healthy)._guess_warnings()) == []


def test_seeds_that_spread_unevenly_are_warned_of_even_without_any_spread(healthy):
    accuracies = {"plain": [0.808] * 5, "permuted": [0.824, 0.782, 0.522, 0.8, 0.81]}
    (first, second) = UnevenSeeds(with_accuracies(healthy, accuracies)).warnings()
    assert first.startswith("The seeds of permuted spread")
    assert "times as widely as those of plain" in first
    assert "an interval from 5 seeds covers about 86 %, not 95 %" in first
    assert "but for seed 2, which is far worse" in second


def test_two_seeds_are_warned_of_where_one_arm_has_none(healthy):
    two = replace(healthy, seeds=healthy.seeds[:2])
    accuracies = {"plain": [0.808, 0.808, 0, 0, 0], "permuted": [0.82, 0.5, 0, 0, 0]}
    (warning,) = UnevenSeeds(with_accuracies(two, accuracies)).warnings()
    assert "covers about 92 %" in warning


def test_a_failing_loss_is_one_that_is_large(healthy):
    study = structs.replace(healthy.study, headline="log_loss")
    assert UnevenSeeds(replace(healthy, study=study)).warnings() == ()


def test_an_arm_that_guesses_is_named_with_its_seeds(healthy):
    labels = healthy.labels
    predictions = dict(healthy.predictions)
    constant = replace(predictions["permuted", 0], logits=np.tile(np.eye(10, dtype=np.float32)[3], (len(labels), 1)))
    predictions["permuted", 1] = predictions["permuted", 3] = constant
    found = WeakArms(replace(healthy, predictions=predictions))
    assert found.plain()["arms_that_guess"] == {"permuted": [1, 3]}
    assert "permuted can't be told from naming the most frequent class" in found.warnings()[0]


def test_an_arm_at_chance_is_named_too(healthy):
    accuracies = {"plain": [0.8] * 5, "permuted": [0.1, 0.09, 0.11, 0.12, 0.1]}
    found = WeakArms(with_accuracies(healthy, accuracies))
    assert found.plain()["arms_that_guess"] == {"permuted": [0, 1, 2, 3, 4]}
    assert "in every seed" in found.warnings()[0]


def test_answers_that_tie_are_told(healthy):
    assert Ties(healthy).warnings() == ()
    predictions, logits = dict(healthy.predictions), healthy.predictions["permuted", 2].logits.copy()
    logits[:25, 4] = logits[:25].max(1)
    predictions["permuted", 2] = replace(predictions["permuted", 2], logits=logits)
    found = Ties(replace(healthy, predictions=predictions))
    share = found.plain()["ties"]["permuted"]
    assert 0.008 < share <= 0.01  # 25 of 2,500, but for those whose answer was that class
    assert "permuted gives its largest logit to several classes on" in found.warnings()[0]


def test_a_loss_that_still_falls_steeply_is_told(tmp_path):
    vv.run_study(small_study(seeds=2, epochs=2), tmp_path)
    found = WeakArms(vv.compare(tmp_path))
    falls = found.plain()["falling_losses"]
    for arm, fall in falls.items():
        first, last = (np.array([row.test_loss for row in found.comparison.history(arm, seed)]) for seed in (0, 1))
        assert fall == pytest.approx(np.mean([1 - first[1] / first[0], 1 - last[1] / last[0]]))
    assert ("still falling steeply" in " ".join(found.warnings())) == bool(falls)


def test_a_handful_of_images_or_seeds_is_told(healthy):
    few = with_accuracies(replace(healthy, seeds=(0,)), {"plain": [0.8] * 5, "permuted": [0.6] * 5}, images=20)
    assert FewImages(few).warnings() == ("Only 20 test images and 1 seed: a first look, whatever the verdict.",)


def test_arms_that_part_on_a_handful_of_images_are_told(healthy):
    nearly = with_accuracies(healthy, {"plain": [1.0] * 5, "permuted": [0.994] * 5})
    parting = int((nearly.outputs.hits("plain") != nearly.outputs.hits("permuted")).any(0).sum())
    told = " ".join(FewImages(nearly).warnings())
    assert ("On fewer than 10 test images do the arms part" in told) == (parting < 10)
    one = with_accuracies(replace(healthy, seeds=healthy.seeds[:3]), {"plain": [1.0] * 5, "permuted": [0.998] * 5})
    (warning,) = FewImages(one).warnings()
    assert "permuted \N{MINUS SIGN} plain (3)" in warning


@pytest.fixture
def alike(healthy, tmp_path, monkeypatch):
    """Sets which test images look like a training image."""

    def look_alike(rows):
        ids = healthy.ids[rows]
        monkeypatch.setattr(
            "visavis.store.RunFolder.read_alike", lambda _, kind: ids if kind == "look_alikes" else ids[:0]
        )
        return replace(healthy)

    return look_alike


def test_a_verdict_that_rests_on_look_alikes_is_given_with_the_one_without(alike, healthy):
    parted = (healthy.outputs.hits("plain") != healthy.outputs.hits("permuted")).any(0)
    found = alike(np.flatnonzero(parted)[:-5])
    (warning, *_) = LookAlikes(found).warnings()
    assert (
        f"{parted.sum() - 5} test images of 500 look like a training image. Without them permuted against plain"
        in warning
    )
    assert warning.endswith("split by it.")
    assert "inconclusive" in warning
    assert warning in warnings_of(found)
    json.dumps(LookAlikes(found).plain())


def test_a_set_that_is_nearly_all_look_alikes_is_told_as_such(alike):
    (warning,) = LookAlikes(alike(np.arange(490))).warnings()
    assert "490 test images of 500 look like a training image: 10 images without one can't tell" in warning


def test_a_few_look_alikes_that_change_nothing_are_not(alike):
    found = LookAlikes(alike(np.arange(20)))
    assert found.warnings() == ()
    (table,) = found.tables()
    assert table.columns[-1] == "480 without a look-alike"


def test_the_audit_keeps_which_test_images_look_alike(tmp_path):
    vv.run_study(small_study(seeds=1, epochs=1), tmp_path)
    found = vv.compare(tmp_path)
    ids = found.folder.read_alike("look_alikes")
    assert len(ids) == found.audit.near.test_images
    assert set(ids.tolist()) <= set(found.ids.tolist())
    write_report(tmp_path)
