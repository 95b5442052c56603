"""The benchmarks that have a quick form run; what they measure isn't looked at."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import house

ROOT = Path(__file__).parent.parent


def quick(name: str, *words: object) -> None:
    measure(name, "--quick", *words)


def measure(name: str, *words: object) -> None:
    command = [sys.executable, "-m", f"benchmarks.{name}", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_result_says_when_and_on_what(tmp_path):
    measure("many_cells", "--cells", 4, "--ways", "one process", "--out", tmp_path / "cells.json")
    found = json.loads((tmp_path / "cells.json").read_text())
    assert found["measured"]
    assert found["environment"]["torch"]
    assert found["rows"][0]["cells"] == 4


def package(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / "small" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "small"


def test_a_house_is_measured_room_by_room(tmp_path, capsys, monkeypatch):
    many = {f"wide/part{number}.py": "" for number in range(10)}
    imports = "".join(f"    import small.wide.part{number}\n" for number in range(9))
    reach = f"from small.wide import part9\ndef load(folder):\n{imports}    return folder\n"
    source = package(tmp_path, {"__init__.py": "", "narrow/reach.py": reach, **many})
    rows = {row["room"]: row for row in house.rooms(house.measure(source))}
    assert list(rows) == [".", "narrow", "wide", "all"]
    assert rows["narrow"]["internal modules per file"] == {"median": 10.0, "p90": 10.0, "max": 10}
    assert rows["narrow"]["function lines"]["max"] == 11
    assert rows["wide"]["internal modules per file"]["max"] == 0
    words = ["house", "--source", str(source), "--names", "--check", "--out", str(tmp_path / "house.json")]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as ended:
        house.main()
    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert "narrow: 10 internal modules at the 90th percentile, 9 at most" in said
    assert "narrow/reach.py: 10 internal modules: small.wide.part0, " in said
    assert json.loads((tmp_path / "house.json").read_text())["rows"][-1]["files"] == 12


@pytest.mark.parametrize(
    ("text", "vague"),
    [
        ("found = 1", ["found"]),
        ("_held, seen_images = 1, 2", ["_held"]),
        ("Asked = CellFailed = int", ["Asked"]),
        ("def load(told, *, kept: bool, quick=False): ...", ["told"]),
        ("known = 1 in {}", []),
        ("settled: bool | None = None", []),
        ("for one in (): ...", ["one"]),
        ("[place for place in ()]", ["place"]),
        ("class Cell:\n    def __init__(self): self._begun = 1", ["_begun"]),
        ("from x import found\nseed = padding = frozen = unit = 1", []),
        ("match 1:\n    case int() as given: ...", ["given"]),
        ("with open('') as untold: ...", ["untold"]),
    ],
)
def test_participles_and_pronouns_are_counted(text, vague):
    """Whole names only, and none that says whether."""
    bindings = house.bindings(ast.parse(text), "module")
    assert [binding.name for binding in bindings if binding.is_vague] == vague


def test_remarks_for_tools_and_docstrings_are_no_comments(tmp_path):
    text = '"""A module."""\n\nimport os  # noqa: F401\n\n# Why.\nX = 1  # whence\n"""An X."""\n'
    (file,) = house.measure(package(tmp_path, {"a.py": text}))
    assert (file.lines, file.code, file.comments) == (7, 2, 2)


def test_the_fast_loop_is_held_against_a_plain_one(tmp_path, real_data):
    """On so few images both give the same answers, and equivalence is out of reach."""
    faces = real_data / "fer2013.zip", real_data / "resnet18_imagenet.pth"
    quick("equivalence", "glyphs", *faces, "--out", tmp_path / "same.json")
    rows = json.loads((tmp_path / "same.json").read_text())["rows"]
    assert len(rows) == 3
    for row in rows:
        assert row["share of other answers"] < 0.1
        assert row["difference"]["low"] <= 0 <= row["difference"]["high"]


@pytest.mark.slow
def test_both_ways_to_the_emotions_are_timed(tmp_path, real_data):
    faces = real_data / "fer2013.zip", real_data / "resnet18_imagenet.pth"
    quick("emotions", *faces, "--out", tmp_path / "speed.json")
    found = json.loads((tmp_path / "speed.json").read_text())
    assert set(found["ratios"]) == {"frozen", "fine-tuned"}


@pytest.mark.slow
def test_one_process_and_several_are_timed(tmp_path):
    quick("jobs", "--out", tmp_path / "jobs.json")
    assert len(json.loads((tmp_path / "jobs.json").read_text())["rows"]) == 2


def test_last_layers_are_held_against_the_whole_network(tmp_path):
    quick("last_layers", "--out", tmp_path / "last.json")
    quick("augmentation", "--out", tmp_path / "augmentation.json")
    quick("teaching", "--out", tmp_path / "teaching.json")
    quick("tuning_coverage", "--out", tmp_path / "tuning.json")
    found = json.loads((tmp_path / "last.json").read_text())
    (row,) = found["rows"]
    assert found["times as fast"]["median"] == row["full"] / row["last layers"]


@pytest.mark.slow
def test_other_libraries_do_the_same_work(tmp_path, real_data):
    """Those that aren't installed are left out."""
    faces = real_data / "fer2013.zip", real_data / "resnet18_imagenet.pth"
    quick("peers", "glyphs", *faces, "--out", tmp_path / "peers.json")
    works = json.loads((tmp_path / "peers.json").read_text())["works"]
    assert [work["work"] for work in works] == ["letters", "faces, frozen", "faces, fine-tuned"]
    for work in works:
        assert {"visavis", "plain PyTorch", "timm"} <= {way["way"] for way in work["ways"]}


@pytest.mark.slow
def test_kept_memory_is_held_against_usual(tmp_path):
    quick("memory", "--out", tmp_path / "memory.json")
    (found,) = json.loads((tmp_path / "memory.json").read_text())["networks"]
    assert [way["way"] for way in found["ways"]] == ["usual", "kept", "kept in huge pages"]
    assert all(way["images per second"] > 0 for way in found["ways"])


@pytest.mark.slow
def test_large_sets_are_held_against_small_ones(tmp_path):
    quick("scale", "--out", tmp_path / "scale.json", "--folder", tmp_path)
    found = json.loads((tmp_path / "scale.json").read_text())
    for kind in found["kinds"]:
        assert [one["set"] for one in kind["sets"]] == ["small", "large"]
        assert kind["ratio"]["lowest"] <= kind["ratio"]["median"] <= kind["ratio"]["highest"]
    assert [path.name for path in tmp_path.iterdir()] == ["scale.json"]


@pytest.mark.slow
def test_costs_are_laid_out_by_size(tmp_path):
    quick("cost", "--out", tmp_path / "cost.json", "--picture", tmp_path / "cost.png")
    lines = json.loads((tmp_path / "cost.json").read_text())["lines"]
    assert [line["variable"] for line in lines] == ["arms", "seeds", "classes", "images"]
    assert (tmp_path / "cost.png").read_bytes().startswith(b"\x89PNG")
