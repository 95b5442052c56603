"""The code of one's own that a part of a study can reach, as digests: what of a study's file and of the modules beside
it counts.

Of a class there count its own text, every function, class and constant that it uses, directly or not, and the
statements that importing its modules executes. What only the function ``study`` uses is left out: the study is compared
by what that function makes. Comments, blank lines and docstrings never count.

A name counts with everything that it may be bound to, by definitions and imports anywhere in its module. What no text
names stays out: modules and attributes whose names are computed, a module's ``__getattr__``, and what a class finds by
``__subclasses__`` or ``__init_subclass__``.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import sys
import sysconfig
import textwrap
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

DottedName = tuple[str, ...]
"""A dotted name, such as ``helpers.scaled``, in its parts."""

STUDY_FILE = "__study_file__"
"""Of the package that a study's file is loaded in: the file's path. Imports below it are found beside the file."""
STUDY, STATEMENTS = "the study's file", "its statements"
"""What a study's file goes by, whatever its name, and what its statements go by among its names."""
ENTRANCE = frozenset({"study", "QUICK"})
"""Names of a study's file that are compared by what they make."""
INSTALL_FOLDERS = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "purelib", "platlib"))
SILENT_FIELDS = frozenset({"ctx", "kind", "type_comment", "type_ignores"})
"""Fields of syntax trees that say nothing of what is computed."""
DIGITS = 16

Import = tuple[DottedName, DottedName]
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@cache  # what is described is the code that was loaded, also where its file is edited since
def own_code(kind: type[Any]) -> dict[str, dict[str, str]]:
    """Digests of all code of one's own that a class can reach, by file and name."""
    module = sys.modules.get(kind.__module__)
    codebase = _codebase(module)
    home = codebase.parse(Path(str(module.__file__)).absolute()) if codebase and module else None
    if codebase is None or home is None:
        return {kind.__module__: {kind.__qualname__: meaning(_class_alone(kind))}}
    name = kind.__qualname__.partition(".")[0]
    if name in home.definitions:
        return codebase.digests_of(home, name, home.definitions[name])
    return codebase.digests_of(home, kind.__qualname__, _class_alone(kind))


def texts_beside(path: Path) -> dict[str, str]:
    """The modules beside a study's file that it imports, directly or not: path from the file's folder -> text."""
    path = path.absolute()
    codebase = Codebase(path.parent, path)
    modules = codebase.with_imports([module for module in [codebase.parse(path)] if module])
    return {module.label: _read(module.file) for module in modules if module.file != path and module.file.is_file()}


def meaning(nodes: Sequence[ast.stmt]) -> str:
    """A digest of statements without their docstrings; the same in every version of Python."""
    return hashlib.sha256(repr(_plain(list(nodes))).encode()).hexdigest()[:DIGITS]


def _plain(value: object) -> object:
    if isinstance(value, ast.AST):
        fields = ((name, _plain(field)) for name, field in ast.iter_fields(value) if name not in SILENT_FIELDS)
        return type(value).__name__, [(name, field) for name, field in fields if field not in (None, [])]
    if isinstance(value, list):
        return [_plain(item) for item in value if not _is_bare_text(item)]
    return None if value is None else repr(value)


