"""The first screen: which figures answer the question, so that no arm is drawn twice and none is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from visavis.conclusions import Contrast
from visavis.evidence import Comparison
from visavis.evidence.curves import Curve
from visavis.findings.wording import dose_text
from visavis.report.charts import Figure
from visavis.report.figures.contrasts import contrasts_figure
from visavis.report.figures.curves import curves_figure
from visavis.report.figures.grids import Grid, interaction_figure, map_figure, value_range
from visavis.report.wording import level_texts

MOST_ROWS = 12
"""Contrasts, and arms, that are shown before the rest has to be asked for."""
MOST_IN_FIGURE = 48
"""Contrasts in one figure that was asked for."""
MOST_CURVES = 6
"""In one figure."""
FEWEST_LEVELS = 3
"""Of both numbers, for a map; with two of one of them there are two curves."""


Draw = Callable[[Comparison, Grid, tuple[float, float]], Figure]
"""Comparison, arms, range of the values -> figure."""


@dataclass(frozen=True)
class Screen:
    """What is drawn.

    Attributes:
        groups: figures of one kind that stand beside each other, what answers the question first.
        contrasts: those that no other figure shows, and that have rows of their own.
        more: figures of the other contrasts, and of what a map shows as curves.
        curves, map_curves: the curves that are drawn, and those that a map shows.
    """

    groups: tuple[tuple[Figure, ...], ...]
    contrasts: tuple[Contrast, ...]
    more: tuple[Figure, ...]
    curves: tuple[Curve, ...]
    map_curves: tuple[Curve, ...]


def first_screen(comparison: Comparison) -> Screen:
    """Maps of two numbers, curves, interactions, and a row for each contrast that none of them shows."""
    maps = list(_maps(comparison))
    drawn_arms = {arm for grids in maps for grid in grids for arm in grid.arms.values()}
    map_curves = tuple(curve for curve in comparison.curves if drawn_arms.issuperset(curve.arms))
    curves = tuple(curve for curve in comparison.curves if curve not in map_curves)
    drawn_arms |= {arm for curve in curves for arm in (*curve.arms, curve.aside) if arm is not None}
    planes = list(_planes(comparison, drawn_arms))
    drawn_arms |= {arm for grids in planes for grid in grids for arm in grid.arms.values()}
    rest = tuple(row for row in comparison.headlines if not _is_drawn(row, drawn_arms))
    groups = [tuple(_drawings(comparison, grids, map_figure)) for grids in maps]
    groups += [(figure,) for figure in _curves_figures(comparison, curves)]
    groups += [tuple(_drawings(comparison, grids, interaction_figure)) for grids in planes]
    if rest:
        groups.append((contrasts_figure(comparison, rest[:MOST_ROWS]),))
    other_rows = [row for row in comparison.headlines if row not in rest]
    more = [contrasts_figure(comparison, part) for part in (*_parts(rest[MOST_ROWS:]), *_parts(other_rows))]
    more += _curves_figures(comparison, map_curves)
    return Screen(tuple(groups), rest, tuple(more), curves, map_curves)


def _parts(contrasts: Sequence[Contrast]) -> Iterator[Sequence[Contrast]]:
    """Yields as many as one figure has room for."""
    for start in range(0, len(contrasts), MOST_IN_FIGURE):
        yield contrasts[start : start + MOST_IN_FIGURE]


def _is_drawn(contrast: Contrast, drawn_arms: set[str]) -> bool:
    """Whether another figure shows it; one of several factors is asked for, and is none of a design."""
    return len(contrast.factors) < 2 and {contrast.treatment, contrast.control} <= drawn_arms


def _drawings(comparison: Comparison, grids: Sequence[Grid], draw: Draw) -> Iterator[Figure]:
    y = value_range(comparison, grids)
    for grid in grids:
        yield draw(comparison, grid, y)


def _curves_figures(comparison: Comparison, curves: Sequence[Curve]) -> Iterator[Figure]:
    """Yields a figure for each number, of a few curves each."""
    families: dict[tuple[str, str], list[Curve]] = {}
    for curve in curves:
        families.setdefault((curve.factor, curve.path), []).append(curve)
    for family in families.values():
        family.sort(key=lambda curve: comparison.control not in (*curve.arms, curve.aside))
        for start in range(0, len(family), MOST_CURVES):
            part = family[start : start + MOST_CURVES]
            gaps = [gap for gap in comparison.curve_gaps if gap.treatment in part and gap.control in part]
            yield curves_figure(comparison, part, gaps)


def _maps(comparison: Comparison) -> Iterator[list[Grid]]:
    """Yields maps of two numbers, those that differ in what else differs beside each other."""
    doses: dict[tuple[str, str], dict[str, float]] = {}
    for curve in comparison.curves:
        doses.setdefault((curve.factor, curve.path), {}).update(zip(curve.arms, curve.doses, strict=True))
    for (first, first_doses), (second, second_doses) in combinations(doses.items(), 2):
        common_arms = [arm for arm in comparison.compared_arms if arm in first_doses and arm in second_doses]
        rows = comparison.levels.rows(common_arms, *dict.fromkeys((first[0], second[0])))
        grids = [
            _map((first[1], second[1]), {arm: (first_doses[arm], second_doses[arm]) for arm in row})
            for row in rows.values()
        ]
        whole = [grid for grid in grids if min(len(grid.levels), len(grid.rows)) >= FEWEST_LEVELS]
        if whole:
            yield _with_contexts(comparison, whole, (first[0], second[0]))


def _map(paths: tuple[str, str], doses: dict[str, tuple[float, float]]) -> Grid:
    levels, rows = (sorted({pair[side] for pair in doses.values()}) for side in (0, 1))
    arms = {(levels.index(first), rows.index(second)): arm for arm, (first, second) in doses.items()}
    first, second = paths
    return Grid(first, second, tuple(map(dose_text, levels)), tuple(map(dose_text, rows)), arms, "")


def _planes(comparison: Comparison, drawn_arms: set[str]) -> Iterator[list[Grid]]:
    """Yields grids of two factors of the arms that have an interaction, until all of them are drawn: of the factors
    whose interaction is the surest first.
    """
    rest = list(comparison.interactions)
    seen_arms = set(drawn_arms)
    while rest := [item for item in rest if not seen_arms.issuperset(item.weights.by_arm)]:
        surest = min(rest, key=lambda item: item.interval.p)
        grids = _grids_over(comparison, surest.factor, surest.across)
        seen_arms |= {arm for grid in grids for arm in grid.arms.values()} | set(surest.weights.by_arm)
        yield grids


def _grids_over(comparison: Comparison, factor: str, across: str) -> list[Grid]:
    """The grids of two factors, one for each combination of the others."""
    levels = comparison.levels
    sizes = {name: len({levels.level(arm, name) for arm in comparison.compared_arms}) for name in (factor, across)}
    if sizes[across] > sizes[factor]:
        factor, across = across, factor  # more levels have more room along the axis
    grids = [
        _grid(comparison, row, factor, across) for row in levels.rows(comparison.compared_arms, factor, across).values()
    ]
    return _with_contexts(comparison, [g for g in grids if min(len(g.levels), len(g.rows)) > 1], (factor, across))


def _grid(comparison: Comparison, row: Sequence[str], factor: str, across: str) -> Grid:
    levels, arms = comparison.levels, comparison.study.arms
    numbers = [sorted({levels.level(arm, name) for arm in row}) for name in (factor, across)]
    cells = {(levels.level(arm, factor), levels.level(arm, across)): arm for arm in row}
    texts: list[tuple[str, ...]] = []
    for side, name in enumerate((factor, across)):
        arm_of = {cell[side]: arm for cell, arm in cells.items()}
        texts.append(tuple(level_texts([arms[arm_of[number]][name] for number in numbers[side]])))
    positions = {(numbers[0].index(level), numbers[1].index(column)): arm for (level, column), arm in cells.items()}
    return Grid(factor, across, texts[0], texts[1], positions, "")


def _with_contexts(comparison: Comparison, grids: Sequence[Grid], factors: tuple[str, str]) -> list[Grid]:
    """Grids with the names of what else differs among them."""
    examples = [comparison.study.arms[next(iter(grid.arms.values()))] for grid in grids]
    other_factors = [name for name in comparison.levels.factors if name not in factors]
    all_columns = [level_texts([arm[name] for arm in examples]) for name in other_factors]
    columns = [column for column in all_columns if len(set(column)) > 1]
    names = [", ".join(texts) for texts in zip(*columns, strict=True)] if columns else [""] * len(grids)
    return [replace(grid, context=name) for grid, name in zip(grids, names, strict=True)]
