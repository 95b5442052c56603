"""The documents do what they say."""

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))
import generate  # noqa: E402

DOCUMENTS = [*generate.DOCUMENTS, ROOT / "CONTRIBUTING.md"]


def blocks(kind: str) -> list[tuple[str, str]]:
    """(document, text) of each code block of a kind."""
    return [
        (path.name, found)
        for path in DOCUMENTS
        for found in re.findall(rf"```{kind}\n(.*?)```", path.read_text(), re.DOTALL)
    ]


@pytest.mark.parametrize("path", generate.DOCUMENTS, ids=lambda path: path.name)
def test_generated_parts_are_up_to_date(path):
    assert path.read_text() == generate.filled(path.read_text()), "run python docs/generate.py"


def snippets() -> list[tuple[str, str]]:
    """(document, code) of what runs by itself: a snippet that imports nothing goes on from the one before it."""
    found: list[tuple[str, str]] = []
    for document, code in blocks("python"):
        if found and found[-1][0] == document and "import visavis" not in code:
            found[-1] = document, f"{found[-1][1]}\n{code}"
        else:
            found.append((document, code))
    return found


CONTROLS = {"tune-each-arm.md": "SGD, tuned"}
"""Of the studies that documents write out, where it isn't the main one's."""


@pytest.mark.parametrize(("document", "code"), snippets(), ids=lambda value: value[:20].split("\n")[0])
def test_python_snippets_run(document, code, finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(finished.path, "runs/spatial-locality-quick")
    names: dict[str, object] = {"__name__": "snippet"}
    exec(compile(code, document, "exec"), names)
    if "study" in names:
        assert names["study"]().control.name == CONTROLS.get(document, "standard")


def commands() -> list[str]:
    """Every visavis command of the documents."""
    lines = [line for _, text in blocks("sh") for line in text.replace("&&", "\n").splitlines()]
    return sorted({line.split("#")[0].strip().removeprefix(".venv/bin/") for line in lines if "visavis " in line})


@pytest.mark.parametrize("line", [line for line in commands() if line.startswith("visavis")])
def test_commands_have_the_options_that_the_documents_use(line):
    words = shlex.split(line)[1:]
    place = words[:2] if words[0] == "run" and not words[1].endswith(".py") else words[:1]
    if words[0] == "run" and words[1].endswith(".py"):
        place = ["run", "spatial-locality"]
    shown = generate.commands.help_text(place)
    for word in words:
        if word.startswith("--"):
            assert word in shown


def test_links_lead_somewhere():
    for path in DOCUMENTS:
        for link in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
            if not link.startswith("http"):
                assert (path.parent / link).exists(), f"{path.name}: {link}"


def test_the_readme_names_both_commands():
    text = (ROOT / "README.md").read_text()
    for name in ("main", "test"):
        assert re.search(rf"<!-- {name} command -->\n```sh\npython3 -m venv [^\n]+\n```", text)
