"""``visavis list``: the built-in studies, and the parts that studies are made of."""

from __future__ import annotations

import inspect
from importlib import import_module

from rich.markup import escape
from rich.table import Table as RichTable

from visavis.cli.screen import out

PARTS = (
    ("data", "datasets", "load"),
    ("input", "parts.inputs", "draw"),
    ("model", "parts.models", "build"),
    ("weights", "parts.models", "load"),
    ("tuning", "parts.tuning", "plan"),
)
"""What studies are made of: the factor, the room that holds its parts, and the method that they have."""


def list_parts() -> None:
    """List the built-in studies and the parts that studies are made of."""
    from visavis.design.file import BUILT_IN, load

    studies = RichTable("study", "question", show_edge=False)
    for name in BUILT_IN:
        studies.add_row(name, escape(load(name).meaning.splitlines()[0]))
    out.print(studies)
    out.print()
    parts = RichTable("factor", "parts", show_edge=False)
    for factor, room, method in PARTS:
        parts.add_row(factor, ", ".join(_parts_of(room, method)))
    out.print(parts)


def _parts_of(room: str, method: str) -> list[str]:
    """The classes with a method that a room exports."""
    module = import_module(f"visavis.{room}")
    exports = {name: getattr(module, name) for name in module.__all__}
    return sorted(name for name, part in exports.items() if inspect.isclass(part) and hasattr(part, method))
