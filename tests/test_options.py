"""What a run is told beside its study, which is declared in one place."""

import pickle
from dataclasses import fields, make_dataclass
from typing import Annotated

import pytest
import torch

import visavis as vv
from small import small_study
from visavis.cells.machine import Machine
from visavis.cli import flags
from visavis.errors import UsageError
from visavis.options import MOST_THREADS, PRECISIONS
from visavis.training.fast.precision import Precision

TEXTS = [field.name for kind in (vv.Options, flags.Hands) for field in fields(kind) if "str |" in field.type]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"threads": 0}, "no such number of threads; got 0; expected 1 or more"),
        ({"threads": MOST_THREADS + 1}, "no such number of threads; got 1025; expected at most 1,024"),
        ({"threads": 100_000}, "no such number of threads; got 100000; expected at most 1,024"),
        ({"together": 0}, "no such number of cells side by side; got 0; expected 1 or more"),
        ({"threads": "3"}, "no such number of threads; got '3'; expected a whole number"),
        ({"threads": 2.5}, "no such number of threads; got 2.5; expected a whole number"),
        ({"precision": "fp8"}, "no such precision; got 'fp8'; expected fp32 or bf16"),
    ],
)
def test_values_that_no_run_can_have(settings, message):
    with pytest.raises(UsageError) as problem:
        vv.Options(**settings)
    assert str(problem.value) == message


@pytest.mark.parametrize("name", TEXTS)
def test_an_empty_text_is_no_value(name):
    kind = vv.Options if name in vv.Options.__dataclass_fields__ else flags.Hands
    with pytest.raises(UsageError, match=f"{name} can't be used; got ''"):
        kind(**{name: ""})


def test_an_empty_folder_is_no_folder():
    with pytest.raises(UsageError, match="out can't be used; got ''"):
        vv.run_study(small_study(), "")


def test_the_largest_values_can_be_used():
    options = vv.Options(threads=MOST_THREADS, together=1, precision="bf16")
    assert (options.threads, options.device, options.cadence.seconds) == (MOST_THREADS, None, 120.0)


def test_the_precisions_are_those_of_training():
    assert tuple(Precision.__members__) == PRECISIONS


def test_other_processes_are_sent_the_options_as_they_are():
    machine = Machine(torch.device("cpu"), Precision.fp32, 1, 1, vv.Options(deterministic=True, fail_fast=True))
    assert pickle.loads(pickle.dumps(machine)) == machine
    assert machine.arithmetic == "fp32 on cpu, deterministic"


def test_a_new_flag_is_one_field(monkeypatch, command, tmp_path):
    """It is in the help, reaches its value, and is a name that no study's own setting can have."""
    help_text = "Whistle when a cell is done."
    kind = make_dataclass("Sounds", [("whistle", Annotated[bool, help_text], False)], frozen=True)
    monkeypatch.setattr(flags, "KINDS", (*flags.KINDS, kind))
    assert "whistle" in flags.reserved_names()
    (parameter,) = [one for one in flags.parameters() if one.name == "whistle"]
    assert (parameter.default, parameter.annotation.__metadata__[0].help) == (False, help_text)
    values = {"whistle": True, "epochs": 3}
    assert flags.take(kind, values).whistle
    assert values == {"epochs": 3}
    assert f"--whistle Show {help_text}".replace("Show ", "") in " ".join(
        command("run", "spatial-locality", "--help").out.split()
    )
    study = tmp_path / "loud.py"
    study.write_text("def study(whistle: bool = False):\n    return 1\n")
    assert "study() has the name of a flag; got whistle" in command("run", study).err


def test_every_option_with_a_help_text_is_a_flag(command):
    text = command("run", "spatial-locality", "--help").out
    for name in ("device", "precision", "threads", "deterministic", "retry-failed", "fail-fast"):
        assert f"--{name} " in text
    assert "--cadence" not in text
    assert "--together" not in text
