"""A study's file with a module beside it: run, edited, refused, made anew, asked."""

import json

import numpy as np
import pytest
from PIL import Image

from visavis.store import RunFolder

HELPER = "def mirrored(images):\n    return images[..., ::-1].copy()\n"
OWN = """from dataclasses import dataclass

import visavis as vv
from flips import mirrored


@dataclass(frozen=True)
class Mirrored:
    def draw(self, shape, stream):
        return vv.Transform(apply=mirrored)
"""


@pytest.fixture
def helped(study_file):
    """The study's file with a part that uses a module beside it."""
    text = study_file.read_text().replace("import visavis as vv\n", OWN)
    text = text.replace("        arms=[", '        arms=[plain.but("mirrored", input=Mirrored()), ')
    study_file.write_text(text)
    (study_file.parent / "flips.py").write_text(HELPER)
    return study_file


RUN = ("run", "my_study.py", "--seeds", 1, "--epochs", 1)


def times(folder):
    return {path.parts[-4]: path.stat().st_mtime_ns for path in folder.path.glob("cells/*/*/predictions/own.npz")}


def test_an_edited_helper_is_refused_and_its_cells_are_made_anew_when_asked(command, helped):
    folder, helper = RunFolder(helped.parent / "runs/mine"), helped.parent / "flips.py"
    assert command(*RUN).code == 0
    assert (folder.path / "study/flips.py").read_text() == HELPER
    before = times(folder), folder.cell("mirrored", 0).read_predictions().logits
    helper.write_text(HELPER.replace("def", "# a remark\ndef"))
    assert command(*RUN).code == 0
    assert times(folder) == before[0]

    helper.write_text(HELPER.replace("::-1]", "::-1, :]"))
    refused = command(*RUN)
    assert refused.code == 2
    assert "holds cells that were trained by other code; got changes in flips.py (mirrored)" in refused.err
    assert "undo the edit, choose another --out, or train mirrored anew with --renew" in refused.err
    assert "# a remark" in (folder.path / "study/flips.py").read_text()
    assert times(folder) == before[0]

    renewed = command(*RUN, "--renew")
    assert renewed.code == 0
    assert "flips.py (mirrored) changed: the cells of mirrored are trained anew" in renewed.err
    after = times(folder)
    assert {arm for arm in after if after[arm] != before[0][arm]} == {"mirrored"}
    assert not np.array_equal(folder.cell("mirrored", 0).read_predictions().logits, before[1])
    assert (folder.path / "study/flips.py").read_text() == helper.read_text()
    assert command(*RUN).code == 0
    assert times(folder) == after


PARTS = """from dataclasses import dataclass

import torch
import visavis as vv
from formulas import capped, step


class Signs(torch.optim.SGD):
    def step(self, closure=None):
        for group in self.param_groups:
            for weight in group["params"]:
                weight.grad = step(weight.grad)
        super().step(closure)


@dataclass(frozen=True)
class SignSGD:
    lr: float

    def build(self, groups):
        return Signs(list(groups), lr=self.lr)


@dataclass(frozen=True)
class Capped:
    def criterion(self, counts):
        nll = vv.NLL().criterion(counts)
        return lambda logits, labels: nll(capped(logits), labels)
"""
FORMULAS = """def step(gradient):
    return gradient.sign()


def capped(logits):
    return logits.clamp(-1, 1)
"""


@pytest.mark.parametrize(
    ("arm", "old", "new", "name"),
    [
        ("signs", "gradient.sign()", "gradient.sign() / 2", "step"),
        ("capped", "clamp(-1, 1)", "clamp(-0.1, 0.1)", "capped"),
    ],
)
def test_an_edited_optimizer_or_loss_has_its_own_arm_alone_made_anew(command, study_file, arm, old, new, name):
    text = study_file.read_text().replace("import visavis as vv\n", PARTS)
    others = 'plain.but("signs", optimizer=SignSGD(lr=0.001)), plain.but("capped", loss=Capped()), '
    study_file.write_text(text.replace("        arms=[", f"        arms=[{others}"))
    formulas, folder = study_file.parent / "formulas.py", RunFolder(study_file.parent / "runs/mine")
    formulas.write_text(FORMULAS)
    assert command(*RUN).code == 0
    before = times(folder), folder.cell(arm, 0).read_predictions().logits
    formulas.write_text(FORMULAS.replace(old, new))
    refused = command(*RUN)
    assert refused.code == 2
    assert f"holds cells that were trained by other code; got changes in formulas.py ({name})" in refused.err
    assert f"or train {arm} anew with --renew" in refused.err
    assert times(folder) == before[0]
    renewed = command(*RUN, "--renew")
    assert renewed.code == 0
    assert f"formulas.py ({name}) changed: the cells of {arm} are trained anew" in renewed.err
    after = times(folder)
    assert {name for name in after if after[name] != before[0][name]} == {arm}
    assert not np.array_equal(folder.cell(arm, 0).read_predictions().logits, before[1])


