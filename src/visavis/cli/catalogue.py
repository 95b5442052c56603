"""``visavis list``: the built-in studies, and what arms can differ in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from rich.markup import escape
from rich.table import Table as RichTable

from visavis.cli.screen import out, tell

Source = tuple[str, str]
"""The file or folder that has the parts of a kind, and the method by which they are known."""
FACTORS: Mapping[str, Sequence[Source]] = {
    "model": [("parts/models", "build")],
    "optimizer": [("parts/optimizers.py", "build")],
    "training": [("parts/training_sets", "draw")],
    "input": [("parts/inputs", "draw")],
    "augmentation": [("parts/augmentations", "draw")],
    "tuning": [("parts/tuning", "plan")],
    "loss": [("parts/losses.py", "criterion")],
    "schedule": [("parts/schedules.py", "share")],
    "averaging": [("parts/averaging.py", "share")],
    "selection": [("parts/selection.py", "parts")],
}
"""The factors of an arm that are parts."""
NUMBERS = {"epochs": ("1 or more", "Passes over the training images"), "batch_size": ("2 or more", "Images per step")}
"""Those that are whole numbers."""
DATA_AND_WEIGHTS: Mapping[str, Sequence[Source]] = {
    "the data of a study": [("datasets", "load")],
    "the weights of Pretrained": [("parts/models", "load"), ("cells/pretraining.py", "load")],
    "the weights of a loss": [("parts/losses.py", "of")],
}
"""What studies and parts are given."""


def list_parts() -> None:
    """List the built-in studies, and the parts in which arms can differ."""
    from visavis.design.file import BUILT_IN, load

    studies = RichTable("study", "question", show_edge=False)
    for name in BUILT_IN:
        studies.add_row(name, escape(load(name).meaning.splitlines()[0]))
    factors = _table("factor", FACTORS)
    for factor, row in NUMBERS.items():
        factors.add_row(factor, *row)
    for table in (studies, factors, _table("beside factors", DATA_AND_WEIGHTS)):
        out.print(table)
        out.print()
    tell("Parts are visavis.NAME. A study that varies one factor: visavis new my-study --vary optimizer")


def _table(head: str, kinds: Mapping[str, Sequence[Source]]) -> RichTable:
    table = RichTable(head, "part", "meaning", show_edge=False)
    for kind, sources in kinds.items():
        rows = [row for source in sources for row in parts_of(*source)]
        for label, (name, meaning) in zip([kind, *[""] * len(rows)], rows, strict=False):
            table.add_row(label, name, escape(meaning))
    return table


def parts_of(source: str, method: str) -> Iterator[tuple[str, str]]:
    """Yields the name below ``visavis`` and the meaning of each class with a method, by the text of its file:
    importing the parts would take the seconds that PyTorch takes.
    """
    import visavis

    path = Path(str(files("visavis"))) / source
    for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.bases and method in map(_name_of, node.body):
                name = node.name if node.name in dir(visavis) else f"{path.name}.{node.name}"
                yield name, _gist(ast.get_docstring(node) or "")


def _name_of(node: ast.stmt) -> str:
    return node.name if isinstance(node, ast.FunctionDef) else ""


def _gist(text: str) -> str:
    """A docstring up to its first full stop, colon or semicolon, without brackets."""
    plain = re.sub(r"\s*\([^)]*\)|``", "", " ".join(text.split()))
    return re.split(r"[.;:](?:\s|$)", plain, maxsplit=1)[0]
