"""Controlled, side-by-side experiments for image classifiers.

The public names stand in ``__init__.pyi``. They are resolved when they are first used: what needs no PyTorch doesn't
import it.
"""

from __future__ import annotations

import ast
import os
from importlib import import_module
from pathlib import Path
from typing import Any

# Threads of PyTorch that wait for each other spin. On a machine that others use too they so take the cores from those
# that they wait for, and a run is two to five times slower (benchmarks/threads.py): they are told to sleep soon. GNU's
# OpenMP reads this when PyTorch is imported.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "5000")

_HOMES = {
    alias.name: node.module
    for node in ast.parse(Path(__file__).with_suffix(".pyi").read_text()).body
    if isinstance(node, ast.ImportFrom) and node.module
    for alias in node.names
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'visavis' has no attribute {name!r}")
    home = import_module(_HOMES[name])
    value = vars(home).get(name)
    # A room is an attribute of the package above it only once it has been imported.
    return import_module(f"{home.__name__}.{name}") if value is None else value


def __dir__() -> list[str]:
    return __all__