def _is_bare_text(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _class_alone(kind: type[Any]) -> Sequence[ast.stmt]:
    """A class without what it uses: where its module has no file or was installed, or where a function defines it."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    except (OSError, TypeError, SyntaxError):
        return ast.parse(f"type({kind.__qualname__!r})").body


def _codebase(module: ModuleType | None) -> Codebase | None:
    """Where a module's imports may lead to code of one's own; None for installed modules and those without a file."""
    if module is None or not getattr(module, "__file__", None):
        return None
    file, (top, *rest) = Path(str(module.__file__)).absolute(), module.__name__.split(".")
    study = getattr(sys.modules.get(top), STUDY_FILE, None)
    if study is not None:
        return Codebase(Path(study).parent, Path(study))
    depth = len(rest) + (file.name == "__init__.py")
    if depth >= len(file.parents) or any(file.resolve().is_relative_to(folder) for folder in INSTALL_FOLDERS):
        return None
    return Codebase(file.parents[depth], None)


@dataclass(frozen=True, eq=False)
class SourceModule:
    """A module's text, taken apart.

    Attributes:
        file: its path; a folder's where that is a package without a text.
        label: its path from the codebase's root.
        definitions: functions, classes and constants by name; a name that is bound several times has several nodes.
        statements: what else importing it executes.
        imports: bound name -> all that is imported as it: a module, and the name within it (none for the module itself,
            and never several: names would grow without end where modules import each other in circles).
        stars: modules of which all names are imported.
    """

    file: Path
    label: str
    definitions: Mapping[str, Sequence[ast.stmt]]
    statements: Sequence[ast.stmt]
    imports: Mapping[str, Sequence[Import]]
    stars: Sequence[DottedName]

    @property
    def import_names(self) -> Iterator[DottedName]:
        """Yields the modules that are imported, and dotted names whose beginnings may be modules."""
        yield from self.stars
        for sources in self.imports.values():
            for module, chain in sources:
                yield (*module, *chain)


@dataclass(frozen=True)
class Codebase:
    """Modules that lie together.

    Attributes:
        root: the folder that absolute imports begin at.
        study: the study's file among them, if there is one.
    """

    root: Path
    study: Path | None

    def digests_of(self, home: SourceModule, name: str, nodes: Sequence[ast.stmt]) -> dict[str, dict[str, str]]:
        """Digests of a definition, of what it uses, directly or not, and of what importing its modules executes.

        Args:
            home: the module that the definition is in.
            name, nodes: the definition.
        """
        start = self.parse(self.study) if self.study else None
        modules = self.with_imports([module for module in (start, home) if module])
        digests = {home.label: {name: meaning(nodes)}}
        stack = list(self._uses(home, nodes))
        stack += [pair for module in modules for pair in self._import_effects(module)]
        while stack:  # depth first; the order says nothing, since what is returned is sorted
            module, name = stack.pop()
            if name in digests.setdefault(module.label, {}):
                continue
            nodes = module.statements if name == STATEMENTS else module.definitions[name]
            digests[module.label][name] = meaning(nodes)
            stack += self._uses(module, nodes)
        return {label: dict(sorted(names.items())) for label, names in sorted(digests.items())}

    def _uses(self, module: SourceModule, nodes: Sequence[ast.AST]) -> Iterator[tuple[SourceModule, str]]:
        """Yields the definitions that statements of a module name."""
        for node in nodes:
            for chain in _chains(node):
                yield from self._resolve(module, chain)

    def with_imports(self, modules: Sequence[SourceModule]) -> list[SourceModule]:
        """The modules, and those of this codebase that they import, directly or not."""
        stack, modules_by_file = list(modules), {module.file: module for module in modules}
        while stack:
            for name in stack.pop().import_names:
                for length in range(1, len(name) + 1):
                    module = self._module(name[:length])
                    if module and module.file not in modules_by_file:
                        modules_by_file[module.file] = module
                        stack.append(module)
        return list(modules_by_file.values())

    def parse(self, file: Path) -> SourceModule | None:
        """A file, taken apart; None where it isn't Python's text."""
        try:
            label = STUDY if file == self.study else file.relative_to(self.root).as_posix()
            return _parse(file, label, file.parent.relative_to(self.root).parts, _read(file), file == self.study)
        except (OSError, SyntaxError, ValueError):
            return None

    def _module(self, name: DottedName) -> SourceModule | None:
        """The module of that name in this codebase, the root for no name; None where it is none of one's own."""
        base = self.root.joinpath(*name)
        if not name:
            return SourceModule(base, base.name, {}, (), {}, ())
        if name[0] == "visavis":
            return None
        for file in (base / "__init__.py", base.with_name(f"{base.name}.py")):
            if file.is_file():
                return self.parse(file)
        return SourceModule(base, base.name, {}, (), {}, ()) if base.is_dir() else None

    def _import_effects(self, module: SourceModule) -> Iterator[tuple[SourceModule, str]]:
        """Yields what importing a module does, beside defining names: its statements, and own decorators' work."""
        if module.statements:
            yield module, STATEMENTS
        for name, nodes in module.definitions.items():
            decorators = [mark for node in nodes if isinstance(node, Definition) for mark in node.decorator_list]
            if any(self._uses(module, decorators)):
                yield module, name

    def _resolve(
        self, module: SourceModule, chain: DottedName, visits: set[tuple[Path, DottedName]] | None = None
    ) -> Iterator[tuple[SourceModule, str]]:
        """Yields the definitions that a dotted name in a module may lead to; none where it leads elsewhere.

        Args:
            module, chain: where the name stands, and the name; empty where the module itself is handed on, since any of
                its names may be used then.
            visits: where the name was looked up before: modules may import each other in circles.
        """
        visits = set() if visits is None else visits
        if (module.file, chain) in visits:
            return
        visits.add((module.file, chain))
        for name in chain[:1] or (*module.definitions, *module.imports):
            if name in module.definitions:
                yield module, name
            for source, inner in module.imports.get(name, ()):
                yield from self._within(source, (*inner, *chain[1:]), visits)
        for star in module.stars:
            yield from self._within(star, chain, visits)

    def _within(
        self, base: DottedName, chain: DottedName, visits: set[tuple[Path, DottedName]]
    ) -> Iterator[tuple[SourceModule, str]]:
        """The same for a name that is looked up in a module from outside, which may be that of a module below it."""
        module = self._module(base)
        if module is None:
            return
        yield from self._resolve(module, chain, visits)
        if chain:
            yield from self._within((*base, chain[0]), chain[1:], visits)


def _read(file: Path) -> str:
    with tokenize.open(file) as text:
        return text.read()


@lru_cache(maxsize=512)
def _parse(file: Path, label: str, package: DottedName, text: str, is_study: bool) -> SourceModule:
    tree = ast.parse(text)
    definitions: dict[str, list[ast.stmt]] = {}
    statements: list[ast.stmt] = []
    for node in _executed(tree.body):
        names = _bound(node)
        for name in names:
            definitions.setdefault(name, []).append(node)
        if not names and not (_is_import(node) or _is_bare_text(node)):
            statements.append(node)
    for name in ENTRANCE if is_study else ():
        definitions.pop(name, None)
    return SourceModule(file, label, definitions, statements, *_imports(tree, package))


def _bound(node: ast.stmt) -> list[str]:
    """The names that a definition or an assignment binds; none for other statements."""
    if isinstance(node, Definition):
        return [node.name]
    if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    flat = [item for target in targets for item in (target.elts if isinstance(target, ast.Tuple) else [target])]
    names = [target.id for target in flat if isinstance(target, ast.Name)]
    return names if len(names) == len(flat) else []


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _executed(nodes: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yields the statements but for those below ``if TYPE_CHECKING`` and ``if __name__ == "__main__"``."""
    for node in nodes:
        if isinstance(node, ast.If) and _is_guard(node.test):
            yield from _executed(node.orelse)
        else:
            yield node


def _is_guard(test: ast.expr) -> bool:
    return _chain(test)[-1:] == ("TYPE_CHECKING",) or ast.unparse(test) == "__name__ == '__main__'"


def _imports(tree: ast.Module, package: DottedName) -> tuple[dict[str, list[Import]], list[DottedName]]:
    """What a module imports, wherever in it."""
    imports: dict[str, list[Import]] = {}
    stars: list[DottedName] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                module = tuple(alias.name.split("."))
                source = (module[:-1], module[-1:]) if alias.asname else (module[:1], ())
                imports.setdefault(alias.asname or module[0], []).append(source)
                imports.setdefault(alias.name, []).append((module, ()))  # no name of Python's, but imported as a whole
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = (*base, *(node.module.split(".") if node.module else ()))
            for alias in node.names:
                if alias.name == "*":
                    stars.append(module)
                else:
                    imports.setdefault(alias.asname or alias.name, []).append((module, (alias.name,)))
    return imports, stars


def _chains(node: ast.AST) -> Iterator[DottedName]:
    """Yields the names that a tree holds, dotted ones whole."""
    chain = _chain(node)
    if chain:
        yield chain
        return
    for child in ast.iter_child_nodes(node):
        yield from _chains(child)


def _chain(node: ast.AST) -> DottedName:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        base = _chain(node.value)
        return (*base, node.attr) if base else ()
    return ()
