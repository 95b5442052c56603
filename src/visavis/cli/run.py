"""``visavis run``: each study is a command, and its function's parameters are the command's options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from visavis.cli.executors import Hands, choose_hands
from visavis.cli.screens import err, out, tell, tell_remarks
from visavis.errors import InvalidStudy, NothingToCompare, StudyFileError, TrainingError

if TYPE_CHECKING:
    from visavis.studies.load import Option, StudyFile
    from visavis.study import Study
    from visavis.training.precision import Precision


INCOMPLETE = 1
"""The exit code of a run that leaves cells out."""


class _Studies(typer.core.TyperGroup):
    """Builds the command of a study when its name is given."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        from visavis.studies.load import BUILT_IN

        return list(BUILT_IN)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        from visavis.studies.load import load

        return _command(load(cmd_name))


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


@dataclass(frozen=True)
class Flags:
    """The options that never change the result of an arm: where, how fast, and whether one more is trained.

    Attributes:
        out_folder: run folder.
        hands: who trains.
        device, precision, threads, deterministic, retry_failed, fail_fast, renew: see ``run_study``.
        plain: whether progress is shown as plain lines.
        quiet: whether only problems and the result are shown.
        aa: whether an A/A arm is added.
        verify: whether, instead of a run, one short cell is trained twice.
    """

    hands: Hands
    out_folder: Path | None
    device: str | None
    precision: str | None
    threads: int | None
    deterministic: bool
    retry_failed: bool
    fail_fast: bool
    renew: bool
    plain: bool
    quiet: bool
    aa: bool
    verify: bool


HANDS: Mapping[str, tuple[Any, str]] = {
    "jobs": (
        int,
        "Cells trained at once: on a CPU each in a process of its own (default 1), on a GPU side by side (default 4).",
    ),
    "threads": (int, "Of each process; by default the cores, shared out among the jobs."),
    "executor": (str, "What the jobs are: processes of this machine (the default), ray, or slurm."),
    "address": (str, "Of a Ray cluster; by default one is started on this machine."),
    "slurm": (list[str], "NAME=VALUE for submitit, such as slurm_partition=gpu; may be given again."),
}
"""The options that say who trains."""
SWITCHES = {
    "deterministic": "On a GPU, only operations that give the same bits again; a CPU's do anyway.",
    "retry_failed": "Try cells again that failed in an earlier run.",
    "fail_fast": "End the run at the first cell that fails; by default the others go on.",
    "renew": "Train anew the cells of arms whose code has changed; without it such a run is refused.",
    "aa": "Add the control once more, under streams of its own: how often is chance an effect?",
    "plain": "Progress as plain lines, as without a terminal.",
    "quiet": "No progress, only problems and the result; events.jsonl in the run folder has it all.",
    "verify": "Train one short cell twice, say whether this machine gives the same bits, and write nothing.",
}
"""What each flag without a value does."""


def _command(file: StudyFile) -> Any:
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


