"""How far the source reaches, room by room: function lengths, internal imports, comments, and what bindings are called.

    python -m benchmarks.house [--source SRC/PACKAGE] [--names] [--check] [--out benchmarks/results/house.json]

A room is a folder of the package; files directly below the package are the room ``.``. What is counted:

- Function lines: from ``def`` to the last line, docstring included, decorators not; methods and inner functions, too.
- Internal modules of a file: distinct modules of the package that it imports anywhere, also within functions and for
  type checkers. ``from package.a import b`` counts as ``package.a.b`` where that is a module, else as ``package.a``.
- Comments: ``#`` comments but for directives to tools (``noqa``, ``type:``, ``fmt:``), for each 100 lines of code. A
  line of code holds something else than a comment or a docstring.
- Bindings: functions, classes, modules, parameters, local and module variables, attributes; each name once in each
  scope. What an ``import`` binds was named elsewhere, ``self``, ``cls``, ``_`` and names in double underscores have no
  choice. The share that is counted against a room are participles and pronouns; see ``is_vague``.

Percentiles are interpolated, as NumPy does by default.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.record import record

PACKAGE = Path(__file__).parent.parent / "src" / "visavis"

LARGEST_REACH = 9
"""Internal modules of a file at a room's 90th percentile; equinox and httpx have 7, skorch has 4."""
LARGEST_SHARE = 1.5
"""Percent of a room's bindings that may be participles or pronouns."""
FEWEST = 67
"""Bindings below which one single name would be more than the largest share; such a room may have one."""

PRONOUNS = """
it this that these those they them he she we you who whom whose which what one ones other others another both each own
mine ours yours theirs his hers something nothing everything anything someone anyone everyone nobody
"""
VAGUE = "about place places there"
"""Neither, but used as such: what something is about, and where it is, has a noun of its own."""
IRREGULAR = """
found held told taken kept seen given left said begun made shown chosen drawn done gone got gotten known written met
sent built bought brought caught come dealt driven fallen felt forgotten fought grown heard laid lain led lent lost
meant paid proven ridden risen shaken sold sought spent spoken stolen stood struck sworn taught thought thrown torn
understood woken won worn broken overridden rewritten spun stuck swept
"""
"""Past participles that don't end in -ed, with or without ``un-``, and that are no nouns."""
NOUNS = """
seed speed need feed bed weed shed greed breed creed deed reed red embed exceed proceed
training pretraining tuning padding pairing meaning reading warning smoothing string heading encoding rounding setting
recording timing ring king spring thing wing sibling ceiling building drawing painting spelling ending beginning
mapping ordering
ranking rating scaling sampling oversampling shading spacing binding finding lettering judging planning checkpointing
folding indexing listing logging marking naming nesting parsing processing pruning routing sorting unfreezing weighting
wording decoding embedding bring
"""
"""Words in -ed and -ing that may stand: nouns, activities of the field, and a few verbs."""
TERMS = """
trained untrained pretrained frozen hidden untouched limited unaugmented everything balanced averaging got expected
"""
"""What the field calls networks, weights, layers and their averages, public names, and what every error says."""

ALLOWED = frozenset((*NOUNS.split(), *TERMS.split()))
COUNTED = frozenset((*PRONOUNS.split(), *VAGUE.split(), *IRREGULAR.split()))
UNDONE = frozenset(f"un{word}" for word in IRREGULAR.split())


def is_vague(name: str) -> bool:
    """Whether a whole name is a participle, a pronoun, or a word that the house uses like one.

    Only names of one word are judged: ``left_out``, ``seen_images`` and ``CellFailed`` say of what. Underscores around
    the word don't count, nor does case. A participle is a word in ``IRREGULAR``, with or without ``un-``, or one that
    ends in -ed or -ing and isn't among ``NOUNS``; what the field itself says (``TERMS``) may stay.
    """
    bare = name.strip("_")
    word = bare.lower()
    several = not word.isalpha() or (not bare.isupper() and any(letter.isupper() for letter in bare[1:]))
    if several or word in ALLOWED:
        return False
    return word in COUNTED | UNDONE or (len(word) > 3 and word.endswith(("ed", "ing")))


