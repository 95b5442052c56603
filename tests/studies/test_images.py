"""One line asks any question about any labelled images, and a file with the same study is written from it."""

import shlex

import numpy as np
import pytest
from PIL import Image

import visavis as vv
from visavis.design.file import load
from visavis.errors import UsageError
from visavis.store import StudyDocument
from visavis.studies.images import study, usual_for
from visavis.studies.words import HOMES, Usual, change, levels_of, literal, value_of, words

USUAL = Usual(size=64, weights=None, sgd=0.02, adaptive=1e-3)
PLAIN = vv.Arm("plain", vv.models.ConvNet(), vv.SGD(lr=0.02, momentum=0.9), epochs=2)


@pytest.mark.parametrize(
    ("factor", "word", "value"),
    [
        ("optimizer", "sgd", vv.SGD(lr=0.02, momentum=0.9)),
        ("optimizer", "sgd:lr=0.1:momentum=0", vv.SGD(lr=0.1)),
        ("optimizer", "sgd:0.1", vv.SGD(lr=0.1, momentum=0.9)),
        ("optimizer", "adamw", vv.AdamW(lr=1e-3)),
        ("optimizer", "AdamW:lr=3e-4:weight-decay=0.1", vv.AdamW(lr=3e-4, weight_decay=0.1)),
        ("optimizer", "rmsprop:alpha=0.9", vv.Torch("RMSprop", lr=1e-3, options={"alpha": 0.9})),
        ("schedule", "one-cycle", vv.OneCycle()),
        ("schedule", "steps:every=5", vv.Steps(every=5)),
        ("augmentation", "none", vv.Unaugmented()),
        ("augmentation", "shift:2", vv.Shift(2)),
        ("augmentation", "trivial", vv.TrivialAugment()),
        ("augmentation", "flip+shift:2+mixup", vv.AugmentationChain((vv.Flip(), vv.Shift(2), vv.Mixup()))),
        ("input", "grey+patch-shuffle:4", vv.InputChain((vv.Grey(), vv.PatchShuffle(4)))),
        ("training", "30", vv.PerClass(30)),
        ("training", "0.5", vv.Fraction(0.5)),
        ("training", "label-noise:0.2", vv.LabelNoise(0.2)),
        ("tuning", "linear-probe", vv.LinearProbe()),
        ("tuning", "frozen", vv.LinearProbe()),
        ("tuning", "last-layers:layer3", vv.LastLayers("layer3")),
        ("loss", "focal:gamma=1", vv.Focal(gamma=1)),
        ("averaging", "ema:0.99", vv.EMA(0.99)),
        ("selection", "best", vv.BestEpoch()),
        ("model", "cnn:widths=(8,16):norm=group", vv.models.ConvNet(widths=(8, 16), norm="group")),
        ("model", "mlp", vv.models.MLP()),
        ("model", "cnn:norm=none", vv.models.ConvNet(norm="none")),
        ("loss", "cross-entropy:weights=balanced", vv.CrossEntropy(weights=vv.Balanced())),
        (
            "model", "resnet18:weights=none",
            vv.Pretrained(vv.models.TorchvisionModel("resnet18", 64), vv.models.Untrained()),
        ),
        (
            "model", "resnet50:size=96",
            vv.Pretrained(vv.models.TorchvisionModel("resnet50", 96), vv.models.TorchvisionWeights()),
        ),
        (
            "model", "mobilenetv3_small_050",
            vv.Pretrained(vv.models.TimmModel("mobilenetv3_small_050", 64), vv.models.TimmWeights()),
        ),
        ("epochs", "30", 30),
    ],
)  # fmt: skip
def test_words_stand_for_parts(factor, word, value):
    assert value_of(factor, word, USUAL) == value


