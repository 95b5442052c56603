"""The house rules that tools can check."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import house

import visavis

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "--no-cache", "."],
        ["ruff", "format", "--no-cache", "--check", "."],
        ["mypy", "--cache-dir", "CACHE"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_tools_find_nothing(command, tmp_path):
    words = [str(tmp_path) if word == "CACHE" else word for word in command]
    done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_imports_go_down():
    code = "import sys; from importlinter.cli import lint_imports_command as lint; sys.exit(lint(['--no-cache']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_files_reach_no_farther_and_names_say_what_things_are():
    rows = house.rooms(house.measure(house.PACKAGE))
    assert house.broken(rows) == []


def test_every_public_name_is_there():
    assert list(visavis.__all__) == sorted(visavis.__all__)
    for name in visavis.__all__:
        assert getattr(visavis, name) is not None
    assert dir(visavis) == sorted(visavis.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = visavis.Nothing


def test_importing_the_package_is_cheap():
    code = "import sys, visavis; assert not {'torch', 'numpy', 'scipy', 'matplotlib'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_command_starts_without_arrays():
    """NumPy takes twice as long to import as the help takes to show."""
    code = "import sys, visavis.cli; assert not {'torch', 'numpy', 'scipy', 'msgspec'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_letters_need_not_pay_for_torchvision():
    """It takes seconds and 150 MB to import."""
    code = (
        "import sys, visavis.runs, visavis.parts.models, visavis.datasets, visavis.parts.tuning\n"
        "assert not {'torchvision', 'timm', 'onnx'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def calls(path: Path) -> set[str]:
    """Names that a module calls, dotted."""
    return {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)}


def test_only_streams_touches_a_seed():
    seeding = {
        "np.random.default_rng",
        "numpy.random.default_rng",
        "torch.manual_seed",
        "random.seed",
        "np.random.seed",
    }
    for path in SOURCES:
        if path.name != "streams.py":
            assert not calls(path) & seeding, path


def test_only_the_command_prints():
    for path in SOURCES:
        if "cli" not in path.parts:
            assert "print" not in calls(path), path


def test_only_the_store_opens_files_of_the_run_folder():
    for path in SOURCES:
        if path.parent.name == "store":
            continue
        names = ("own.npz", "history.jsonl", "study.json", "environment.json", "test-images.npz", "cell.json")
        strings = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
        docs = [
            ast.get_docstring(node, clean=False)
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        ]
        said = [text for text in strings if isinstance(text, str) and text not in docs]
        assert not any(name in text for name in names for text in said), path


def test_files_stay_one_room_each():
    for path in SOURCES:
        assert len(path.read_text().splitlines()) <= 350, path