@dataclass(frozen=True)
class Binding:
    """A name in its scope.

    Attributes:
        scope: dotted path of classes and functions within the file; empty for the module.
        name: as written.
        line: of its first occurrence.
        says_whether: holds a truth value, which may be a participle.
    """

    scope: str
    name: str
    line: int
    says_whether: bool

    @property
    def is_vague(self) -> bool:
        """Counted against the room."""
        return not self.says_whether and is_vague(self.name)


@dataclass(frozen=True)
class SourceFile:
    """What is counted in one file.

    Attributes:
        path: relative to the package.
        lines: all of them.
        code: those that hold code.
        comments: for readers.
        functions: lines of each.
        modules: internal ones that it imports.
        bindings: in the order of their lines.
    """

    path: Path
    lines: int
    code: int
    comments: int
    functions: tuple[int, ...]
    modules: tuple[str, ...]
    bindings: tuple[Binding, ...]

    @property
    def room(self) -> str:
        """The folder, ``.`` for the package's own."""
        return self.path.parent.as_posix()

    @property
    def vague(self) -> list[Binding]:
        """The bindings that are counted against the room."""
        return [binding for binding in self.bindings if binding.is_vague]


def measure(package: Path) -> list[SourceFile]:
    """Every file of a package.

    Args:
        package: its folder, whose name is the name that it is imported by.
    """
    paths = sorted(package.rglob("*.py"))
    known = {_module(path, package) for path in paths}
    return [_measure(path, package, known) for path in paths]


