"""Arms at their best: coverage of their intervals, and real runs."""

from __future__ import annotations

from typing import Any

from parts.results import measured_on, result, share


def coverage() -> str:
    """The table of simulated coverage."""
    found = result("tuning-coverage")
    seeds = sorted({row["seeds"] for row in found["rows"]})
    choices = list(dict.fromkeys(row["choice"] for row in found["rows"]))
    rows = [f"| situation | {' | '.join(choices)} |", f"| --- |{' ---: |' * len(choices)}"]
    for situation in found["situations"]:
        cells = [_cell(found["rows"], situation["name"], choice, seeds) for choice in choices]
        rows.append(f"| {situation['name']} | {' | '.join(cells)} |")
    numbers = ", ".join(map(str, seeds))
    return "\n".join(
        [
            *rows,
            "",
            f"Coverage of a nominal .95 with {numbers} seeds; {found['candidates']} candidates, {found['images']:,} "
            f"test images, {found['rows'][0]['studies']:,} studies a cell, `benchmarks/tuning_coverage.py`, "
            f"{measured_on(found)}.",
        ]
    )


def _cell(rows: list[dict[str, Any]], situation: str, choice: str, seeds: list[int]) -> str:
    found = {row["seeds"]: row for row in rows if (row["situation"], row["choice"]) == (situation, choice)}
    return " ".join(share(found[number]["coverage"]) for number in seeds)
