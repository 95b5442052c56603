"""``visavis new``: a study file to start from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from visavis.cli.screen import tell
from visavis.errors import StudyFileError

QUESTION = "Does it matter which way round letters are?"


def new(
    name: Annotated[str, typer.Argument(help="Name of the study; the file is NAME.py.", show_default=False)],
) -> None:
    """Write a small study file that runs, to start from."""
    from visavis.design.slug import slugify
    from visavis.store.destination import Destination

    slug = slugify(name.removesuffix(".py"))
    if not slug:
        raise StudyFileError("a study can't have this name", got=repr(name), expected="letters and digits")
    path = Path(slug.replace("-", "_") + ".py")
    if path.exists():
        raise StudyFileError(f"{path} is there already", expected="a new name", do="choose another, or remove the file")
    text = files("visavis.studies").joinpath("template.py.txt").read_text(encoding="utf-8")
    for mark, value in {"@NAME@": slug, "@FILE@": str(path), "@QUESTION@": QUESTION}.items():
        text = text.replace(mark, value)
    Destination(path).write(text.encode())
    tell(f"Wrote {path}. Run it: visavis run {path} --quick")