def _runner(file: StudyFile) -> Callable[..., None]:
    """A function whose signature is the study's parameters, ``quick`` and the flags."""

    def command(**values: Any) -> None:
        hands = Hands(**_taken(values, Hands))
        flags = Flags(hands, **_taken(values, Flags))
        quick = values.pop("quick", False)
        _run(file, quick, {name: value for name, value in values.items() if value is not None}, flags)

    quick_help = f"Smaller settings for a first look: {_settings_text(file.quick)}."
    parameters = [
        *(_study_parameter(option, file.quick) for option in file.options),
        *([_parameter("quick", bool, False, quick_help, "--quick")] if file.quick else []),
        _parameter("out_folder", Path | None, None, "Run folder; by default runs/NAME.", "--out"),
        _parameter("device", str | None, None, "cpu, cuda, ...; by default a GPU where there is one.", "--device"),
        _parameter(
            "precision", str | None, None, "fp32 or bf16; by default probed before the first cell.", "--precision"
        ),
        *(_parameter(name, kind | None, None, text, f"--{name}") for name, (kind, text) in HANDS.items()),
        *(_parameter(name, bool, False, text, f"--{name.replace('_', '-')}") for name, text in SWITCHES.items()),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _study_parameter(option: Option, quick: Mapping[str, Any]) -> inspect.Parameter:
    """None stands for "not given", so that ``--quick`` knows what the user has set; the help shows the default."""
    flag = "--" + option.name.replace("_", "-")
    names = f"{flag}/--no-{flag[2:]}" if option.default is True else flag
    notes = []
    if option.default is not None and option.default is not False:
        notes.append(f"default {option.default}")
    if option.name in quick:
        notes.append(f"{quick[option.name]} with --quick")
    help_text = f"{option.meaning} [{', '.join(notes)}]" if notes else option.meaning
    return _parameter(option.name, option.kind | None, None, help_text, names)


def _parameter(name: str, kind: Any, default: Any, help_text: str, flag: str) -> inspect.Parameter:
    declared = typer.Option(flag, help=help_text, show_default=False)
    annotation = Annotated[kind, declared]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _taken(values: dict[str, Any], kind: type[Flags] | type[Hands]) -> dict[str, Any]:
    """The fields of a kind that are among the values, which they are taken from."""
    return {name: values.pop(name) for name in kind.__dataclass_fields__ if name in values}


def _settings_text(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())


def _run(file: StudyFile, quick: bool, given: dict[str, Any], flags: Flags) -> None:
    """Builds the study, trains what is missing, writes the report and tells the result."""
    from visavis.cli.progress import show_progress

    study = file.build(quick, given)
    if flags.aa:
        study = study.with_aa()
    folder = flags.out_folder or Path("runs") / study.name
    plain = flags.plain or flags.quiet or not err.is_terminal
    with nullcontext() if plain else err.status("loading PyTorch"):
        from visavis.execution import Stopped, run_study
        from visavis.executors import Source
    if flags.verify:
        _verify(study, flags)
        return
    source = Source(file.name, quick, tuple(given.items()), flags.aa, Path.cwd())
    executor, together = choose_hands(flags.hands, source, flags.device)
    try:
        with show_progress(err, plain=plain, quiet=flags.quiet) as watch:
            run_study(
                study,
                folder,
                device=flags.device,
                precision=_precision(flags.precision),
                threads=flags.threads,
                deterministic=flags.deterministic,
                retry_failed=flags.retry_failed,
                fail_fast=flags.fail_fast,
                watch=watch,
                origin={"command": [*_words(file.name, quick, given), *(["--aa"] if flags.aa else [])]},
                study_file=file.text,
                beside=file.beside,
                renew=flags.renew,
                together=together,
                executor=executor,
            )
    except Stopped as stopped:
        err.print(f"Stopped. All that is done is kept in {escape(str(folder))}; the same command continues.")
        raise typer.Exit(stopped.code) from stopped
    except TrainingError as problem:  # with --fail-fast; the screen has said why
        raise typer.Exit(INCOMPLETE) from problem
    _tell_result(folder)


def _verify(study: Study, flags: Flags) -> None:
    """Says whether one short cell gives the same bits twice.

    Raises:
        typer.Exit: it doesn't.
    """
    from visavis.execution import verify

    verdicts = []
    for found in verify(
        study, device=flags.device, precision=_precision(flags.precision), deterministic=flags.deterministic
    ):
        verdicts.append(found)
        said = "the same bits" if found.same else f"other bits, logits differ by up to {found.difference:.1e}"
        tell(f"{found.precision} on {found.device}: {said} ({found.arm}, {found.images:,} images, trained twice)")
    if not all(found.same for found in verdicts):
        tell("On a GPU, --deterministic leaves out the operations whose sums come in any order.")
        raise typer.Exit(INCOMPLETE)


def _precision(name: str | None) -> Precision | None:
    from visavis.training.precision import Precision

    if name is None:
        return None
    if name not in Precision.__members__:
        raise InvalidStudy("no such precision", got=repr(name), expected=" or ".join(Precision.__members__))
    return Precision[name]


def _words(name: str, quick: bool, given: Mapping[str, Any]) -> list[str]:
    """The command line that asks for the same study."""
    words = ["visavis", "run", name, *(["--quick"] if quick else [])]
    for option, value in given.items():
        flag = option.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            words += [f"--{flag}", str(value)]
    return words


def _tell_result(folder: Path) -> None:
    """The last screen: the result in two lines, and where the report is."""
    from visavis.comparison import compare
    from visavis.report import sentences
    from visavis.report.page import render

    try:
        found = compare(folder)
    except NothingToCompare as problem:
        err.print(f"[bold red]Error:[/bold red] {escape(str(problem))}")
        raise typer.Exit(INCOMPLETE) from problem
    page = found.folder.write_report(render(found))
    tell_remarks(found)
    for contrast in found.headlines[:1]:
        out.print(f"[bold]{escape(sentences.answer(contrast, found))}[/bold]")
        tell(sentences.verdict_sentence(contrast, found.margin))
    if found.false_alarms:
        for sentence in sentences.false_alarms_sentences(found.false_alarms):
            tell(sentence)
    for interaction in found.interactions:
        tell(sentences.interaction_sentence(interaction, found))
    tell(f"Report: {page}")
    if found.missing:
        raise typer.Exit(INCOMPLETE)
