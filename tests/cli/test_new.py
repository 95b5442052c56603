"""What ``visavis new`` writes, and what ``visavis list`` shows."""

import inspect
from importlib import import_module

import pytest

import visavis as vv
from visavis.cli.catalogue import DATA_AND_WEIGHTS, NUMBERS, parts_of
from visavis.cli.catalogue import FACTORS as LISTED
from visavis.design.arm import FACTORS, PARTS, describe_factors, differing_factors
from visavis.design.file import load
from visavis.studies.variations import VARIATIONS


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_there_is_a_study_for_every_factor_with_several_values():
    assert set(VARIATIONS) == set(FACTORS)


@pytest.mark.parametrize("factor", VARIATIONS)
@pytest.mark.parametrize("quick", [True, False], ids=["quick", "whole"])
def test_the_arms_of_a_new_study_differ_in_the_factor_and_in_nothing_else(command, factor, quick):
    said = command("new", "My study", "--vary", factor).out
    assert "visavis run my_study.py --quick" in said
    study = load("my_study.py").build(quick=quick, settings={})
    control, *others = map(describe_factors, study.all_arms)
    assert others
    assert all(differing_factors(control, arm) == (factor,) for arm in others)


def test_a_new_study_runs(command):
    assert "visavis run mirror_letters.py --quick" in command("new", "Mirror letters").out
    done = command("run", "mirror_letters.py", "--quick", "--seeds", 2, "--limit", 100)
    assert done.code == 0
    assert "mirrored reaches" in done.out


@pytest.mark.slow
@pytest.mark.parametrize("factor", VARIATIONS)
def test_every_new_study_runs(command, factor):
    command("new", "mine", "--vary", factor)
    done = command("run", "mine.py", "--quick", "--epochs", 1, "--seeds", 2, "--limit", 100)
    assert done.code == 0
    assert "Not a controlled comparison" not in done.out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("optimiser", "no such factor; got --vary 'optimiser'; expected model, optimizer, epochs"),
        ("optimiser", "did you mean optimizer?"),
        ("", "--vary can't be used; got ''"),
    ],
)
def test_what_cannot_be_varied_is_refused(command, tmp_path, given, said):
    done = command("new", "mine", "--vary", given)
    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_factor_may_be_written_as_options_are(command):
    assert command("new", "mine", "--vary", "batch-size").code == 0


def test_list_shows_the_studies_and_every_factor(command):
    text = command("list").out
    for name in ("spatial-locality", *VARIATIONS, "models.LetterCNN", "TrainedOn", "datasets.Glyphs"):
        assert name in text


def test_list_knows_every_public_part():
    """Those that are exported, by what importing them shows."""
    assert set(LISTED) | set(NUMBERS) == set(VARIATIONS)
    for kind, sources in {**LISTED, **DATA_AND_WEIGHTS}.items():
        listed = {name.rsplit(".", 1)[-1]: meaning for source in sources for name, meaning in parts_of(*source)}
        assert all(listed.values()), kind
        exported = {name for source, method in sources for name in _exported(source, method)}
        assert set(listed) == exported, kind


def _exported(source: str, method: str) -> set[str]:
    """The names of a room's public classes with a method."""
    module = import_module(f"visavis.{source.removesuffix('.py').replace('/', '.')}")
    names = getattr(module, "__all__", vv.__all__)
    found = {name: getattr(module, name, None) for name in names}
    return {name for name, part in found.items() if inspect.isclass(part) and hasattr(part, method)}


def test_list_goes_by_the_methods_that_arms_ask_for():
    for factor, sources in LISTED.items():
        assert [method for _, method in sources] == [PARTS[factor][0]]
