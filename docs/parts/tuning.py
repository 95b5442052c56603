"""Arms at their best: coverage of their intervals, and real runs."""

from __future__ import annotations

from typing import Any

from parts.results import basis, measured_on, percent, points, result, share


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


def at_their_best(name: str) -> str:
    """The headline of arms as they are and at their best, and how far each lies from its control."""
    found = result(name)
    metric = found["headline"]
    rows = [f"| arm | {metric.replace('_', ' ')} | against its control | verdict |", "| --- | ---: | ---: | --- |"]
    contrasts = {one["treatment"]: one for one in found["contrasts"] if one["metric"] == metric}
    for arm, values in found["arms"].items():
        one = contrasts.get(arm)
        cells = (points(one), one["verdict"]) if one else ("", "")
        rows.append(f"| {arm} | {percent(values[metric])} | {' | '.join(cells)} |")
    chosen = [f"{arm['arm']}: {', '.join(arm['chosen'].values())}" for arm in found["tuned"]]
    return "\n".join([*rows, "", f"Chosen, seed by seed: {'; '.join(chosen)}. {basis(found)}"])
