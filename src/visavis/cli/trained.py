"""The commands that use trained models: ask them, take them elsewhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from visavis.cli.screen import Force, err, out, tell
from visavis.errors import RunFolderError, UsageError, one_line

if TYPE_CHECKING:
    from visavis.trained import TrainedModel

Folder = Annotated[Path, typer.Argument(help="A run folder.", show_default=False)]
Seed = Annotated[int | None, typer.Option("--seed", help="By default the first one that is finished in the arm.")]
StudyOption = Annotated[
    Path | None, typer.Option("--study", help="The study's file, where an arm has code of your own; it is run.")
]
MOST_CLASSES = 12


def predict(
    folder: Folder,
    images: Annotated[list[Path], typer.Argument(help="Image files.", show_default=False)],
    arm: Annotated[list[str] | None, typer.Option("--arm", help="By default every arm; may be given again.")] = None,
    seed: Seed = None,
    study: StudyOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, all classes.")] = False,
) -> None:
    """Ask a study's trained models what is on images, side by side."""
    models = _models(folder, arm, seed, study)
    _tell_left_out(folder, arm, models)
    answers = {path: [model.probabilities(model.read([path]))[0] for model in models] for path in images}
    if as_json:
        print(json.dumps({str(path): _plain(models, shares) for path, shares in answers.items()}, indent=2))
        return
    for path, shares in answers.items():
        out.print(_table(path, models, shares))


def export(
    folder: Folder,
    arm: Annotated[str, typer.Option("--arm", help="Which arm.", show_default=False)],
    onnx: Annotated[bool, typer.Option("--onnx", help="As ONNX: uint8 images in, logits out.")] = False,
    seed: Seed = None,
    study: StudyOption = None,
    file: Annotated[Path | None, typer.Option("--out", help="The file; by default ARM-seed-SEED.onnx here.")] = None,
    force: Force = False,
) -> None:
    """Write a trained model in a form that other tools take. Needs the extra visavis[onnx]."""
    from visavis.design.slug import slugify
    from visavis.trained.export import to_onnx

    if not onnx:
        raise UsageError("no form to export to", expected="--onnx", do="visavis export DIR --arm NAME --onnx")
    (model,) = _models(folder, [arm], seed, study)
    path = file or Path(f"{slugify(arm)}-seed-{model.seed}.onnx")
    worst = to_onnx(model, path, replace=force)
    tell(f"Wrote {path}: {', '.join(model.classes)}. Largest difference of a logit from PyTorch's: {worst:.1e}.")
    if model.transform.arrays:
        kind = type(model.intervention).__name__
        tell(f"Images have to go through the arm's {kind} first: it isn't part of the file.", "yellow")


def _models(folder: Path, arms: Sequence[str] | None, seed: int | None, study: Path | None) -> list[TrainedModel]:
    from visavis.store import RunFolder
    from visavis.trained import load

    run = RunFolder(folder)
    run.require()
    parts = own_arms(study)
    # All of them where none has a result, for the error's sake.
    names = arms or run.arms_with_results(None if seed is None else [seed]) or list(run.study.arms)
    return [load(folder, name, seed, parts=parts.get(name)) for name in names]


def _tell_left_out(folder: Path, arms: Sequence[str] | None, models: Sequence[TrainedModel]) -> None:
    """Says which arms can't answer, where none was asked for by name."""
    from visavis.store import RunFolder

    names = {model.arm for model in models}
    left_out = [name for name in RunFolder(folder).study.arms if name not in names]
    if left_out and not arms:
        err.print(escape(one_line(f"Left out, with no finished cell: {', '.join(left_out)}.")), style="yellow")


def own_arms(study: Path | None) -> dict[str, Any]:
    """The arms of a study's file, by name."""
    if study is None:
        return {}
    from visavis.design.file import load as load_study

    return {arm.name: arm for arm in load_study(str(study)).build(False, {}).all_arms}


def _plain(models: Sequence[TrainedModel], shares: Sequence[Any]) -> dict[str, Any]:
    return {
        model.arm: {"seed": model.seed, "probabilities": dict(zip(model.classes, map(float, share), strict=True))}
        for model, share in zip(models, shares, strict=True)
    }


def _table(path: Path, models: Sequence[TrainedModel], shares: Sequence[Any]) -> RichTable:
    """A row for each class, the likeliest first, a column for each arm."""
    classes = models[0].classes
    if any(model.classes != classes for model in models):
        raise RunFolderError("the arms have different classes")
    order = sorted(range(len(classes)), key=lambda label: -max(share[label] for share in shares))
    title = escape(one_line(str(path)))
    table = RichTable("class", *(f"{escape(one_line(model.arm))}, seed {model.seed}" for model in models), title=title)
    for label in order[:MOST_CLASSES]:
        cells = [f"{100 * share[label]:.1f} %" for share in shares]
        best = [label == share.argmax() for share in shares]
        texts = (f"[bold]{cell}[/bold]" if top else cell for cell, top in zip(cells, best, strict=True))
        table.add_row(escape(one_line(classes[label])), *texts)
    return table
