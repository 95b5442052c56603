"""Arms that lie on a line: they differ in one number only, and in three values of it or more."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from visavis.conclusions import WEIGHT_DIGITS, Weights
from visavis.describe import Plain
from visavis.design.best_of import is_one_of
from visavis.design.levels import Levels, Path, is_number, leaves, rank, type_of
from visavis.pairing import nearest_pairs
from visavis.quantities import list_text

FEWEST_DOSES = 3
"""Two are a pair."""
LOG_RATIO = 8.0
"""Largest dose over smallest, all of them positive, from which on doses are on a log scale."""


@dataclass(frozen=True)
class Line:
    """Arms that differ in one number only.

    Attributes:
        factor: that has the number.
        path: the number itself, such as ``training.rate``; ``epochs`` where the factor is the number.
        doses: the numbers, ascending.
        arms: which have them.
        aside: the study's control, where it is like these arms in all other factors and its factor is of another type.
    """

    factor: str
    path: str
    doses: tuple[float, ...]
    arms: tuple[str, ...]
    aside: str | None

    @property
    def is_log(self) -> bool:
        """Whether the doses are best seen on a log scale."""
        return self.doses[0] > 0 and self.doses[-1] >= LOG_RATIO * self.doses[0]

    @property
    def positions(self) -> tuple[float, ...]:
        """Where the doses lie on their scale, from 0 to 1."""
        scale = tuple(map(math.log, self.doses)) if self.is_log else self.doses
        return tuple((position - scale[0]) / (scale[-1] - scale[0]) for position in scale)

    @property
    def weights(self) -> Weights:
        """The trend: what the straight line through the arms rises by from the lowest dose to the highest.

        An arm in the middle has no part in it; so of three arms at equal distances it is the pair of the outer two.
        """
        mean = sum(self.positions) / len(self.positions)
        square = sum((position - mean) ** 2 for position in self.positions)
        shares = [(position - mean) / square for position in self.positions]
        weights = zip(self.arms, shares, strict=True)
        return Weights({arm: share for arm, share in weights if round(share, WEIGHT_DIGITS)})


@dataclass(frozen=True)
class Slip:
    """Why arms that look like a line are none, or why one of them is not on it.

    Attributes:
        arm: the one that is not on the line; None where there is no line.
        path: the number that the line would be over.
        beside: what else differs; none where not all of them have a number of their own.
    """

    arm: str | None
    path: str
    beside: tuple[str, ...]

    def __str__(self) -> str:
        if not self.beside:
            return f"No curve over {self.path}: not every level is a number of its own."
        if self.arm is None:
            return f"No curve over {self.path}: its levels differ in {list_text(self.beside)} as well."
        return f"{self.arm} is not on the curve over {self.path}: it differs in {list_text(self.beside)} as well."


Arms = Mapping[str, Mapping[str, Plain]]


def lines(arms: Arms, levels: Levels, names: Sequence[str]) -> Iterator[Line]:
    """Yields the lines on which arms lie, in whatever order they are declared.

    Args:
        arms: all, described.
        levels: of them.
        names: of those that are compared, the control first.
    """
    for factor in levels.factors:
        for row in _rows(arms, levels, names, factor):
            yield from _lines_of(arms, row, factor, names[0])


def slips(arms: Arms, levels: Levels, names: Sequence[str]) -> Iterator[Slip]:
    """Yields what keeps arms of one type from being a line, or one of them from being on it; see ``lines``."""
    for factor in levels.factors:
        for row in _rows(arms, levels, names, factor):
            row_lines = list(_lines_of(arms, row, factor, names[0]))
            for group in _by_type(arms, row, factor).values():
                if len(group) >= FEWEST_DOSES:
                    yield from _slips_of({arm: arms[arm][factor] for arm in group}, factor, row_lines)


def line_pairs(levels: Levels, family: Sequence[Line]) -> Iterator[tuple[Line, Line, str]]:
    """Yields treatment, control and factor of lines over the same doses whose arms differ in one other factor: each
    line with the one nearest to the study's control.
    """
    for factor, path in dict.fromkeys((line.factor, line.path) for line in family):
        by_arm = {line.arms[0]: line for line in family if (line.factor, line.path) == (factor, path)}
        rest = tuple(name for name in levels.factors if name != factor)
        contexts = Levels(rest, {arm: levels.context(arm, factor) for arm in by_arm})
        for pair in nearest_pairs(contexts, contexts.in_order(by_arm)):
            treatment, control = by_arm[pair.treatment], by_arm[pair.control]
            arms = [pair for _, *pair in shared_doses(treatment, control)]
            if len(arms) >= FEWEST_DOSES and all(levels.between(*pair_arms) == pair.factors for pair_arms in arms):
                yield treatment, control, pair.factors[0]


def shared_doses(first: Line, second: Line) -> list[tuple[float, str, str]]:
    """The doses that two lines have in common, each with the arms that have it."""
    arms = dict(zip(second.doses, second.arms, strict=True))
    return [(dose, arm, arms[dose]) for dose, arm in zip(first.doses, first.arms, strict=True) if dose in arms]


def _rows(arms: Arms, levels: Levels, names: Sequence[str], factor: str) -> Iterator[list[str]]:
    """Yields arms that agree in all but a factor, those near the control first; but for arms that choose its value."""
    rows = levels.rows(levels.in_order(name for name in names if not is_one_of(arms[name][factor])), factor)
    yield from (row for row in rows.values() if len(row) >= FEWEST_DOSES)


def _lines_of(arms: Arms, row: Sequence[str], factor: str, control: str) -> Iterator[Line]:
    """Yields the lines among arms that agree in all but a factor."""
    groups: dict[object, dict[float, str]] = {}
    for arm in row:
        parts = dict(leaves(arms[arm][factor]))
        for path, leaf in parts.items():
            if is_number(leaf):
                rest = frozenset((key, rank(part)) for key, part in parts.items() if key != path)
                groups.setdefault((path, rest), {}).setdefault(float(leaf), arm)
    for (path, _), group in sorted(groups.items(), key=lambda item: item[0][0]):  # type: ignore[index,misc]
        if len(group) >= FEWEST_DOSES:
            doses = tuple(sorted(group))
            line_arms = tuple(group[dose] for dose in doses)
            other_type = type_of(arms[control][factor]) != type_of(arms[line_arms[0]][factor])
            aside = control if control in row and other_type else None
            yield Line(factor, path_text(factor, path), doses, line_arms, aside)


def path_text(factor: str, path: Path) -> str:
    """A number's place as it is written, such as ``training.rate``."""
    return ".".join((factor, *path))