def test_what_was_changed_beside_code_is_refused_with_renew_too(command, helped):
    assert command(*RUN).code == 0
    (helped.parent / "flips.py").write_text(HELPER.replace("::-1]", "::-1, :]"))
    refused = command(*RUN, "--size", 90, "--renew")
    assert refused.code == 2
    assert "data.train_size: 100 -> 90" in refused.err


def test_cells_in_work_are_not_made_anew(command, helped):
    folder = RunFolder(helped.parent / "runs/mine")
    assert command(*RUN).code == 0
    (helped.parent / "flips.py").write_text(HELPER.replace("::-1]", "::-1, :]"))
    with folder.cell("mirrored", 0).claim as claim:
        assert claim.take() is None
        refused = command(*RUN, "--renew")
    assert refused.code == 2
    assert "can't be trained anew: it is in work" in refused.err
    assert folder.cell("mirrored", 0).is_finished()


def test_a_module_beside_is_there_when_the_model_is_asked_and_must_be_the_same(command, helped):
    assert command(*RUN).code == 0
    Image.new("L", (28, 28)).save("black.png")
    words = ("predict", "runs/mine", "black.png", "--arm", "mirrored", "--study", "my_study.py")
    assert command(*words).code == 0
    assert command(*words[:-1], "runs/mine/study.py").code == 2  # the copy lacks what lies beside
    (helped.parent / "flips.py").write_text(HELPER.replace("::-1]", "::-1, :]"))
    refused = command(*words)
    assert refused.code == 2
    assert "made with another Mirrored than the one given" in refused.err
    assert "flips.py" in refused.err


def test_arms_without_a_contrast_are_told_before_training_and_in_every_output(command, study_file):
    text = study_file.read_text()
    two = 'plain.but("both", input=vv.PixelPermutation(), model=vv.models.MLP(hidden=(9,)))'
    study_file.write_text(text.replace('plain.but("permuted", input=vv.PixelPermutation())', f"both := {two}"))
    line = (
        "both stands in no contrast: it differs from plain, the nearest arm, in input and model. Give the two in `asks`"
    )
    done = command(*RUN, "--quiet")
    assert line in done.err
    events = list(RunFolder(study_file.parent / "runs/mine").read_events())
    names = [event["event"] for event in events]
    assert names.index("ArmAlone") < names.index("CellStarted")
    assert line in done.out
    assert line in (study_file.parent / "runs/mine/report/index.html").read_text().replace("&#39;", "'")
    for form in ("--markdown", "--latex"):
        assert line in command("compare", "runs/mine", form).out.replace("\\", "")
    plain = json.loads(command("compare", "runs/mine", "--json").out)
    assert {"arm": "both", "nearest": "plain", "factors": ["input", "model"]} in plain["without_contrast"]
    assert "no contrast,both,plain,input and model" in command("compare", "runs/mine", "--csv").out

    study_file.write_text(
        study_file.read_text().replace("        seeds=", "        asks=[(both, plain)],\n        seeds=")
    )
    asked = command(*RUN)  # a finished folder gains the contrast; nothing is trained
    assert asked.code == 0
    assert "2 of 2 cells are finished already" in asked.err
    assert "no contrast" not in asked.err + asked.out
    assert "The two differ in input and model, as the study asks" in asked.out
    plain = json.loads(command("compare", "runs/mine", "--json").out)
    assert plain["without_contrast"] == []
    assert {tuple(contrast["factors"]) for contrast in plain["contrasts"]} == {("input", "model")}
