"""``visavis test``: a study's trained networks on other images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from visavis.cli.flags import AS_THEY_ARE, ReadAs, reads_data
from visavis.cli.result import tell_other_test
from visavis.cli.screen import err, tell
from visavis.cli.trained import StudyOption, own_arms


@reads_data
def ask_elsewhere(
    folder: Annotated[Path, typer.Argument(help="A run folder.", show_default=False)],
    data: Annotated[
        str, typer.Option("--data", help="Images with labels, as visavis audit takes them.", show_default=False)
    ],
    name: Annotated[str | None, typer.Option("--name", help="What they are called; by default as the data.")] = None,
    study: StudyOption = None,
    device: Annotated[
        str | None, typer.Option("--device", help="cpu or cuda; by default a GPU, if there is one.")
    ] = None,
    read_as: ReadAs = AS_THEY_ARE,
) -> None:
    """Ask a study's trained networks about other images, without training.

    The images are decoded to the study's size; where they come with a test part of their own it counts, else all of
    them. Classes are matched by name; some may be missing. The run folder keeps the answers, and compare and report
    show them from then on. What was interrupted goes on by the same command.
    """
    from visavis.cli.progress import show_progress
    from visavis.datasets import open
    from visavis.options import USUAL
    from visavis.runs import Stopped, ask_later
    from visavis.store import RunFolder

    run = RunFolder(folder)
    run.require()
    shape = run.data.shape
    channels = shape.channels if shape.channels in (1, 3) else None
    dataset = open(data, size=(shape.height, shape.width), channels=channels, test_fraction=1, read_as=read_as)
    parts = own_arms(study)
    try:
        with show_progress(err, plain=not err.is_terminal) as watch:
            options = replace(USUAL, device=device)
            later = ask_later(folder, dataset, name, options, parts=parts, watch=watch)
    except Stopped as stop:
        err.print(f"Stopped. All that is done is kept in {escape(str(folder))}; the same command continues.")
        raise typer.Exit(stop.code) from stop
    if not later.cells:
        tell(f"Every trained network was asked about {later.name} before.")
    tell_other_test(folder, later.name)
