"""``visavis audit``: what is wrong with a data set, before anything is trained on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from visavis.cli.flags import AS_THEY_ARE, ReadAs, reads_data
from visavis.cli.screen import Force, err, out, tell
from visavis.errors import UsageError, one_line

if TYPE_CHECKING:
    from visavis.audit import Audit, AuditResult, NearDuplicates, Picture
    from visavis.data import ImageData
    from visavis.store.destination import Destination

TROUBLE = 3
MOST_EXAMPLES = 2
"""Examples of a finding."""
KINDS = 6
"""Kinds of originals that are told, the commonest."""


@reads_data
def audit(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="Folder, zip, tar, CSV, JSON lines, Parquet, npz, IDX; hub:NAME; torchvision:NAME:FOLDER; or glyphs.",
            show_default=False,
        ),
    ],
    test_part: Annotated[
        Literal["both", "public", "private"], typer.Option("--test-part", help="Of FER2013's two test parts.")
    ] = "both",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help=f"Exit code {TROUBLE} where there is trouble.")] = False,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", help="Draw near-duplicates side by side into this PNG file.")
    ] = None,
    force: Force = False,
    read_as: ReadAs = AS_THEY_ARE,
) -> None:
    """Look through a data set before training.

    Finds identical images, look-alikes, labels that conflict, and files that can't be read. With --strict the exit
    code is 3 where test images have an identical twin in train, identical images carry conflicting labels,
    near-duplicates lie across train and test, or images are constant or unreadable.
    """
    from visavis.audit import audit as look_through
    from visavis.datasets import open
    from visavis.store.destination import Destination

    destination = None if sheet is None else Destination(sheet, force)
    if destination is not None:
        destination.require()
    source = open(data, test_part=test_part, read_as=read_as)
    with err.status("looking through the images"):
        images = source.load()
        result = look_through(images)
    if as_json:
        print(json.dumps(_plain(images, result.audit), indent=2, allow_nan=False))
    else:
        _tell_audit(images, result.audit)
    if destination is not None:
        _draw(result, destination, quiet=as_json)
    if strict and result.audit.problems:
        trouble = "; ".join(map(str, result.audit.problems))
        err.print(f"[bold red]Trouble:[/bold red] {trouble}")
        raise typer.Exit(TROUBLE)


@dataclass(frozen=True)
class _Finding:
    """A line of the table.

    Attributes:
        phrase: what a number stands before, such as ``constant images``.
        count: how many.
        examples: some of them.
    """

    phrase: str
    count: int
    examples: tuple[str, ...] = ()


def _tell_audit(data: ImageData, audit: Audit) -> None:
    """The classes, what was found, and what wasn't."""
    from visavis.audit import NotLookedFor

    counts = f"{len(data.train):,} training and {len(data.test):,} test images in {len(data.classes)} classes"
    tell(f"{data.name}: {counts}. {data.split_rule}")
    if audit.groups is not None:
        tell(f"{audit.groups.total:,} groups of images that belong together.")
    for note in data.notes:
        tell(note)
    out.print(_class_table(audit))
    tell("Largest over smallest class: {:.1f} in train, {:.1f} in test.".format(*audit.imbalance))
    if audit.originals:
        kinds = [f"{kind}: {count:,}" for kind, count in audit.originals[:KINDS]]
        more = f"; and {len(audit.originals) - KINDS} other kinds" if len(audit.originals) > KINDS else ""
        tell(f"Before decoding: {'; '.join(kinds)}{more}.")
    findings = list(_findings(audit))
    matches = [finding for finding in findings if finding.count]
    if matches:
        out.print(_finding_table(matches))
    if isinstance(audit.near, NotLookedFor):
        near = audit.near
        tell(f"Near-duplicates weren't looked for: {near.count:,} {near.unit}, at most {near.limit:,}.", "yellow")
    absent = [finding.phrase for finding in findings if not finding.count]
    if absent:
        tell(f"None found: {'; '.join(absent)}.")


