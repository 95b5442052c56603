"""The studies of transfer: their settings, their messages, their tables on a small scale."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from forms import png, write_folder

import visavis as vv
from visavis.design.file import load
from visavis.errors import DataError, InvalidStudy, WeightsError
from visavis.pairing import Pair
from visavis.store import StudyDocument, WeightsDocument
from visavis.studies.emotion_transfer import ARMS, LR, SCALES, study

EMOTIONS = ("angry", "happy", "sad")


@pytest.fixture
def faces(tmp_path) -> Path:
    """Three classes of grey squares."""
    generator = np.random.default_rng(0)
    files = {
        f"{part}/{name}/{number}.png": png((generator.integers(0, 90, (48, 48)) + 60 * label).astype(np.uint8))
        for part, count in (("train", 12), ("test", 6))
        for label, name in enumerate(EMOTIONS)
        for number in range(count)
    }
    return write_folder(tmp_path / "faces", files)


@pytest.fixture
def weights(tmp_path) -> Path:
    import torchvision

    with vv.Stream((0,)).as_global():
        torch.save(torchvision.models.resnet18().state_dict(), tmp_path / "resnet18.pth")
    return tmp_path / "resnet18.pth"


def test_the_settings_are_those_of_the_original(faces, weights):
    described = StudyDocument.of(study(data=str(faces), weights=weights))
    assert described.control == "pre-trained"
    for arm in described.arms.values():
        assert arm["epochs"] == 10
        assert arm["batch_size"] == 64
        assert arm["optimizer"] == {
            "type": "SGD", "lr": 1e-3, "momentum": 0.9, "weight_decay": 0.0, "nesterov": False
        }  # fmt: skip
        assert arm["loss"] == {"type": "CrossEntropy", "label_smoothing": 0.0, "weights": None}
    assert described.arms["pre-trained"]["tuning"] == {"type": "LinearProbe"}
    assert described.arms["fine-tuned"]["tuning"] == {
        "type": "DifferentialRates",
        "scales": {"layer1": 0.01, "layer2": 0.05, "layer3": 0.1, "layer4": 0.5, "fc": 1.0},
        "others": 0.01,
    }
    rates = {name: LR * scale for name, scale in SCALES.items()}
    assert rates == {"layer1": 1e-5, "layer2": 5e-5, "layer3": 1e-4, "layer4": 5e-4, "fc": 1e-3}
    assert described.arms["fine-tuned"]["model"]["model"]["size"] == 224
    assert described.brands == ()
    assert described.seeds == (0, 1, 2)


def test_every_arm_of_the_list_can_be_asked_for(faces, weights):
    found = study(data=str(faces), weights=weights, arms=", ".join(ARMS))
    assert [arm.name for arm in found.arms] == list(ARMS)
    with pytest.raises(InvalidStudy, match="untrained can only be compared with full"):
        study(data=str(faces), weights=weights, arms="untrained")
    with pytest.raises(InvalidStudy, match=r"no such arm; got --arms 'fulll'; expected fine-tuned, "):
        study(data=str(faces), weights=weights, arms="fulll")


@pytest.mark.parametrize("arms", ["fine-tuned", "full,untrained", "gradual", "fine-tuned,low-rank,full"])
def test_the_question_names_the_arms_that_are_there(faces, weights, arms):
    asked = study(data=str(faces), weights=weights, arms=arms).question
    named = {name for name in (*ARMS, "fine-tuning") if re.search(rf"(?<![\w-]){name}(?![\w-])", asked)}
    assert named == ({"fine-tuning"} if arms == "fine-tuned" else set(arms.split(",")))


def test_a_smaller_study_is_branded(faces, weights):
    found = study(data=str(faces), weights=weights, size=64, limit=18)
    data = found.data.load()
    assert found.brands == ("64 x 64 pixels instead of 224 x 224",)
    assert data.remarks == (f"limited to 18 of {len(found.data.data.load().train)} training images",)
    assert np.bincount(data.train.labels).tolist() == [6, 6, 6]
    assert np.bincount(data.test.labels).tolist() == [3, 3, 3]


def test_without_data_or_weights_the_message_says_where_they_are(faces, tmp_path):
    with pytest.raises(DataError, match=r"needs images; got no --data; .*Kaggle.*--data fer2013\.zip"):
        study()
    with pytest.raises(WeightsError, match=r"no weights at .*; give a file with --weights"):
        study(data=str(faces), weights=tmp_path / "none.pth")


def test_help_lists_the_arms(command):
    shown = " ".join(command("run", "emotion-transfer", "--help").out.replace("│", " ").split())
    for arm in ARMS:
        assert arm in shown


def test_faces_from_the_command_to_both_tables(command, faces, weights, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command(
        "run", "emotion-transfer", "--data", faces, "--weights", weights, "--size", 32, "--epochs", 1, "--seeds", 2,
        "--limit", 18, "--precision", "fp32",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "32 x 32 pixels instead of 224 x 224 | limited to 18 of " in done.out
    assert "fine-tuned reaches" in done.out
    page = Path("runs/emotion-transfer/report/index.html").read_text()
    for words in (
        "fine-tuned against pre-trained",
        "improvement",
        "support",
        "resnet18.pth (SHA-256",
        "120 tensors, the same after training",
    ):
        assert words in page, words
    shown = command("compare", "runs/emotion-transfer").out
    for words in ("Log-loss", "Macro F1", "Weighted F1", "improvement", "support", "Precision", "Recall"):
        assert words in shown
    latex = command("compare", "runs/emotion-transfer", "--latex").out
    assert r"& improvement & verdict & support \\" in latex
    assert "f1[happy]" in command("compare", "runs/emotion-transfer", "--csv").out
    predicted = command("predict", "runs/emotion-transfer", faces / "test" / "happy" / "0.png").out
    assert all(name in predicted for name in EMOTIONS)


def test_the_letter_demo_shows_the_same_tables(tmp_path):
    found = load("letter-transfer").build(
        False, {"examples": 4, "epochs": 1, "seeds": 2, "first_images": 40, "first_epochs": 1}
    )
    folder = vv.run_study(found, tmp_path / "run", vv.Options(precision="fp32"))
    cell = folder.cell("pre-trained", 0).read_document()
    assert cell.loaded.source == "synthetic letters K to T, trained for 1 epochs"
    assert cell.trained_parameters == 512 * 10 + 10
    comparison = vv.compare(folder.path)
    assert comparison.pairs == (Pair("fine-tuned", "pre-trained", ("tuning",)),)
    again = vv.run_study(found, tmp_path / "again", vv.Options(precision="fp32"))
    assert again.read(WeightsDocument) == folder.read(WeightsDocument)


@pytest.mark.slow
def test_the_linear_probe_on_the_real_faces(real_data, tmp_path):
    """On a quarter of the pixels and a tenth of the images, it is better than the largest class."""
    found = study(
        data=str(real_data / "fer2013.zip"), weights=real_data / "resnet18_imagenet.pth", size=112, limit=2800,
        epochs=10, seeds=2, arms="probe-x10",
    )  # fmt: skip
    comparison = vv.compare(vv.run_study(found, tmp_path / "run").path)
    for arm in comparison.arms:
        assert comparison.measured[arm]["accuracy"].interval.low > 0.25
