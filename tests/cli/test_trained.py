import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import visavis as vv
from visavis.store import RunFolder


@pytest.fixture
def letter(finished, tmp_path) -> Path:
    """A picture that none of the arms has seen, in colours and of another size."""
    path = tmp_path / "letter.png"
    Image.new("RGB", (50, 40), (200, 10, 10)).save(path)
    return path


def test_predict_shows_the_arms_side_by_side(command, finished, letter):
    done = command("predict", finished.path, letter)
    assert done.code == 0
    for word in ("letter.png", "plain, seed 0", "permuted, seed 0", "wide permuted"):
        assert word in done.out
    one = command("predict", finished.path, letter, "--arm", "plain", "--seed", 2).out
    assert "plain, seed 2" in one
    assert "permuted" not in one


def test_predict_in_json_holds_what_python_gives(command, finished, letter):
    found = json.loads(command("predict", finished.path, letter, "--arm", "permuted", "--json").out)
    about = found[str(letter)]["permuted"]
    model = vv.load(finished.path, "permuted")
    expected = model.probabilities(model.read([letter]))[0]
    assert np.array_equal(model.read(str(letter)), model.read([letter]))
    assert list(about["probabilities"]) == list("ABCDEFGHIJ")
    assert np.allclose(list(about["probabilities"].values()), expected, atol=1e-12)
    assert about["seed"] == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("predict", "FOLDER", "none.png"), "none.png can't be used; got No such file or directory"),
        (("predict", "FOLDER", "text.png"), "text.png can't be used; got not an image in a known format"),
        (("predict", "FOLDER", "text.png", "--arm", "other"), "has no arm 'other'"),
        (("predict", "FOLDER", "text.png", "--seed", "9"), "seed 9, isn't finished"),
        (("predict", "elsewhere", "text.png"), "elsewhere holds no study"),
        (("export", "FOLDER", "--arm", "plain"), "no form to export to; expected --onnx"),
        (("export", "FOLDER", "--arm", "other", "--onnx"), "has no arm 'other'"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(command, finished, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    Path("text.png").write_text("no picture")
    done = command(*(finished.path if word == "FOLDER" else word for word in words))
    assert done.code == 2
    assert message in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_code_of_ones_own_needs_the_studys_file(command, study_file, tmp_path):
    text = study_file.read_text()
    own = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Mirrored:
    def draw(self, shape, stream):
        return vv.Transform(apply=lambda images: images[..., ::-1].copy())
"""
    text = text.replace("import visavis as vv\n", "import visavis as vv\n" + own)
    study_file.write_text(text.replace("vv.PixelPermutation()", "Mirrored()"))
    assert command("run", "my_study.py", "--seeds", 1, "--epochs", 1).code == 0
    Image.new("L", (28, 28)).save("black.png")
    refused = command("predict", "runs/mine", "black.png")
    assert refused.code == 2
    assert "Mirrored is code of your own" in refused.err
    assert "--study" in refused.err
    assert "permuted, seed 0" in command("predict", "runs/mine", "black.png", "--study", "my_study.py").out
    study_file.write_text(study_file.read_text().replace("[..., ::-1]", "[..., ::-1, :]"))
    assert (
        "made with another Mirrored than the one given"
        in command("predict", "runs/mine", "black.png", "--study", "my_study.py").err
    )


def test_a_model_leaves_as_onnx_with_the_same_logits(command, finished, tmp_path, monkeypatch):
    onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    monkeypatch.chdir(tmp_path)
    done = command("export", finished.path, "--arm", "plain", "--onnx")
    assert done.code == 0, done.err
    assert "Wrote plain-seed-0.onnx: A, B, C" in done.out
    about = {prop.key: prop.value for prop in onnx.load("plain-seed-0.onnx").metadata_props}
    assert json.loads(about["visavis"])["classes"] == list("ABCDEFGHIJ")
    predictions = finished.cell("plain", 0).read_predictions()
    kept = finished.read_test_images()
    images = np.stack([kept[name] for name in predictions.ids.tolist()])
    session = runtime.InferenceSession("plain-seed-0.onnx", providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"images": images})
    assert np.abs(logits - predictions.logits).max() < 1e-4 * np.abs(predictions.logits).max()


def test_without_the_extra_the_export_says_what_to_install(command, finished, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    done = command("export", finished.path, "--arm", "plain", "--onnx")
    assert done.code == 2
    assert "pip install 'visavis[onnx]'" in done.err


def test_what_is_not_part_of_the_onnx_file_is_said(command, finished, tmp_path, monkeypatch):
    pytest.importorskip("onnxscript")
    monkeypatch.chdir(tmp_path)
    done = command("export", finished.path, "--arm", "permuted", "--onnx", "--out", "p.onnx")
    assert "have to go through the arm's PixelPermutation first" in done.out


def test_an_export_loses_no_file(command, finished, tmp_path, monkeypatch):
    """Refused before the work; with --force, and into a pipe, written."""
    pytest.importorskip("onnxscript")
    monkeypatch.chdir(tmp_path)
    words = ("export", finished.path, "--arm", "plain", "--onnx", "--out")
    Path("dear.txt").write_text("dear reader")
    refused = command(*words, "dear.txt")
    assert (refused.code, Path("dear.txt").read_text()) == (2, "dear reader")
    assert "dear.txt is there already; " in refused.err
    assert command(*words, "dear.txt", "--force").code == 0
    assert Path("dear.txt").stat().st_size > 1000


def test_an_interrupted_run_answers_for_the_arms_that_are_finished(command, finished, letter, tmp_path):
    shutil.copytree(finished.path, tmp_path / "part")
    shutil.rmtree(tmp_path / "part" / "cells" / "wide")
    shown = command("predict", tmp_path / "part", letter).out
    assert "plain, seed 0" in shown
    assert "wide, seed" not in shown


def test_a_moved_run_folder_still_answers(command, finished, letter, tmp_path):
    shutil.copytree(finished.path, tmp_path / "moved")
    shutil.rmtree(tmp_path / "moved" / "cells" / "wide")
    assert command("predict", tmp_path / "moved", letter, "--arm", "plain").code == 0
    assert RunFolder(tmp_path / "moved").cell("plain", 0).is_finished()