def _by_type(arms: Arms, row: Sequence[str], factor: str) -> dict[object, list[str]]:
    groups: dict[object, list[str]] = {}
    for arm in row:
        groups.setdefault(rank(arms[arm][factor])[0], []).append(arm)
    return groups


def _slips_of(parts: Mapping[str, Plain], factor: str, row_lines: Sequence[Line]) -> Iterator[Slip]:
    """Yields what keeps parts of one type, by arm, from being a line."""
    near_lines = [line for line in row_lines if not parts.keys().isdisjoint(line.arms)]
    on_lines = {arm for line in near_lines for arm in line.arms}
    if not near_lines:
        numbers, texts = _differing_paths(parts)
        if numbers:
            path, *more_paths = (path_text(factor, path) for path in (*numbers, *texts))
            yield Slip(None, path, tuple(more_paths))
        return
    for arm in parts.keys() - on_lines:
        (line, *_) = near_lines
        numbers, texts = _differing_paths({name: parts[name] for name in (arm, line.arms[0])})
        paths = [path_text(factor, path) for path in (*numbers, *texts)]
        yield Slip(arm, line.path, tuple(path for path in paths if path != line.path))


def _differing_paths(parts: Mapping[str, Plain]) -> tuple[list[Path], list[Path]]:
    """What parts differ in: numbers, those of most values first; and what isn't a number everywhere."""
    tables = [dict(leaves(part)) for part in parts.values()]
    paths = sorted({path for table in tables for path in table})
    values = {path: {rank(table.get(path)) for table in tables} for path in paths}
    differing_paths = [path for path in paths if len(values[path]) > 1]
    numbers = [path for path in differing_paths if any(is_number(table.get(path)) for table in tables)]
    return sorted(numbers, key=lambda path: -len(values[path])), [
        path for path in differing_paths if path not in numbers
    ]