def _class_table(audit: Audit) -> RichTable:
    table = RichTable("class")
    table.add_column("train", justify="right")
    table.add_column("test", justify="right")
    for support in audit.classes:
        table.add_row(escape(one_line(support.name)), f"{support.train:,}", f"{support.test:,}")
    return table


def _finding_table(findings: list[_Finding]) -> RichTable:
    table = RichTable("found")
    table.add_column("number", justify="right")
    table.add_column("for example", overflow="fold")
    for finding in findings:
        table.add_row(
            finding.phrase, f"{finding.count:,}", escape("\n".join(map(one_line, finding.examples[:MOST_EXAMPLES])))
        )
    return table


def _findings(audit: Audit) -> Iterator[_Finding]:
    """Yields every finding, also those of which there are none."""
    from visavis.audit import NearDuplicates

    identical = audit.identical
    groups = tuple(_together(*group[:MOST_EXAMPLES]) for group in identical.examples)
    yield _Finding("groups of identical images", identical.groups, groups)
    yield _Finding("test images with an identical twin in train", identical.test_images)
    yield _Finding("groups of identical images with conflicting labels", identical.conflicting)
    if isinstance(audit.near, NearDuplicates):
        yield from _near_findings(audit.near)
    yield _Finding("constant images", len(audit.constant), tuple(map(_picture_text, audit.constant[:MOST_EXAMPLES])))
    unreadable = tuple(f"{image.name}: {image.reason}" for image in audit.unreadable[:MOST_EXAMPLES])
    yield _Finding("unreadable files", len(audit.unreadable), unreadable)
    if audit.groups is not None:
        yield _Finding("groups in both parts", audit.groups.across, audit.groups.examples)
    for part, classes in zip(("train", "test"), audit.empty_classes, strict=True):
        yield _Finding(f"classes missing in {part}", len(classes), classes)


def _near_findings(near: NearDuplicates) -> Iterator[_Finding]:
    yield _Finding(
        "near-duplicate pairs", near.pairs, tuple(_together(pair.first, pair.second) for pair in near.examples)
    )
    yield _Finding("near-duplicate pairs across train and test", near.across)
    yield _Finding("test images that look like a training image", near.test_images)
    yield _Finding("near-duplicate pairs with conflicting labels", near.conflicting)


def _together(*pictures: Picture) -> str:
    return " and ".join(map(_picture_text, pictures))


def _picture_text(picture: Picture) -> str:
    return f"{picture.id} ({picture.part}, {picture.label})"


def _plain(data: ImageData, audit: Audit) -> dict[str, Any]:
    """The audit as JSON data, with what follows from it."""
    parts = ("train", "test")
    return {
        "name": data.name,
        "source": data.source,
        "split_rule": data.split_rule,
        "shape": asdict(data.shape),
        **audit.to_plain(),
        "imbalance": dict(zip(parts, audit.imbalance, strict=True)),
        "missing": dict(zip(parts, audit.empty_classes, strict=True)),
        "problems": [asdict(problem) for problem in audit.problems],
    }


def _draw(result: AuditResult, destination: Destination, *, quiet: bool) -> None:
    """Writes the contact sheet and tells what is on it.

    Raises:
        UsageError: there is nothing to draw.
    """
    from visavis.audit import NotLookedFor, draw_sheet

    near = result.audit.near
    if isinstance(near, NotLookedFor) or not near.examples:
        got = "they weren't looked for" if isinstance(near, NotLookedFor) else "none found"
        raise UsageError("there are no near-duplicates to draw", got=got, do="leave --sheet out")
    content = BytesIO()
    draw_sheet(result.pictures).save(content, "PNG")
    destination.write(content.getvalue())
    if not quiet:
        tell(f"Drew {len(near.examples)} pairs into {destination.path}, row by row:")
        for pair in near.examples:
            tell(f"  {_together(pair.first, pair.second)}")
