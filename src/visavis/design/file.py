"""A study by name or by file: its function, its options, its quick settings."""

from __future__ import annotations

import inspect
import tokenize
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from visavis.design.beside import load_beside
from visavis.design.study import Study
from visavis.errors import StudyFileError, UnknownStudy, VisavisError
from visavis.own_code import texts_beside

BUILT_IN: Mapping[str, str] = {
    "images": "visavis.studies.images",
    "spatial-locality": "visavis.studies.spatial_locality",
    "letter-readings": "visavis.studies.letter_readings",
    "emotion-transfer": "visavis.studies.emotion_transfer",
    "letter-transfer": "visavis.studies.letter_transfer",
    "optimizers": "visavis.studies.optimizers",
    "augmentations": "visavis.studies.augmentations",
    "label-noise": "visavis.studies.label_noise",
    "data-size": "visavis.studies.data_size",
    "patch-shuffle": "visavis.studies.patch_shuffle",
    "normalisations": "visavis.studies.normalisations",
}
"""Modules of the built-in studies, by the name that the command takes."""


@dataclass(frozen=True)
class Option:
    """A keyword parameter of a study's function.

    Attributes:
        name: of the parameter.
        kind: its annotated type.
        meaning: the text of its ``Annotated``.
        default: its default.
    """

    name: str
    kind: Any
    meaning: str
    default: Any


@dataclass(frozen=True)
class StudyFile:
    """A study that can be built.

    Attributes:
        name: as the user gave it.
        function: its ``study``.
        meaning: its docstring.
        quick: the settings of ``--quick``; empty where the file gives none.
        text: of the file.
        beside: texts of the modules beside the file that it imports, by their path from there.
    """

    name: str
    function: Callable[..., Study]
    meaning: str
    quick: Mapping[str, Any]
    text: str
    beside: Mapping[str, str]

    @property
    def options(self) -> list[Option]:
        """The parameters of the study's function.

        Raises:
            StudyFileError: a parameter has no default, so the study can't be built without being told.
        """
        try:
            hints = typing.get_type_hints(self.function, include_extras=True)
        except (NameError, TypeError) as problem:
            raise StudyFileError(f"a type of {self.name}'s study() can't be read", got=problem) from problem
        return [self._option(parameter, hints) for parameter in inspect.signature(self.function).parameters.values()]

    def _option(self, parameter: inspect.Parameter, hints: dict[str, Any]) -> Option:
        if parameter.default is inspect.Parameter.empty:
            raise StudyFileError(
                f"a parameter of {self.name}'s study() has no default",
                got=parameter.name,
                expected=f"{parameter.name}: type = default",
            )
        kind, meaning = hints.get(parameter.name, type(parameter.default)), ""
        if typing.get_origin(kind) is typing.Annotated:
            kind, *notes = typing.get_args(kind)
            meaning = next((note for note in notes if isinstance(note, str)), "")
        return Option(parameter.name, kind, meaning, parameter.default)

    def build(self, quick: bool, settings: Mapping[str, Any]) -> Study:
        """The study with the given settings; with ``quick``, the quick settings stand in for those not given.

        Raises:
            StudyFileError: the function raises, or returns no study.
        """
        values = {**(self.quick if quick else {}), **settings}
        try:  # a study's file is anybody's code, and may end the program as a script does
            study = self.function(**values)
        except VisavisError:
            raise
        except (Exception, SystemExit) as problem:
            raise StudyFileError(
                f"study() of {self.name} raises", got=f"{type(problem).__name__}: {problem}", do="mend the study's file"
            ) from problem
        if not isinstance(study, Study):
            raise StudyFileError(
                f"study() of {self.name} returns no study", got=type(study).__name__, expected="visavis.Study"
            )
        return self._brand(study, values) if quick else study

    def _brand(self, study: Study, values: Mapping[str, Any]) -> Study:
        """The study under a name and with a remark that say what is quick about it."""
        # Seeds stand with every number, and are no setting of the arms.
        text = ", ".join(f"{name} {values[name]}" for name in self.quick if name != "seeds")
        return replace(study, name=f"{study.name}-quick", brands=(f"quick: {text}" if text else "quick", *study.brands))


def load(name: str) -> StudyFile:
    """The built-in study of that name, or the study in that file.

    Raises:
        UnknownStudy: neither.
        StudyFileError: the file raises, or has no ``study`` function.
    """
    if name in BUILT_IN:
        return _from_module(name, import_module(BUILT_IN[name]))
    path = Path(name)
    if path.suffix != ".py" or not path.is_file():
        raise UnknownStudy(f"no study {name!r}", expected=_expected(path), do=_advice(path))
    return _from_module(name, _module_of(path))


def _expected(path: Path) -> str:
    near = get_close_matches(str(path), BUILT_IN, n=3, cutoff=0.5)
    if path.suffix == ".py":
        return "a file that exists"
    names = ", ".join(near or BUILT_IN)
    return f"{'perhaps ' if near else ''}{names}, or the path of a study file (.py)"


def _advice(path: Path) -> str:
    """The file that was meant, where there is one."""
    files = (path.with_name(f"{name}.py") for name in (path.name, path.name.replace("-", "_")) if name)
    near = next((file for file in files if file.is_file()), None)
    return f"did you mean {near}?" if near else "visavis list shows what there is"


def _module_of(path: Path) -> ModuleType:
    try:
        return load_beside(path)
    except VisavisError:
        raise
    except (Exception, SystemExit) as problem:
        raise StudyFileError(
            f"{path} raises when it is read",
            got=f"{type(problem).__name__}: {problem}{_line_of(problem, path)}",
            do="mend the file",
        ) from problem


def _line_of(problem: BaseException, path: Path) -> str:
    if isinstance(problem, SyntaxError):
        return ""
    lines = []
    trace = problem.__traceback__
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).resolve() == path.resolve():
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return f" (line {lines[-1]})" if lines else ""


def _from_module(name: str, module: ModuleType) -> StudyFile:
    function = getattr(module, "study", None)
    if not callable(function):
        raise StudyFileError(
            f"{name} has no function named study",
            expected="def study(...) -> visavis.Study",
            do="visavis new NAME writes a file to start from",
        )
    assert module.__file__ is not None
    with tokenize.open(module.__file__) as file:
        text = file.read()
    beside = {} if name in BUILT_IN else texts_beside(Path(module.__file__))
    return StudyFile(name, function, (module.__doc__ or "").strip(), _quick(name, module, function), text, beside)


def _quick(name: str, module: ModuleType, function: Callable[..., Study]) -> Mapping[str, Any]:
    quick = getattr(module, "QUICK", {})
    names = set(inspect.signature(function).parameters)
    if not isinstance(quick, Mapping) or not set(quick) <= names:
        expected = f"a dict of {', '.join(sorted(names)) or 'nothing'}"
        raise StudyFileError(f"QUICK of {name} can't be used", got=repr(quick), expected=expected)
    return dict(quick)