@pytest.mark.parametrize(
    ("path", "word", "said"),
    [
        ("optimiser", "sgd", r"no such field; got optimiser; .*did you mean optimizer\?"),
        ("optimizer", "adaw", r"no such optimizer; got 'adaw'; .*did you mean adam"),
        ("model", "resnet1", r"no such model; got 'resnet1'; .*did you mean resnet18"),
        ("model", "resnet18:depth=3", "resnet18 takes no such setting; got depth; expected size, weights"),
        ("model", "cnn:kernal=3", r"ConvNet has no such field; got kernal; .*did you mean kernel\?"),
        ("optimizer.rl", "0.1", r"SGD has no such field; got optimizer\.rl; expected lr, .*did you mean lr\?"),
        ("epochs.more", "3", "epochs, which has no fields"),
        ("schedule", "steps", "steps needs every; expected steps:every=VALUE"),
        ("augmentation", "shift:1:2:3", "Shift has fewer fields; got 3 values; expected pixels, fill"),
        ("tuning", "everything", "no such tuning"),
    ],
)
def test_words_that_stand_for_nothing_are_refused(path, word, said):
    with pytest.raises(UsageError, match=said):
        change(PLAIN, path, word, USUAL)


@pytest.mark.parametrize("factor", HOMES)
def test_every_word_that_is_told_stands_for_a_part_of_its_own(factor):
    values = []
    for word in words(factor):
        try:
            values.append(value_of(factor, word, USUAL))
        except UsageError as problem:
            if f"{word} needs" not in str(problem):
                raise
    assert len({type(value) for value in values}) == len(values) > 0


def test_a_field_within_a_part_is_changed_alone():
    assert change(PLAIN, "optimizer.lr", "0.5", USUAL).optimizer == vv.SGD(lr=0.5, momentum=0.9)
    assert change(PLAIN, "model.norm", "group", USUAL).model == vv.models.ConvNet(norm="group")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("optimizer", "--vary can't be used; got 'optimizer'; expected a field and its values"),
        ("optimizer=sgd", "--vary optimizer has one level"),
        ("optimizer=sgd,sgd", "--vary optimizer has a level twice; got sgd"),
        ("optimizer=sgd,", "--vary can't be used"),
        ("=sgd,adam", "--vary can't be used"),
    ],
)
def test_levels_that_compare_nothing_are_refused(text, said):
    with pytest.raises(UsageError, match=said):
        levels_of(text)


def test_literals():
    assert [literal(text) for text in ("3", "1e-3", "(8, 16)", "true", "none", "batch")] == [
        3, 1e-3, (8, 16), True, None, "batch",
    ]  # fmt: skip


def test_two_varied_fields_are_a_grid():
    built = study("glyphs", ["optimizer=sgd,adamw", "epochs=1,2"], ["model=cnn", "batch_size=16"])
    assert [arm.name for arm in built.all_arms] == [
        "sgd, epochs 1",
        "sgd, epochs 2",
        "adamw, epochs 1",
        "adamw, epochs 2",
    ]
    assert {arm.batch_size for arm in built.all_arms} == {16}
    assert built.name == "glyphs-optimizer-epochs"
    assert built.question == "What difference do optimizer and epochs make on glyphs?"


