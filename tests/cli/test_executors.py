"""What the command is told of who trains the cells."""

import subprocess
import sys
from typing import ClassVar

import pytest

from visavis.events import read_event
from visavis.events.cells import CellFinished, CellSettledElsewhere, CellsPlanned, CellStarted, EpochDone
from visavis.events.course import Course
from visavis.executors import EXECUTORS
from visavis.results import EpochRow
from visavis.store import RunFolder


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--jobs", 0), "--jobs 0 can't be; expected 1 or more"),
        (("--threads", 0), "no such number of threads; got 0; expected 1 or more"),
        (("--executor", "dask"), "no executor 'dask'; expected processes or ray or slurm"),
        (("--address", "auto"), "--address is for --executor ray, --slurm for --executor slurm"),
        (("--executor", "ray", "--slurm", "cluster=local"), "--address is for --executor ray"),
        (("--executor", "slurm", "--slurm", "cluster"), "--slurm cluster can't be read; expected NAME=VALUE"),
    ],
)
def test_words_that_cannot_be_used_together(command, study_file, words, message):
    done = command("run", "my_study.py", *words)
    assert (done.code, len(done.err.strip().splitlines())) == (2, 1)
    assert message in done.err


class Whistlers:
    """A new executor: it trains nothing, and leaves all cells to the process that asked."""

    words = ("slurm",)
    processes = 1
    works: ClassVar = []

    @classmethod
    def from_hands(cls, source, hands):
        assert hands.slurm == ["tone=c"]
        return cls()

    def __call__(self, work):
        self.works.append(work.cells)


def test_a_new_executor_is_one_class_and_one_entry(command, study_file, monkeypatch):
    monkeypatch.setitem(EXECUTORS, "whistlers", f"{__name__}:Whistlers")
    words = ("run", "my_study.py", "--epochs", 1, "--seeds", 1, "--executor", "whistlers")
    assert command(*words, "--slurm", "tone=c").code == 0
    assert [len(cells) for cells in Whistlers.works] == [2]
    refusal = command(*words, "--address", "auto").err
    assert "--address is for --executor ray, --slurm for --executor slurm, --slurm for --executor whistlers" in refusal


def test_the_help_imports_no_executor():
    code = (
        "import sys, visavis.cli.run\n"
        "assert not {'torch', 'ray', 'submitit', 'visavis.executors.ray', 'visavis.executors.slurm'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("kind", "module"), [("ray", "ray"), ("slurm", "submitit")])
def test_without_the_extra_it_says_what_to_install(command, study_file, monkeypatch, kind, module):
    monkeypatch.setitem(sys.modules, module, None)
    done = command("run", "my_study.py", "--epochs", 1, "--seeds", 1, "--executor", kind)
    assert done.code == 2
    assert f"pip install 'visavis[{kind}]'" in done.err


def test_the_threads_of_a_run_are_kept(command, study_file):
    assert command("run", "my_study.py", "--epochs", 1, "--seeds", 1, "--threads", 1).code == 0
    assert command("run", "my_study.py", "--epochs", 1, "--seeds", 2).code == 0
    folder = RunFolder(study_file.parent / "runs/mine")
    assert folder.environment.threads == 1
    environments = {folder.cell("plain", seed).read_document().fingerprints["environment"] for seed in (0, 1)}
    assert len(environments) == 1
    assert "1 threads" in environments.pop()
    done = command("run", "my_study.py", "--epochs", 1, "--seeds", 3, "--threads", 2)
    assert (done.code, "the number of threads of a run can't be changed; got 2; expected 1" in done.err) == (2, True)


def row(epoch):
    return EpochRow(epoch, 0.5, 0.8, 0.6, 0.7, 1.0, 64.0, "ab", "cd")


def test_cells_in_work_are_shown_side_by_side():
    course = Course()
    CellsPlanned(5, 0, ("plain", "permuted") * 2 + ("plain",), {"plain": 1000, "permuted": 1000}).move(course)
    for arm, seed in (("plain", 0), ("permuted", 0), ("plain", 1), ("permuted", 1)):
        CellStarted(arm, seed, 5, 200).move(course)
    EpochDone("permuted", 0, row(2)).move(course)
    line = course.line()
    assert line.startswith("0 of 5 cells done; plain, seed 0: epoch 1 of 5; permuted, seed 0: epoch 2 of 5, loss 0.500")
    assert "1 more in work" in line
    assert course.images_done == 400
    CellStarted("permuted", 0, 5, 200).move(course)  # its process has died, and another goes on
    assert course.queue == ["plain"]
    CellFinished("permuted", 0, 0.9).move(course)
    CellSettledElsewhere("plain", 2).move(course)
    assert (course.finished_cells, course.queue, course.total) == (2, [], 4000)


def test_events_are_read_back_as_they_were_told():
    told = EpochDone("plain", 3, row(1))
    plain = {"event": "EpochDone", "arm": "plain", "seed": 3, "row": vars(told.row), "time": "now", "host": "here"}
    assert read_event(plain) == told
    assert read_event({"event": "CellFinished", "arm": "plain"}) is None
    assert read_event({"event": "EpochDone", "arm": "plain", "seed": 3, "row": 5}) is None
    assert read_event({"event": "Surprise"}) is None
