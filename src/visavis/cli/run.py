"""``visavis run``: each study is a command, and its function's parameters are the command's options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.markup import escape

from visavis.cli.executors import choose_hands
from visavis.cli.flags import Flags, flag, parameter, parameters, reserved_names
from visavis.cli.result import INCOMPLETE, tell_result
from visavis.cli.screen import err
from visavis.cli.verify import tell_bits
from visavis.errors import StudyFileError, TrainingError, UsageError

if TYPE_CHECKING:
    from visavis.design.file import Option, StudyFile


class _Studies(typer.core.TyperGroup):
    """Builds the command of a study when its name is given."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        from visavis.design.file import BUILT_IN

        return list(BUILT_IN)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        from visavis.design.file import load

        return command_of(load(cmd_name))


runs = typer.Typer(
    rich_markup_mode=None,
    cls=_Studies,
    no_args_is_help=True,
    subcommand_metavar="STUDY [OPTIONS]",
    help="Run a study, or continue it: built in, or your own my_study.py.",
)


@runs.callback()
def _group() -> None:
    """Holds the studies."""


def command_of(file: StudyFile) -> Any:
    """The command ``visavis run NAME``."""
    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    paragraphs = [" ".join(paragraph.split()) for paragraph in file.meaning.split("\n\n")]
    paragraphs.append("Continues the run folder if it holds the same study.")
    single.command(name=file.name, help="\n\n".join(paragraphs))(_runner(file))
    try:
        return typer.main.get_command(single)
    except (AssertionError, RuntimeError, TypeError) as problem:
        raise StudyFileError(
            f"the parameters of {file.name}'s study() can't be options",
            got=problem,
            expected="str, int, float, bool, pathlib.Path or a Literal, perhaps with None",
        ) from problem


NO_QUICK = "this study has none"


def _runner(file: StudyFile) -> Callable[..., None]:
    """A function whose signature is the study's parameters, ``quick`` and the flags."""

    def run(**values: Any) -> None:
        flags, quick = Flags.take(values), values.pop("quick", False)
        if quick and not file.quick:
            raise UsageError(
                f"{file.name} has no smaller settings for --quick",
                expected="QUICK, a dict of settings beside its study function, such as QUICK = {'seeds': 2}",
                do="add it, or run without --quick",
            )
        _run(file, quick, {name: value for name, value in values.items() if value is not None}, flags)

    quick_help = f"Smaller settings for a first look: {_settings_text(file.quick) or NO_QUICK}."
    declarations = [
        *(_study_parameter(option, file) for option in file.options),
        parameter("quick", bool, False, quick_help),
        *parameters(),
    ]
    run.__signature__ = inspect.Signature(declarations)  # type: ignore[attr-defined]
    run.__annotations__ = {declaration.name: declaration.annotation for declaration in declarations}
    return run


def _study_parameter(option: Option, file: StudyFile) -> inspect.Parameter:
    """None stands for "not given", so that ``--quick`` knows what the user has set; the help shows the default.

    Raises:
        StudyFileError: the option has the name of a flag.
    """
    if option.name in reserved_names():
        raise StudyFileError(
            f"a parameter of {file.name}'s study() has the name of a flag",
            got=option.name,
            expected=f"another name than {', '.join(sorted(reserved_names()))}",
        )
    names = f"{flag(option.name)}/--no-{flag(option.name)[2:]}" if option.default is True else flag(option.name)
    notes = []
    if option.default is not None and option.default is not False:
        notes.append(f"default {option.default}")
    if option.name in file.quick:
        notes.append(f"{file.quick[option.name]} with --quick")
    help_text = f"{option.meaning} [{', '.join(notes)}]" if notes else option.meaning
    return parameter(option.name, option.kind | None, None, help_text, names)


def _settings_text(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())


def _run(file: StudyFile, quick: bool, settings: dict[str, Any], flags: Flags) -> None:
    """Builds the study, trains what is missing, writes the report and tells the result."""
    command, options = flags.command, flags.options
    command.require_possible(settings)
    variation = flags.variation
    study = variation.of(file.build(quick, settings))
    folder = command.out or Path("runs") / study.slug
    plain = command.plain or command.quiet or not err.is_terminal
    with nullcontext() if plain else err.status("loading PyTorch"):
        from visavis.cli.progress import show_progress
        from visavis.conduct import Stopped, run_study
    if command.verify:
        tell_bits(study, options)
        return
    executor, together = choose_hands(flags, file.name, settings, quick=quick)
    words = [*_words(file.name, quick, settings), *variation.words]
    try:
        with show_progress(err, plain=plain, quiet=command.quiet) as watch:
            run_study(
                study,
                folder,
                replace(options, together=together),
                watch=watch,
                origin={"command": words},
                study_file=file.text,
                beside=file.beside,
                executor=executor,
            )
    except Stopped as stop:
        err.print(f"Stopped. All that is done is kept in {escape(str(folder))}; the same command continues.")
        raise typer.Exit(stop.code) from stop
    except TrainingError as problem:  # with --fail-fast; the screen has said why
        raise typer.Exit(INCOMPLETE) from problem
    tell_result(folder)


def _words(name: str, quick: bool, settings: Mapping[str, Any]) -> list[str]:
    """The command line that asks for the same study."""
    words = ["visavis", "run", name, *(["--quick"] if quick else [])]
    for option, value in settings.items():
        if isinstance(value, bool):
            words.append(flag(option) if value else f"--no-{flag(option)[2:]}")
        else:
            several = value if isinstance(value, list) else [value]
            words += [word for item in several for word in (flag(option), str(item))]
    return words
