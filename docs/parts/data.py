"""Tables on data: what is made of collections as people have them."""

from __future__ import annotations

import json
from pathlib import Path

LAYOUTS = Path(__file__).parents[2] / "tests" / "datasets" / "layouts.json"


def layouts() -> str:
    """What is made of each collection that the tests hold."""
    lines = ["| what you have | what visavis makes of it |", "| --- | --- |"]
    for row in json.loads(LAYOUTS.read_text()):
        flags = f", `{row['flags']}`" if row["flags"] else ""
        lines.append(f"| {row['title']}{flags} | {_escaped(row['outcome'])} |")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_").replace("*", "\\*")
