"""The help of every command."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from typing import get_type_hints

from parts.results import ROOT
from visavis.options import Options

COMMANDS = (
    "",
    "run",
    "run spatial-locality",
    "run letter-readings",
    "run emotion-transfer",
    "run letter-transfer",
    "run images",
    "run optimizers",
    "run augmentations",
    "run label-noise",
    "run data-size",
    "run patch-shuffle",
    "run normalisations",
    "status",
    "compare",
    "report",
    "test",
    "predict",
    "export",
    "list",
    "new",
    "audit",
    "plan",
)


def command() -> str:
    """The help of every command."""
    parts = []
    for words in COMMANDS:
        shown = help_text(words.split())
        parts.append(f"## visavis {words}".rstrip() + f"\n\n```text\n{shown}\n```")
    return "\n\n".join(parts)


def options() -> str:
    """The fields of ``Options`` that have a text."""
    hints = get_type_hints(Options, include_extras=True)
    told = [
        (field, hints[field.name].__metadata__[0])
        for field in fields(Options)
        if hasattr(hints[field.name], "__metadata__")
    ]
    rows = [f"| `{field.name}` | `{field.default}` | {text} |" for field, text in told]
    return "\n".join(["| field | default | meaning |", "| --- | --- | --- |", *rows])


def help_text(words: list[str]) -> str:
    """What ``--help`` prints on a terminal of 100 columns."""
    environment = {**os.environ, "COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "visavis", *words, "--help"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    shown = done.stdout.strip("\n").replace("python -m visavis", "visavis")
    return "\n".join(line.rstrip() for line in shown.splitlines())
