"""Parts that raise, and memory that runs out, before the first cell: one clear line, and nothing is written."""

from dataclasses import dataclass, replace

import pytest
import torch

import visavis as vv
from small import small_study
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

    load = draw = build = plan = fail

    def preprocess(self, images):
        return images


@pytest.mark.parametrize("problem", [*PROBLEMS, "mistake"])
@pytest.mark.parametrize("factor", ["data", "input", "model", "tuning"])
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
