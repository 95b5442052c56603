"""A study's file as a module that can import those beside it, as a script can, and no other program's imports change.

The file is loaded in a package of its own, whose folder is the file's. Within the package, and only there, ``import
helpers`` is first looked for in that folder: two studies may each have a ``helpers.py``, and nothing is left in
``sys.path``.
"""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

from visavis.own_code import STUDY_FILE

PREFIX = "visavis_study_"
NUMBERS = count()
"""A package is loaded anew each time: its files may have been edited since."""


def load_beside(path: Path) -> ModuleType:
    """The module of a study's file; whatever it raises is raised."""
    if not any(isinstance(finder, StudyModules) for finder in sys.meta_path):
        sys.meta_path.insert(0, StudyModules())  # before the one that finds them, too, and loads them as any other
    importlib.invalidate_caches()  # a module may have been written a moment ago
    path = path.absolute()
    package = ModuleType(f"{PREFIX}{next(NUMBERS)}")
    package.__path__ = [str(path.parent)]
    setattr(package, STUDY_FILE, str(path))
    sys.modules[package.__name__] = package
    name = f"{package.__name__}.__study__"
    spec = spec_from_file_location(name, path, loader=StudyLoader(name, str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class StudyModules:
    """Finds the modules of studies' packages, and no others."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        """See ``importlib.abc.MetaPathFinder``."""
        if not name.startswith(PREFIX):
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = StudyLoader(name, spec.loader.path)
        return spec


class StudyLoader(SourceFileLoader):
    """Executes a module whose import statements look beside the study's file first."""

    def exec_module(self, module: ModuleType) -> None:
        """See ``importlib.abc.Loader``."""
        package = sys.modules[module.__name__.partition(".")[0]]
        # CPython takes the built-in names of a module's code, __import__ among them, from here
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": partial(_import, package)}
        super().exec_module(module)

    def path_stats(self, path: str) -> Mapping[str, Any]:
        """No byte code is written or read: it goes by seconds and size, and misses an edit within one."""
        raise OSError(path)


def _import(
    package: ModuleType,
    name: str,
    globals: Mapping[str, object] | None = None,
    locals: Mapping[str, object] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    """``__import__`` within a study's package."""
    first = name.partition(".")[0]
    if level or not _is_beside(Path(package.__path__[0]), first):
        return builtins.__import__(name, globals, locals, fromlist or (), level)
    inner = f"{package.__name__}.{name}"
    if fromlist:
        return builtins.__import__(inner, globals, locals, fromlist, 0)
    importlib.import_module(inner)
    return sys.modules[f"{package.__name__}.{first}"]


def _is_beside(folder: Path, name: str) -> bool:
    """Whether a module of that name lies in a folder; a folder of data that an installed package shares its name with
    is none.
    """
    if name == "visavis":
        return False
    if (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file():
        return True
    return (folder / name).is_dir() and name not in sys.modules and find_spec(name) is None
