"""The ready-made studies: what they vary, that they train on a small scale, and on images of one's own."""

import inspect

import numpy as np
import pytest
from forms import png, write_folder

import visavis as vv
from visavis.design.file import BUILT_IN, load
from visavis.errors import InvalidStudy
from visavis.pairing import levels_of, pairs
from visavis.store import StudyDocument

TINY = {"epochs": 1, "seeds": 1, "limit": 60}
VARIED = {
    "optimizers": ({"optimizer"}, 3, TINY),
    "augmentations": ({"augmentation"}, 5, TINY),
    "label-noise": ({"training"}, 4, TINY),
    "normalisations": ({"model", "batch_size"}, 7, TINY),
    "patch-shuffle": ({"model", "input"}, 11, TINY | {"coarse": True}),
    "data-size": (
        {"training", "tuning"}, 3, {"epochs": 1, "seeds": 1, "largest": 10, "first_images": 40, "first_epochs": 1}
    ),
}  # fmt: skip
each = pytest.mark.parametrize("name", VARIED)


@each
def test_it_varies_what_it_says_and_asks_of_every_arm(name):
    factors, arms, settings = VARIED[name]
    described = StudyDocument.of(load(name).build(False, settings))
    assert len(described.arms) == arms + 1
    texts = {factor: {str(arm[factor]) for arm in described.arms.values()} for factor in levels_of(described).factors}
    assert {factor for factor, levels in texts.items() if len(levels) > 1} == factors
    assert {pair.treatment for pair in pairs(described)} == described.arms.keys() - {described.control}
    assert all(len(pair.factors) == 1 for pair in pairs(described))


@each
def test_quick_is_smaller(name):
    found = load(name)
    assert found.quick
    assert found.quick.keys() <= inspect.signature(found.function).parameters.keys()
    quick, whole = (found.build(is_quick, {}) for is_quick in (True, False))
    assert len(quick.seeds) < len(whole.seeds)
    assert any("quick" in brand for brand in quick.brands)


@pytest.mark.parametrize("name", ["label-noise", "patch-shuffle", "data-size"])
def test_it_finds_the_curves(name, tmp_path):
    """Of those that are about a number: found from the arms, not declared."""
    found = load(name).build(False, VARIED[name][2])
    if name == "data-size":
        found = load(name).build(False, VARIED[name][2] | {"largest": 30})
    folder = vv.run_study(found, tmp_path / "run", vv.Options(precision="fp32"))
    assert len(vv.compare(folder.path).curves) == {"label-noise": 1, "patch-shuffle": 4, "data-size": 2}[name]
    assert vv.compare(folder.path).slips == ()


@pytest.mark.parametrize("name", ["optimizers", "augmentations", "normalisations"])
def test_it_trains(name, tmp_path):
    found = load(name).build(False, VARIED[name][2])
    folder = vv.run_study(found, tmp_path / "run", vv.Options(precision="fp32"))
    assert vv.compare(folder.path).arms == tuple(StudyDocument.of(found).arms)


def test_images_of_ones_own_are_brought_to_the_size_of_the_patches(tmp_path):
    generator = np.random.default_rng(0)
    files = {
        f"{part}/{name}/{number}.png": png(generator.integers(0, 256, (40, 32, 3)).astype(np.uint8))
        for part, count in (("train", 12), ("test", 6))
        for name in ("cat", "dog")
        for number in range(count)
    }
    data = write_folder(tmp_path / "photos", files)
    found = load("patch-shuffle").build(False, {**VARIED["patch-shuffle"][2], "limit": None, "data": str(data)})
    assert (found.data.load().shape.height, found.data.load().shape.width) == (28, 28)


def test_every_built_in_study_is_in_the_list(command):
    said = command("list").out
    assert all(name in said for name in BUILT_IN)


def test_too_few_images_of_a_class_are_refused():
    with pytest.raises(InvalidStudy, match="largest can't be used; got 2; expected 3 or more"):
        load("data-size").build(False, {"largest": 2})
