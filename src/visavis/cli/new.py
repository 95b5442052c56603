"""``visavis new``: a study file to start from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from visavis.cli.screen import tell
from visavis.errors import StudyFileError, UsageError, did_you_mean
from visavis.studies.variations import DEFAULT, VARIATIONS, study_text


def new(
    name: Annotated[str, typer.Argument(help="Name of the study; the file is NAME.py.", show_default=False)],
    vary: Annotated[str, typer.Option(help=f"What the arms differ in: {', '.join(VARIATIONS)}.")] = DEFAULT,
) -> None:
    """Write a small study file that runs, to start from."""
    from visavis.design.slug import slugify
    from visavis.store.destination import Destination

    slug, factor = slugify(name.removesuffix(".py")), vary.replace("-", "_")
    if not slug:
        raise StudyFileError("a study can't have this name", got=repr(name), expected="letters and digits")
    _require_variation(factor, vary)
    path = Path(slug.replace("-", "_") + ".py")
    if path.exists():
        raise StudyFileError(f"{path} is there already", expected="a new name", do="choose another, or remove the file")
    template = files("visavis.studies").joinpath("template.py.txt").read_text(encoding="utf-8")
    Destination(path).write(study_text(template, factor, slug, str(path)).encode())
    tell(f"Wrote {path}. Run it: visavis run {path} --quick")


def _require_variation(factor: str, word: str) -> None:
    """Refuses what no file can be written for; the most likely factors are named."""
    if factor in VARIATIONS:
        return
    raise UsageError(
        "an arm has no such factor",
        got=f"--vary {word!r}",
        expected=", ".join(VARIATIONS),
        do=did_you_mean(factor, VARIATIONS),
    )
