"""``visavis plan``: how many seeds a study needs, from those that a pilot has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from visavis.cli.screen import on_screen, out, tell, tell_remarks
from visavis.errors import UsageError

POINTS = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*pp")


def plan(
    folder: Annotated[Path, typer.Argument(help="The run folder of a pilot: two seeds or more.", show_default=False)],
    detect: Annotated[str, typer.Option(help="The smallest difference of the headline that matters, such as 0.5pp.")],
    power: Annotated[float, typer.Option(help="Probability with which it should be found.")] = 0.8,
) -> None:
    """Say how many seeds a difference takes, by the spread of a pilot."""
    from visavis.evidence import compare
    from visavis.report.tables import plan_table

    points = POINTS.fullmatch(detect.strip())
    if points is None or not 0 < float(points[1]) < 100:
        raise UsageError(
            "--detect isn't a difference of shares", got=repr(detect), expected="percentage points, such as 0.5pp"
        )
    if not 0.05 < power < 1:
        raise UsageError("--power isn't a probability", got=power, expected="a number above .05 and below 1")
    comparison = compare(folder)
    if len(comparison.seeds) == 1:
        raise UsageError(
            f"{folder} tells nothing of the spread between seeds",
            got="one seed",
            expected="two seeds or more; three tell a little, five some more",
            do="run the study again with more --seeds",
        )
    tell_remarks(comparison)
    out.print(on_screen(plan_table(comparison, float(points[1]) / 100, power)))
    tell(
        "A plan from a pilot is rough. Decide on the number of seeds once, then run them all: adding seeds until a "
        "difference shows up finds one where there is none."
    )
