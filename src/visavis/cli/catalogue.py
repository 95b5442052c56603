"""``visavis list``: the built-in studies, and the parts that studies are made of."""

from __future__ import annotations

from dataclasses import is_dataclass
from importlib import import_module

from rich.markup import escape
from rich.table import Table as RichTable

from visavis.cli.screen import out

PARTS = (
    ("data", "datasets", "load"),
    ("model", "parts.models", "build"),
    ("weights", "parts.models", "load"),
    ("optimizer", "parts.optimizers", "build"),
    ("training", "parts.training_sets", "draw"),
    ("input", "parts.inputs", "draw"),
    ("augmentation", "parts.augmentations", "draw"),
    ("tuning", "parts.tuning", "plan"),
    ("loss", "parts.losses", "criterion"),
    ("class weights", "parts.losses", "of"),
    ("schedule", "parts.schedules", "share"),
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
    """The values with a method that a room has."""
    classes = {name: part for name, part in vars(import_module(f"visavis.{room}")).items() if is_dataclass(part)}
    return sorted(name for name, part in classes.items() if hasattr(part, method))
