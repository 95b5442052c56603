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
    vary: Annotated[str | None, typer.Option(help=f"What the arms differ in: {', '.join(VARIATIONS)}.")] = None,
    line: Annotated[
        str | None,
        typer.Option("--from", help="Words of visavis run, whose study is written: 'images --data photos --vary ...'."),
    ] = None,
) -> None:
    """Write a small study file that runs, to start from."""
    from visavis.design.slug import slugify
    from visavis.store.destination import Destination

    slug = slugify(name.removesuffix(".py"))
    if not slug:
        raise StudyFileError("a study can't have this name", got=repr(name), expected="letters and digits")
    path = Path(slug.replace("-", "_") + ".py")
    if vary is not None and line is not None:
        raise UsageError("--vary and --from are two ways", got="both", expected="one of them")
    text = _template_text(vary or DEFAULT, slug, path) if line is None else _text_of_line(line, path)
    if path.exists():
        raise StudyFileError(f"{path} is there already", expected="a new name", do="choose another, or remove the file")
    Destination(path).write(text.encode())
    # The study has the name of the line's, whose --quick is another one: it gets a folder of its own.
    out = "" if line is None else f" --out runs/{slug}"
    tell(f"Wrote {path}. Run it: visavis run {path} --quick{out}")


def _template_text(word: str, slug: str, path: Path) -> str:
    factor = word.replace("-", "_")
    _require_variation(factor, word)
    template = files("visavis.studies").joinpath("template.py.txt").read_text(encoding="utf-8")
    return study_text(template, factor, slug, str(path))


def _text_of_line(line: str, path: Path) -> str:
    """A file with the study that a command line of ``visavis run`` asks for."""
    from visavis.cli.line import study_of_line
    from visavis.design.code import study_code

    return study_code(study_of_line(line), f"    visavis run {path}")


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
