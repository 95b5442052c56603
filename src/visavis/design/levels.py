"""Where arms stand among each other: of each factor, which of the study's values they have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from visavis.describe import Plain

Path = tuple[str, ...]
"""Keys and indices that lead into a description."""
LARGEST_DOSE = 1e300


def leaves(value: Plain) -> Iterator[tuple[Path, Plain]]:
    """Yields the texts, numbers and truth values of a description, each with its path; a list of one is its item."""
    rest: list[tuple[Path, Plain]] = [((), value)]
    while rest:  # no recursion: a stranger's description may be deep
        path, part = rest.pop()
        if isinstance(part, Mapping):
            rest += [((*path, str(key)), item) for key, item in part.items()]
        elif isinstance(part, list | tuple):
            rest += [((*path, str(index)) if len(part) > 1 else path, item) for index, item in enumerate(part)]
        else:
            yield path, part


def unequal_leaves(descriptions: Iterable[Plain]) -> dict[Path, list[Plain]]:
    """The leaves in which descriptions differ: what each has there, None where it has none."""
    tables = [dict(leaves(description)) for description in descriptions]
    paths = dict.fromkeys(path for table in tables for path in table)
    values = {path: [table.get(path) for table in tables] for path in paths}
    return {path: column for path, column in values.items() if len(set(map(rank, column))) > 1}


def type_of(value: Plain) -> str:
    """The type of a described part, or that of plain data."""
    return str(value["type"]) if isinstance(value, Mapping) and "type" in value else type(value).__name__


def is_number(value: Plain) -> bool:
    """Whether it can be a dose: a truth value is none, nor is a number that is beyond reckoning."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST_DOSE


def rank(value: Plain) -> tuple[object, ...]:
    """What described values are put in order by, and told apart by: numbers are numbers, 1 is 1.0, and not True."""
    ranks = ((path, *_leaf_rank(leaf)) for path, leaf in leaves(value))
    return ("number" if is_number(value) else type_of(value), *sorted(ranks))


def _leaf_rank(leaf: Plain) -> tuple[str, float, str]:
    return ("number", float(leaf), "") if is_number(leaf) else (type(leaf).__name__, 0.0, str(leaf))


@dataclass(frozen=True)
class Levels:
    """Where arms stand among each other.

    Attributes:
        factors: their names.
        by_arm: name of an arm -> a number for each factor: 0 is the control's value, the others follow in order. It
            doesn't hang on the order in which the arms are declared.
    """

    factors: tuple[str, ...]
    by_arm: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, arms: Mapping[str, Mapping[str, Plain]], control: str) -> Levels:
        """The levels of described arms."""
        factors = tuple(arms[control])
        columns = [_numbers([arm[factor] for arm in arms.values()], arms[control][factor]) for factor in factors]
        return cls(factors, dict(zip(arms, zip(*columns, strict=True), strict=True)))

    def between(self, first: str, second: str) -> tuple[str, ...]:
        """The factors in which two arms differ."""
        pairs = zip(self.factors, self.by_arm[first], self.by_arm[second], strict=True)
        return tuple(factor for factor, one_level, other_level in pairs if one_level != other_level)

    def distance(self, arm: str) -> int:
        """In how many factors an arm differs from the control."""
        return sum(level > 0 for level in self.by_arm[arm])

    def level(self, arm: str, factor: str) -> int:
        """An arm's level of a factor."""
        return self.by_arm[arm][self.factors.index(factor)]

    def context(self, arm: str, *factors: str) -> tuple[int, ...]:
        """An arm's levels of all other factors."""
        levels = zip(self.factors, self.by_arm[arm], strict=True)
        return tuple(level for factor, level in levels if factor not in factors)

    def rows(self, arms: Sequence[str], *factors: str) -> dict[tuple[int, ...], list[str]]:
        """Arms that agree in all but some factors: their levels of all others -> their names."""
        rows: dict[tuple[int, ...], list[str]] = {}
        for arm in arms:
            rows.setdefault(self.context(arm, *factors), []).append(arm)
        return rows

    def neighbours(self, arms: Sequence[str]) -> dict[str, list[str]]:
        """For each arm those that differ from it in exactly one factor."""
        neighbours: dict[str, list[str]] = {arm: [] for arm in arms}
        for factor in self.factors:
            for row in self.rows(arms, factor).values():
                for arm in row if len(row) > 1 else ():
                    level = self.level(arm, factor)
                    neighbours[arm] += [name for name in row if self.level(name, factor) != level]
        return neighbours

    def nearest(self, arms: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yields each arm with the arm nearest to the control, of those that differ from it in exactly one factor;
        where several are equally near, with each of them. Of the two, the second is the one that has the control's
        value in the factor, or whose value comes first.

        Args:
            arms: names of those that are compared, the control first.
        """
        arm_sets: set[frozenset[str]] = set()  # two arms may be the nearest of each other
        neighbours, positions = self.neighbours(arms), {arm: position for position, arm in enumerate(arms)}
        for arm in arms[1:]:
            least = min(map(self.distance, neighbours[arm]), default=0)
            for neighbour in sorted(neighbours[arm], key=positions.__getitem__):
                if self.distance(neighbour) == least and frozenset((arm, neighbour)) not in arm_sets:
                    arm_sets.add(frozenset((arm, neighbour)))
                    control, treatment = self.in_order((arm, neighbour))
                    yield treatment, control

    def in_order(self, arms: Iterable[str]) -> list[str]:
        """Arms by their levels, those of the control's first."""
        return sorted(arms, key=lambda arm: (self.distance(arm), self.by_arm[arm]))


def _numbers(values: Sequence[Plain], base: Plain) -> list[int]:
    """A number for each value: 0 for that of the control."""
    ranks = [rank(value) for value in values]
    first = rank(base)
    order = [first, *sorted(set(ranks) - {first})]
    numbers = {value_rank: number for number, value_rank in enumerate(order)}
    return [numbers[value_rank] for value_rank in ranks]