def test_rates_hang_on_the_model_that_varies():
    built = study("glyphs", ["model=cnn,mlp"])
    assert {arm.optimizer for arm in built.all_arms} == {vv.SGD(lr=0.02, momentum=0.9)}
    pretrained = study("glyphs", ["tuning=linear-probe,full"])
    assert pretrained.control.optimizer == vv.SGD(lr=0.005, momentum=0.9)
    assert pretrained.control.model.model == vv.models.TorchvisionModel("resnet18", 64)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "images needs images; got no --data"),
        ({"data": "glyphs"}, "there is nothing to compare; got no --vary"),
        ({"data": "glyphs", "vary": ["epochs=1,2", "epochs=3,4"]}, "a field is given twice; got epochs"),
        ({"data": "glyphs", "vary": ["epochs=1,2"], "set": ["epochs=3"]}, "a field is given twice; got epochs"),
        ({"data": "glyphs", "vary": ["optimizer.lr=0.1,-1"]}, r"optimizer\.lr=-1: optimizer\.lr can't be used; got -1"),
    ],
)
def test_what_asks_nothing_is_refused(given, said):
    with pytest.raises(UsageError, match=said):
        study(**given)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Two classes of 12 pictures of 40 x 30."""
    folder, generator = tmp_path_factory.mktemp("data") / "my photos", np.random.default_rng(0)
    for number in range(24):
        path = folder / ("cats" if number % 2 else "dogs") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = generator.integers(0, 100, (30, 40, 3)) + 100 * (number % 2)
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    return folder


def test_defaults_follow_number_and_size(photos):
    few = usual_for(vv.datasets.open(str(photos)), None, None, None)
    assert (few.epochs, few.batch_size, few.seeds, few.size) == (20, 16, 5, 64)
    many = usual_for(vv.datasets.Glyphs(train_size=50_000), None, 128, None)
    assert (many.epochs, many.batch_size, many.seeds, many.size) == (5, 64, 3, 128)
    limited = usual_for(vv.datasets.Glyphs(train_size=50_000), 5_000, None, None)
    assert (limited.epochs, limited.batch_size) == (10, 32)
    unseen = usual_for(vv.datasets.open("torchvision:CIFAR10:data"), None, None, None)
    assert (unseen.epochs, unseen.size) == (10, 224)


LINE = ["--set", "model=cnn:widths=(8,)", "--vary", "optimizer=sgd,adamw", "--vary", "augmentation=none,flip+shift:2"]


def test_a_line_runs_and_tells_what_it_takes_for_granted(command, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command("run", "images", "--data", str(photos), *LINE, "--epochs", 1, "--seeds", 2)
    assert done.code == 0
    assert "all arms: model ConvNet(widths=(8,)), epochs 1, batch size 16; they differ in " in done.err
    assert "(SGD(lr=0.02, momentum=0.9), AdamW(lr=0.001))" in done.err
    assert "cells" in next(line for line in done.err.splitlines() if line.startswith("about "))
    assert (tmp_path / "runs/my-photos-optimizer-augmentation/report/index.html").exists()


def test_a_line_runs_in_several_processes(command, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command("run", "images", "--data", str(photos), *LINE[:4], "--epochs", 1, "--seeds", 1, "--jobs", 2)
    assert done.code == 0, done.err


def test_the_file_that_is_written_is_the_same_study(command, photos, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["images", "--data", str(photos), *LINE, "--epochs", "1", "--seeds", "2"]
    assert command("new", "my_study.py", "--from", shlex.join(words)).code == 0
    written = load("my_study.py").build(quick=False, settings={})
    asked = study(str(photos), [LINE[3], LINE[5]], [LINE[1]], epochs=1, seeds=2)
    assert StudyDocument.of(written) == StudyDocument.of(asked)
    assert command("run", *words).code == 0
    again = command("run", "my_study.py", "--out", "runs/my-photos-optimizer-augmentation", "--seeds", 2)
    assert again.code == 0
    assert "0 of 8" not in again.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--from", "visavis run"), "--from names no study"),
        (("--from", "images --data glyphs"), "there is nothing to compare"),
        (("--from", "imges --data glyphs"), "no study 'imges'"),
        (("--from", "images --data glyphs --vary epochs=1,2", "--vary", "input"), "--vary and --from are two ways"),
        (("--from", "images --data glyphs --set model=mlp --vary epochs=1,2 --aa"), "aa of its own"),
        (("--from", "images --dat glyphs"), "No such option"),
    ],
)
def test_lines_that_cannot_be_written_are_refused(command, tmp_path, monkeypatch, given, said):
    monkeypatch.chdir(tmp_path)
    done = command("new", "mine", *given)
    assert done.code == 2
    assert said in done.err
    assert not list(tmp_path.iterdir())
