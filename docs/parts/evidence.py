"""Seeds until decided, plans, and coverage where images are easy or hopeless and runs fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from parts.results import result, share

LOW = 0.93
"""Coverage below which a row is named."""


def until_decided() -> str:
    """Error, power and seeds of a study that looks after each seed, beside fixed numbers of seeds."""
    found = result("until-decided")
    nulls = [row for row in found["rows"] if not row["difference"] and not row["margin"]]
    lines = ["| no difference; noise from | until decided, at most 20 | 5 seeds | 10 seeds | 20 seeds |", _head(4)]
    for case in dict.fromkeys(row["case"] for row in nulls):
        cells = [share(row["different"]) for row in nulls if row["case"] == case]
        lines.append(f"| {case} | {' | '.join(cells)} |")
    rows = [row for row in found["rows"] if row["difference"] and not row["margin"]]
    sizes = list(dict.fromkeys(row["difference"] for row in rows))
    lines += ["", f"| a difference of | {' | '.join(f'{size:g} SD' for size in sizes)} |", _head(len(sizes))]
    for design in dict.fromkeys(row["design"] for row in rows):
        cells = [
            f"{share(row['different'])}; {row['mean seeds']:.1f}"
            for size in sizes
            for row in rows
            if (row["design"], row["difference"]) == (design, size)
        ]
        lines.append(f"| {design} | {' | '.join(cells)} |")
    letters = found["letters"]
    low, high = letters["likely at 5 %"]
    note = (
        f"Above: how often a difference is found where there is none, {nulls[0]['studies']:,} simulated studies a cell "
        "(a true .050 is measured between .043 and .057). Below: how often it is found, and the mean number of seeds, "
        f"in standard deviations of one seed's difference where seeds dominate; {rows[0]['studies']:,} studies a cell. "
        f"On real letters, {letters['runs']} runs of one procedure dealt into two arms {letters['studies']:,} times: a "
        f"difference in {100 * letters['different']:.1f} % (a true 5 % gives {100 * low:.1f} to {100 * high:.1f} %). "
        f"`benchmarks/until_decided.py`, measured {found['measured']}."
    )
    return "\n".join([*lines, "", note])


def _head(columns: int) -> str:
    return f"| --- |{' ---: |' * columns}"


def planning() -> str:
    """Whether studies that are told how many seeds decide are decided by so many."""
    found = result("planning")
    rows = [row for row in found["carried on"] if row["truth"] is None and row["family"] == 1]
    margins, pilots = (list(dict.fromkeys(row[key] for row in rows)) for key in ("margin", "pilot"))
    lines = [f"| margin | {' | '.join(f'{pilot} seeds so far' for pilot in pilots)} |", _head(len(pilots))]
    for margin in margins:
        cells = [share(row["decided"]) for row in rows if row["margin"] == margin]
        lines.append(f"| {margin:g} SD | {' | '.join(cells)} |")
    fixed = [row for row in found["carried on"] if row["truth"] is not None]
    least = min(fixed, key=lambda row: row["decided"])
    mean = np.average([row["decided"] for row in rows], weights=[row["carried on"] for row in rows])
    powers = [row["found"] for row in found["plans"]]
    note = (
        "Share of inconclusive studies that are decided by the number of seeds that they were told decides with 80 %, "
        f"where true differences are drawn from N(0, 1 SD); {share(float(mean))} over all. For one given difference it "
        f"may be another: {share(least['decided'])} for none at all, with {least['pilot']} seeds so far and a margin "
        f"of {least['margin']:g} SD. Studies of as many seeds as a pilot of 3, 5 or 10 plans, for families of 1, 3 and "
        f"6, find the planned difference in {share(min(powers))} to {share(max(powers))}. `benchmarks/planning.py`, "
        f"measured {found['measured']}."
    )
    return "\n".join([*lines, "", note])


def coverage_by_difficulty() -> str:
    """Coverage by images, accuracy and case, for the metrics that are looked at most."""
    found = result("coverage-by-difficulty")
    metrics = ("accuracy", "macro_f1", "log_loss")
    cells = {
        (row["images"], row["accuracy"], row["case"], row["metric"], row["seeds"]): row["coverage"]
        for row in found["rows"]
    }
    images, accuracies, cases, _, seeds = (list(dict.fromkeys(keys)) for keys in zip(*cells, strict=True))
    lines = [f"| images, accuracy | case | {' | '.join(metrics)} |", "| --- | --- |" + " --- |" * len(metrics)]
    for number in images:
        for accuracy in accuracies:
            for case in cases:
                texts = [
                    " ".join(_cell(cells.get((number, accuracy, case, metric, count))) for count in seeds)
                    for metric in metrics
                ]
                if any(text.strip("- ") for text in texts):
                    lines.append(f"| {number:,}, {accuracy:g} | {case} | {' | '.join(texts)} |")
    low = sorted({f"{row['images']:,} images, {row['accuracy']:g}, {row['case']}" for row in _low_rows(found["rows"])})
    note = (
        f"Coverage with {', '.join(map(str, seeds[:-1]))} and {seeds[-1]} seeds. Below {share(LOW)} in some metric: "
        f"{'; '.join(low)}. {found['rows'][0]['studies']:,} studies a cell, fewer with 7,000 images. "
        "`benchmarks/coverage_by_difficulty.py`."
    )
    return "\n".join([*lines, "", note])


def _low_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["coverage"] < LOW and not row["metric"].startswith("f1[")]


def _cell(coverage: float | None) -> str:
    if coverage is None:
        return "-"
    return f"**{share(coverage)}**" if coverage < LOW else share(coverage)


def coverage_by_fold() -> str:
    """What the overlap of training sets does to an interval that takes folds for independent."""
    found = result("folds")
    rows = found["rows"]
    designs = list(dict.fromkeys((row["k"], row["repeats"]) for row in rows))
    names = [f"{k} folds" + (f" × {repeats}" if repeats > 1 else "") for k, repeats in designs]
    lines = [f"| arms | images | interval | {' | '.join(names)} |", f"| --- | ---: | --- |{' ---: |' * len(designs)}"]
    for arms, images in dict.fromkeys((row["arms"], row["images"]) for row in rows):
        cells = [row for row in rows if (row["arms"], row["images"]) == (arms, images)]
        for name in ("corrected", "uncorrected"):
            lines.append(f"| {arms} | {images} | {name} | {' | '.join(share(row[name]) for row in cells)} |")
    widths = [row["width"] for row in rows]
    note = (
        f"{rows[0]['sets']:,} data sets a cell. The corrected interval is {min(widths):.1f} to {max(widths):.1f} times "
        "as wide as the other. `benchmarks/folds.py`."
    )
    return "\n".join([*lines, "", note])


def coverage_by_group() -> str:
    """What images that belong together do to an interval that takes them one by one."""
    found = result("coverage-by-difficulty")
    rows = found["groups"]
    lines = [
        f"| images of a group | {' | '.join(str(row['group']) for row in rows)} |",
        _head(len(rows)),
        *(f"| taken {name} | {' | '.join(share(row[name]) for row in rows)} |" for name in ("by image", "by group")),
    ]
    return "\n".join([*lines, "", f"1,000 images, 5 seeds, {rows[0]['studies']:,} studies a cell."])