def _module(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _measure(path: Path, package: Path, known: set[str]) -> SourceFile:
    text = path.read_text()
    tree = ast.parse(text)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    own = _module(path, package)
    inside = own if path.name == "__init__.py" else own.rpartition(".")[0]
    modules = set(_imports(tree, inside, known)) - {own}
    code, comments = _count_lines(text, tree)
    return SourceFile(
        path.relative_to(package),
        len(text.splitlines()),
        code,
        comments,
        tuple((node.end_lineno or node.lineno) - node.lineno + 1 for node in functions),
        tuple(sorted(modules)),
        tuple(bindings(tree, path.stem)),
    )


# Imports


def _imports(tree: ast.Module, inside: str, known: set[str]) -> Iterator[str]:
    """Modules of the package that are imported anywhere in a file, also of the package itself (``import visavis``).

    Args:
        tree: of the file.
        inside: the package that relative imports start from.
        known: every module of the package.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names if alias.name in known)
            case ast.ImportFrom():
                base = _base(node, inside)
                names = [f"{base}.{alias.name}" for alias in node.names]
                yield from {name if name in known else base for name in names} & known


def _base(node: ast.ImportFrom, inside: str) -> str:
    if not node.level:
        return node.module or ""
    parts = inside.split(".")
    return ".".join([*parts[: len(parts) - node.level + 1], *([node.module] if node.module else [])])


# Lines


LAYOUT = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER}
DIRECTIVES = ("noqa", "type:", "fmt:", "pragma", "mypy:", "ruff:", "isort:")


def _count_lines(text: str, tree: ast.Module) -> tuple[int, int]:
    """Lines of code, and comments."""
    documented = {line for node in ast.walk(tree) for line in _docstring_lines(node)}
    code, comments = set[int](), 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comments += not token.string.lstrip("#! ").startswith(DIRECTIVES)
        elif token.type not in LAYOUT:
            code.update(range(token.start[0], token.end[0] + 1))
    return len(code - documented), comments


def _docstring_lines(node: ast.AST) -> range:
    """Of a text that stands alone, which documents what it stands below."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return range(0)


# Bindings


def bindings(tree: ast.Module, module: str) -> list[Binding]:
    """What a file binds, each name once in each scope; an attribute belongs to its class.

    Args:
        tree: of the file.
        module: its name, which is a binding, too.
    """
    visitor = _Bindings()
    visitor.bind(module, tree, scope="")
    visitor.visit(tree)
    names = visitor.names
    return [Binding(scope, name, line, whether) for (scope, name), (line, whether) in names.items()]


UNCHOSEN = frozenset({"self", "cls", "_"})


class _Bindings(ast.NodeVisitor):
    """Collects names; ``names`` are the lines of their first occurrences, and whether they hold truth values."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, str], tuple[int, bool]] = {}
        self._scopes: list[str] = []
        self._classes: list[str] = []

    def bind(self, name: str, node: ast.AST, *, whether: bool = False, scope: str | None = None) -> None:
        """Notes a name, in the scope at hand unless another is named."""
        if name not in UNCHOSEN and not (name.startswith("__") and name.endswith("__")):
            key = ".".join(self._scopes) if scope is None else scope, name
            line, before = self.names.get(key, (getattr(node, "lineno", 1), False))
            self.names[key] = line, before or whether

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """A class, and what it holds."""
        self.bind(node.name, node)
        self._scopes.append(node.name)
        self._classes.append(".".join(self._scopes))
        self.generic_visit(node)
        self._classes.pop()
        self._scopes.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """A function, and what it holds."""
        self.bind(node.name, node, whether=_is_bool(node.returns))
        self._scopes.append(node.name)
        self._bind_parameters(node.args)
        self.generic_visit(node)
        self._scopes.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """A function without a name."""
        self._scopes.append(f"lambda {node.lineno}:{node.col_offset}")
        self._bind_parameters(node.args)
        self.generic_visit(node)
        self._scopes.pop()

    def visit_comprehension_scope(self, node: ast.expr) -> None:
        """A comprehension, whose variables are its own."""
        self._scopes.append(f"comprehension {node.lineno}:{node.col_offset}")
        self.generic_visit(node)
        self._scopes.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_comprehension_scope

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """A name with a type."""
        self._target(node.target, whether=_is_bool(node.annotation))
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Names that are given a value; that of a tuple is taken apart."""
        for target in node.targets:
            self._assign(target, node.value)
        self.generic_visit(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """``name := value``."""
        self._assign(node.target, node.value)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        """Every other place where a name is bound: loops, ``with``, augmented assignments."""
        if isinstance(node.ctx, ast.Store):
            self._target(node, whether=False)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """``self.name = value``, also within a tuple."""
        if isinstance(node.ctx, ast.Store):
            self._target(node, whether=False)
        self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        """``except Error as name``."""
        if node.name:
            self.bind(node.name, node)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        """A name in a pattern."""
        if node.name:
            self.bind(node.name, node)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        """The rest of a sequence in a pattern."""
        if node.name:
            self.bind(node.name, node)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        """The rest of a mapping in a pattern."""
        if node.rest:
            self.bind(node.rest, node)
        self.generic_visit(node)

    def _bind_parameters(self, arguments: ast.arguments) -> None:
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults: list[ast.expr | None] = [*[None] * (len(positional) - len(arguments.defaults)), *arguments.defaults]
        pairs = [
            *zip(positional, defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        for parameter, default in pairs:
            whether = _is_bool(parameter.annotation) or (default is not None and _is_truth(default))
            self.bind(parameter.arg, parameter, whether=whether)
        for parameter in filter(None, (arguments.vararg, arguments.kwarg)):
            self.bind(parameter.arg, parameter)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for part, content in zip(target.elts, value.elts, strict=True):
                self._assign(part, content)
        else:
            self._target(target, whether=_is_truth(value))

    def _target(self, target: ast.expr, *, whether: bool) -> None:
        match target:
            case ast.Name(name):
                self.bind(name, target, whether=whether)
            case ast.Attribute(ast.Name("self"), name) if self._classes:
                self.bind(name, target, whether=whether, scope=self._classes[-1])


def _is_bool(annotation: ast.expr | None) -> bool:
    """``bool``, perhaps with ``None`` or a note of ``Annotated``."""
    match annotation:
        case ast.Name("bool"):
            return True
        case ast.BinOp(left, ast.BitOr()):
            return _is_bool(left)
        case ast.Subscript(ast.Name("Annotated"), ast.Tuple([first, *_])):
            return _is_bool(first)
        case ast.Constant(str(text)):
            return text == "bool"
    return False


def _is_truth(value: ast.expr) -> bool:
    match value:
        case ast.Constant(bool()) | ast.Compare() | ast.UnaryOp(ast.Not()):
            return True
        case ast.Call(ast.Name("bool" | "isinstance" | "any" | "all")):
            return True
    return False


# Rooms


def rooms(files: Sequence[SourceFile]) -> list[dict[str, Any]]:
    """A row for each room, and one for all of them."""
    names = sorted({file.room for file in files})
    return [row(name, [file for file in files if file.room == name]) for name in names] + [row("all", files)]


def row(name: str, files: Sequence[SourceFile]) -> dict[str, Any]:
    """What is said of some files together."""
    bound = sum(len(file.bindings) for file in files)
    vague = sum(len(file.vague) for file in files)
    code = sum(file.code for file in files)
    functions = [lines for file in files for lines in file.functions]
    return {
        "room": name,
        "files": len(files),
        "lines": sum(file.lines for file in files),
        "code lines": code,
        "functions": len(functions),
        "function lines": _spread(functions),
        "internal modules per file": _spread([len(file.modules) for file in files]),
        "comments per 100 code lines": round(100 * sum(file.comments for file in files) / max(1, code), 1),
        "bindings": bound,
        "participles and pronouns": vague,
        "percent of bindings": round(100 * vague / max(1, bound), 2),
    }


def _spread(values: Sequence[int]) -> dict[str, float]:
    if not values:
        return {"median": 0.0, "p90": 0.0, "max": 0}
    median, high = np.percentile(values, [50, 90])
    return {"median": round(float(median), 1), "p90": round(float(high), 1), "max": max(values)}


def broken(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What the house rules don't allow, a sentence for each."""
    sentences = []
    for room in rows:
        reach, share = room["internal modules per file"]["p90"], room["percent of bindings"]
        if reach > LARGEST_REACH:
            sentences.append(
                f"{room['room']}: {reach:g} internal modules at the 90th percentile, {LARGEST_REACH} at most"
            )
        alone = room["bindings"] < FEWEST and room["participles and pronouns"] == 1
        if share > LARGEST_SHARE and not alone:
            sentences.append(
                f"{room['room']}: {share:g} % of bindings are participles or pronouns, {LARGEST_SHARE:g} at most"
            )
    return sentences


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as text."""
    lines = [
        f"{'room':24} {'files':>5} {'lines':>6} {'code':>6} {'functions':>9} {'lines of each':>16} "
        f"{'modules a file':>16} {'comments':>8} {'bindings':>8} {'vague':>6} {'%':>6}"
    ]
    for room in rows:
        lines.append(
            f"{room['room']:24} {room['files']:5} {room['lines']:6} {room['code lines']:6} {room['functions']:9} "
            f"{_slashes(room['function lines']):>16} {_slashes(room['internal modules per file']):>16} "
            f"{room['comments per 100 code lines']:8.1f} {room['bindings']:8} {room['participles and pronouns']:6} "
            f"{room['percent of bindings']:6.2f}"
        )
    return "\n".join(lines)


def _slashes(values: dict[str, float]) -> str:
    return " / ".join(f"{value:g}" for value in values.values())


def offences(files: Sequence[SourceFile]) -> Iterator[str]:
    """Yields files that reach too far, then each file's participles and pronouns with their lines."""
    for file in sorted(files, key=lambda file: -len(file.modules)):
        if len(file.modules) > LARGEST_REACH:
            yield f"{file.path}: {len(file.modules)} internal modules: {', '.join(file.modules)}"
    for file in files:
        if file.vague:
            lines = dict[str, list[str]]()
            for binding in file.vague:
                lines.setdefault(binding.name, []).append(str(binding.line))
            text = ", ".join(f"{name} ({' '.join(numbers)})" for name, numbers in sorted(lines.items()))
            yield f"{file.path}: {text}"


def main() -> None:
    """Prints the rooms; writes JSON where it is asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, default=PACKAGE, help="the folder of a package")
    parser.add_argument(
        "--names", action="store_true", help="list far-reaching files, participles and pronouns by file"
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 where a room breaks the rules")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    files = measure(arguments.source)
    if not files:
        parser.error(f"no Python files in {arguments.source}")
    rows = rooms(files)
    print(table(rows))
    if arguments.names:
        print("", *offences(files), sep="\n")
    if arguments.out is not None:
        record({"source": arguments.source.name, "rows": rows}, arguments.out)
    sentences = broken(rows) if arguments.check else []
    print(*sentences, sep="\n", end="\n" if sentences else "")
    sys.exit(1 if sentences else 0)


if __name__ == "__main__":
    main()
