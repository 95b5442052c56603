"""``visavis plan``: how many seeds a study needs, from those that a pilot has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.screen import on_screen, out, tell, tell_remarks
from visavis.errors import UsageError
from visavis.quantities import name_text

if TYPE_CHECKING:
    from visavis.stats.score import Metric

SIZE = r"(\d+(?:\.\d+)?|\.\d+)"
POINTS, UNITS = re.compile(rf"{SIZE}\s*pp"), re.compile(SIZE)


def plan(
    folder: Annotated[Path, typer.Argument(help="The run folder of a pilot: two seeds or more.", show_default=False)],
    detect: Annotated[str, typer.Option(help="The smallest difference of the headline that matters, such as 0.5pp.")],
    power: Annotated[float, typer.Option(help="Probability with which it should be found.")] = 0.8,
) -> None:
    """Say how many seeds a difference takes, by the spread of a pilot."""
    from visavis.evidence import compare
    from visavis.report.tables import plan_table

    if not 0.05 < power < 1:
        raise UsageError("--power isn't a probability", got=power, expected="a number above .05 and below 1")
    comparison = compare(folder)
    size = _size_of(detect, comparison.headline)
    if not comparison.replication.are_independent:
        raise UsageError(
            f"{folder} is cross-validation, of which no plan can be made",
            got=comparison.replication.text,
            expected="seeds: what a fold's spread is made of can't be told apart",
            do="run a pilot with --seeds in another --out; a run folder of folds grows by --repeats",
        )
    if len(comparison.seeds) == 1:
        raise UsageError(
            f"{folder} tells nothing of the spread between seeds",
            got="one seed",
            expected="two seeds or more; three tell a little, five some more",
            do="run the study again with more --seeds",
        )
    tell_remarks(comparison)
    out.print(on_screen(plan_table(comparison, size, power)))
    tell(
        "A plan from a pilot is rough. Decide on the number of seeds once, then run them all: adding seeds until a "
        "difference shows up finds one where there is none. visavis run --until-decided may look after each seed."
    )


def _size_of(text: str, metric: Metric) -> float:
    """A difference as it is given on the command line: of shares in percentage points, else in the metric's own unit.

    Raises:
        UsageError: it is none.
    """
    match = (POINTS if metric.is_share else UNITS).fullmatch(text.strip())
    size = float(match[1]) / (100 if metric.is_share else 1) if match else 0.0
    if metric.is_share and not 0 < size < 1:
        expected = "percentage points, such as 0.5pp"
        raise UsageError("--detect isn't a difference of shares", got=repr(text), expected=expected)
    if size <= 0:
        expected = "a number above 0, such as 0.05"
        raise UsageError(f"--detect isn't a difference of {name_text(metric)}", got=repr(text), expected=expected)
    return size
