"""The flags of ``visavis run``: fields of frozen values, each with its help. A new flag is one field."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator
from dataclasses import MISSING, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_type_hints

import typer

from visavis.errors import UsageError
from visavis.executors import Hands
from visavis.options import Options
from visavis.read_as import AS_THEY_ARE as AS_THEY_ARE
from visavis.read_as import ReadAs as ReadAs

if TYPE_CHECKING:
    from visavis.design.variation import Variation

Value = TypeVar("Value")


@dataclass(frozen=True)
class Command:
    """What the command does beside training: where to, what is shown."""

    out: Annotated[Path | None, "Run folder; by default runs/NAME."] = None
    aa: Annotated[bool, "Add the control once more, under streams of its own: how often is chance an effect?"] = False
    until_decided: Annotated[
        bool, "Train seed by seed until the study is decided, at levels that make up for the looks from the third on."
    ] = False
    most: Annotated[int | None, "Seeds after which that ends in any case (default 20)."] = None
    folds: Annotated[
        int | None, "Cross-validate: so many folds, each tested by networks that were trained on the others."
    ] = None
    repeats: Annotated[int | None, "How often the images are dealt into these folds anew (default 1)."] = None
    tune: Annotated[
        list[str] | None,
        "Train every arm once more at its best, as by optimizer.lr=1e-4..1e-1:8, chosen on held-out images; may be "
        "given again.",
    ] = None
    held_out: Annotated[float | None, "Share of the training images by which --tune chooses (default 0.1)."] = None
    verify: Annotated[
        bool, "Make a short cell of every arm twice, say whether this machine gives the same bits, and write nothing."
    ] = False
    plain: Annotated[bool, "Progress as plain lines, as without a terminal."] = False
    quiet: Annotated[bool, "No progress, only problems and the result; events.jsonl in the run folder has it all."] = (
        False
    )

    def require_possible(self, settings: Collection[str]) -> None:
        """Refuses flags that don't go together, or with settings of the study.

        Args:
            settings: names of those that are given.

        Raises:
            UsageError: they don't.
        """
        if self.most is not None and not self.until_decided:
            raise UsageError("--most is for --until-decided", expected="both, or --seeds for a fixed number")
        if self.held_out is not None and not self.tune:
            raise UsageError("--held-out is for --tune", expected="both, such as --tune optimizer.lr=1e-4..1e-1:8")
        if self.repeats is not None and self.folds is None:
            raise UsageError("--repeats is for --folds", expected="both, or --seeds for a fixed number")
        if self.folds is not None and (self.until_decided or "seeds" in settings):
            raise UsageError(
                "--folds says how many seeds there are",
                expected="--folds K --repeats R, without another number of seeds",
            )
        if self.until_decided and "seeds" in settings:
            raise UsageError(
                "--seeds fixes what --until-decided leaves open", expected="one of them; --most N is a bound"
            )


@dataclass(frozen=True)
class Flags:
    """What the flags of a run ask for, each in the value that declares it."""

    command: Command
    options: Options
    hands: Hands
    read_as: ReadAs

    @classmethod
    def take(cls, values: dict[str, Any]) -> Flags:
        """What flags ask for, taken from the values; the settings of the study are left."""
        return cls(take(Command, values), take(Options, values), take(Hands, values), take(ReadAs, values))

    @property
    def variation(self) -> Variation:
        """What they change in the study."""
        from visavis.design.variation import Variation  # with NumPy, which help doesn't need

        command = self.command
        seeds = command.until_decided, command.most, command.folds, command.repeats
        return Variation(command.aa, *seeds, self.read_as, tuple(command.tune or ()), command.held_out)


KINDS: tuple[type[Any], ...] = (Command, Options, Hands, ReadAs)
BARE_FLAGS = frozenset({"quick", "debug", "help", "version"})
"""Flags of the command that no value holds."""


def parameters() -> Iterator[inspect.Parameter]:
    """Yields each field that has a help text, as a keyword parameter that stands for a flag."""
    for kind in KINDS:
        yield from _parameters_of(kind)


def _parameters_of(kind: type[Any]) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    for field in fields(kind):
        hint = hints[field.name]
        if hasattr(hint, "__metadata__"):
            yield parameter(field.name, hint.__origin__, field.default, hint.__metadata__[0])


def reads_data(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose last parameter, ``read_as``, stands for the flags of ``ReadAs``."""

    @wraps(command)
    def with_flags(**values: Any) -> None:
        command(read_as=take(ReadAs, values), **values)

    hints = get_type_hints(command, include_extras=True)
    own = [item.replace(annotation=hints[item.name]) for item in inspect.signature(command).parameters.values()]
    declarations = [*own[:-1], *_parameters_of(ReadAs)]
    with_flags.__signature__ = inspect.Signature(declarations)  # type: ignore[attr-defined]
    with_flags.__annotations__ = {item.name: item.annotation for item in declarations}
    return with_flags


def parameter(name: str, kind: Any, default: Any, help_text: str, names: str | None = None) -> inspect.Parameter:
    """A keyword parameter that stands for a flag.

    Args:
        name, kind, default: of the parameter.
        help_text: of the flag.
        names: of the flag, where they don't follow from the parameter's.
    """
    assert default is not MISSING, name
    option = typer.Option(names or flag(name), help=help_text, show_default=False)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option])


def flag(name: str) -> str:
    """``--retry-failed`` for ``retry_failed``."""
    return "--" + name.replace("_", "-")


def reserved_names() -> frozenset[str]:
    """Names that a study's own settings can't have."""
    return BARE_FLAGS | {parameter.name for parameter in parameters()}


def take(kind: type[Value], values: dict[str, Any]) -> Value:
    """The value of a kind that flags ask for, which are taken from the values."""
    return kind(**{name: values.pop(name) for name in kind.__dataclass_fields__ if name in values})  # type: ignore[attr-defined]
