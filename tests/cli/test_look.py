import csv
import io
import json
import subprocess
import sys
from dataclasses import replace

import pytest

import visavis as vv
from small import small_study
from visavis.cli.result import tell_findings
from visavis.events.cells import CellFailed, CellFinished, CellsPlanned, CellStarted, FeaturesDone, StepDone
from visavis.events.course import Course, duration
from visavis.evidence import compare
from visavis.options import Cadence


def test_compare_prints_the_tables(command, finished):
    text = command("compare", finished.path).out
    for word in ("Arms", "Contrasts", "wide permuted", "Balanced", "F1 by class", "synthetic images"):
        assert word in text


def test_compare_in_other_forms(command, finished):
    assert "| plain |" in command("compare", finished.path, "--markdown").out
    assert r"\toprule" in command("compare", finished.path, "--latex").out
    assert len(list(csv.DictReader(io.StringIO(command("compare", finished.path, "--csv").out)))) > 40
    both = command("compare", finished.path, "--csv", "--json")
    assert both.code == 2
    assert "more than one format; got --json and --csv" in both.err


def test_compare_shows_what_is_asked_for(command, finished):
    brief = command("compare", finished.path, "--brief").out
    assert brief.count("┏") == 1
    assert "Log-loss" not in brief
    some = command("compare", finished.path, "--metric", "log_loss", "--arm", "wide", "--markdown").out
    assert "| wide − plain | model | Log-loss |" in some
    assert "| permuted − plain" not in some
    assert "Accuracy" not in some
    slip = command("compare", finished.path, "--arm", "wid")
    assert slip.code == 2
    assert "did you mean 'wide'" in slip.err


def test_status_tells_of_a_cell_that_was_stopped_in_its_first_epoch(command, tmp_path):
    def stop(event):
        if isinstance(event, StepDone):
            raise KeyboardInterrupt

    options = vv.Options(precision="fp32", cadence=Cadence(seconds=0.0, share=1e9, first=0.0))
    with pytest.raises(KeyboardInterrupt):
        vv.run_study(small_study(), tmp_path / "run", options, watch=stop)
    status = json.loads(command("status", tmp_path / "run", "--json").out)
    assert status["brands"] == ["synthetic images"]
    assert [(cell["state"], cell["reason"]) for cell in status["cells"][:2]] == [
        ("waiting", "stopped"),
        ("waiting", ""),
    ]


def test_the_last_screen_tells_every_contrast(finished, capsys):
    comparison = compare(finished.path)
    tell_findings(comparison)
    text = capsys.readouterr().out
    for contrast in comparison.headlines:
        assert f"{contrast.treatment} against {contrast.control}: {contrast.verdict}, " in text


def test_status_shows_each_cell(command, finished):
    text = command("status", finished.path).out
    assert "12 of 12 cells done." in text
    assert text.count("2 of 2") == 12


def test_every_output_says_what_was_kept_of_the_data(command, tmp_path):
    """Of any study: the remark is the data set's, and counts what it kept."""
    study = small_study(epochs=1)
    folder = vv.run_study(replace(study, data=vv.datasets.Limited(study.data, 60)), tmp_path / "run").path
    for words in (
        ("status",), ("status", "--json"), ("compare",), ("compare", "--json"), ("compare", "--csv"),
        ("compare", "--markdown"), ("compare", "--latex"),
    ):  # fmt: skip
        assert "limited to 60 of 120 training images" in command(words[0], folder, *words[1:]).out, words
    assert "limited to 60 of 120 training images" in vv.write_report(folder).read_text()


def test_report_says_where_it_is(command, finished):
    assert command("report", finished.path).out.strip().endswith("report/index.html")


@pytest.mark.parametrize(
    "words", [["--help"], ["list"], ["compare", "FOLDER"], ["report", "FOLDER"], ["status", "FOLDER"]]
)
def test_looking_never_imports_torch(finished, words):
    words = [str(finished.path) if word == "FOLDER" else word for word in words]
    code = (
        "import sys; from visavis.cli import main\n"
        f"sys.argv = ['visavis', *{words!r}]\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_the_course_of_a_run():
    course = Course()
    CellsPlanned(4, 2, ("plain", "permuted"), {"plain": 1000, "permuted": 1000}).move(course)
    assert course.time_left == "time left unknown"
    CellStarted("plain", 1, 5, 200).move(course)
    StepDone("plain", 1, epoch=2, images=100, loss=0.5).move(course)
    assert course.images_done == 300
    assert course.line().startswith("2 of 4 cells done; plain, seed 1: epoch 2 of 5, loss 0.500, ")
    CellFinished("plain", 1, 0.9).move(course)
    CellStarted("permuted", 1, 5, 200).move(course)
    FeaturesDone("permuted", 1, 64, 200).move(course)
    assert "permuted, seed 1: 64 of 200 images through the frozen backbone" in course.line()
    CellFailed("permuted", 1, "no luck", "TrainingError").move(course)
    assert (course.images_done, course.finished_cells) == (2000, 4)
    assert course.time_left == "0 s left"


def test_the_time_left_knows_that_arms_differ(monkeypatch):
    """A frozen arm's second seed takes no time; that says nothing of the arm that is fine-tuned."""
    now = 0.0
    monkeypatch.setattr("visavis.events.course.time.monotonic", lambda: now)
    course = Course()
    CellsPlanned(4, 0, ("frozen", "tuned", "frozen", "tuned"), {"frozen": 100, "tuned": 100}).move(course)
    for arm, seconds in (("frozen", 50), ("tuned", 200), ("frozen", 1)):
        CellStarted(arm, 0, 1, 100).move(course)
        now += seconds
        CellFinished(arm, 0, 0.5).move(course)
    assert course.time_left == "3 min 20 s left"


@pytest.mark.parametrize(("seconds", "text"), [(42.4, "42 s"), (185, "3 min 5 s"), (7800, "2 h 10 min")])
def test_durations(seconds, text):
    assert duration(seconds) == text
