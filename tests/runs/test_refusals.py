"""Parts that raise, and memory that runs out, before the first cell: one clear line, and nothing is written."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

import visavis as vv
from small import small_study
from visavis.design.arm import PARTS
from visavis.errors import DataError, InvalidStudy, is_out_of_memory

PROBLEMS = {
    "allocator": RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you"),
    "python": MemoryError(),
    "gpu": torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    "system": OSError(12, "Cannot allocate memory"),
}


@dataclass(frozen=True)
class Raising:
    """A part of any kind that raises."""

    problem: str

    def fail(self, *given):
        raise PROBLEMS.get(self.problem) or ValueError("no luck")

    load = draw = build = plan = criterion = share = parts = fail
    lr = 0.1
    renews_statistics = False

    def preprocess(self, images):
        return images


@dataclass(frozen=True)
class Chosen:
    """A training set of one's own."""

    rows: tuple[int, ...]
    labels: tuple[int, ...]

    def draw(self, labels, classes, stream):
        return vv.TrainingRows(np.array(self.rows, np.int64), np.array(self.labels, np.int64))


@pytest.mark.parametrize("problem", [*PROBLEMS, "mistake"])
@pytest.mark.parametrize("factor", ["data", *(factor for factor in PARTS if factor != "schedule")])
def test_a_part_that_raises_is_refused_in_one_line(factor, problem, tmp_path):
    study = small_study()
    if factor == "data":
        study = replace(study, data=Raising(problem))
    else:
        study = replace(study, arms=[study.control.but("odd", **{factor: Raising(problem)})])
    message = "raises; got ValueError: no luck" if problem == "mistake" else "need.* more memory than there is"
    with pytest.raises(DataError if factor == "data" else InvalidStudy, match=message) as refused:
        vv.run_study(study, tmp_path / "run")
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("training", "message"),
    [
        (
            vv.Fraction(0.01),
            r"training\.share 0\.01 leaves no image of A, B, C, D, E and 5 more; got 12 training images",
        ),
        (vv.PerClass(13), r"training\.count 13 is more than there are images of A \(12\), B \(12\)"),
        (
            Chosen(rows=(0, 1), labels=(0, 1)),
            r"arms\.odd\.training can't be used; got no image of C, D, E, F, G and 3 more; expected",
        ),
        (
            Chosen(rows=(0, 120), labels=(0, 1)),
            r"arms\.odd\.training\.rows can't be used; got int64 \[2\] from 0 to 120; ",
        ),
        (
            Chosen(rows=(0,), labels=(10,)),
            r"arms\.odd\.training\.labels can't be used; got .*; expected as many labels",
        ),
        (Chosen(rows=(), labels=()), r"arms\.odd\.training\.rows can't be used"),
    ],
    ids=str,
)
def test_a_training_set_that_leaves_a_class_empty_is_refused_before_anything_is_written(training, message, tmp_path):
    study = small_study()
    with pytest.raises(InvalidStudy, match=message):
        vv.run_study(replace(study, arms=[study.control.but("odd", training=training)]), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@dataclass(frozen=True)
class Broken:
    """A schedule that can't do without its first epoch."""

    def share(self, progress, epochs):
        return 1 / progress


def test_a_schedule_that_raises_is_refused_when_the_arm_is_made():
    with pytest.raises(InvalidStudy, match=r"arms\.odd\.schedule raises; got ZeroDivisionError"):
        small_study().control.but("odd", schedule=Broken())


@dataclass(frozen=True)
class Nothing:
    def load(self):
        return None


def test_a_data_set_that_loads_nothing_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"Nothing loads no images; got NoneType; expected visavis\.ImageData"):
        vv.run_study(replace(small_study(), data=Nothing()), tmp_path / "run")


def test_what_is_no_study_is_not_run(tmp_path):
    with pytest.raises(InvalidStudy, match=r"study can't be used; got 'spatial-locality'; expected a visavis\.Study"):
        vv.run_study("spatial-locality", tmp_path / "run")


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_a_command_that_has_too_little_memory_says_so(command, finished, monkeypatch, problem):
    def full(*_):
        raise problem

    monkeypatch.setattr("visavis.evidence.compare", full)
    done = command("compare", finished.path)
    assert done.code == 2
    (line,) = [line for line in done.err.splitlines() if line]
    assert line.startswith("Error: there isn't enough memory; got ")


@pytest.mark.parametrize("problem", [ValueError("out of memory"), RuntimeError("shapes"), OSError(2, "no such file")])
def test_other_errors_are_not_taken_for_little_memory(problem):
    assert not is_out_of_memory(problem)
