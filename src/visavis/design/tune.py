"""``--tune optimizer.lr=1e-4..1e-1:8``: every arm of a study once more, at its best."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import product
from typing import Any

from visavis.checks import is_number
from visavis.design.arm import FACTORS, Arm
from visavis.design.best_of import COMMON, HELD_OUT, MOST_CANDIDATES, BestOf
from visavis.design.draws import choice, evenly_spaced, log_spaced, log_uniform, uniform
from visavis.design.levels import Levels, leaves
from visavis.design.study import Study
from visavis.errors import InvalidStudy, UsageError, did_you_mean
from visavis.quantities import number_text

EXAMPLE = "--tune optimizer.lr=1e-4..1e-1:8, or --tune batch_size=16,32,64"
SAME_BUDGET = "candidates of the same epochs and training images"


@dataclass(frozen=True)
class Range:
    """A range of numbers.

    Attributes:
        low, high: its ends.
        count: how many candidates it gives.
        is_multiple: whether the numbers are multiples of each arm's own.
    """

    low: float
    high: float
    count: int
    is_multiple: bool


Values = Range | list[float]
"""A range, or the values."""


def tune_arms(study: Study, texts: Sequence[str], held_out: float = HELD_OUT) -> Study:
    """A study with every arm once more, as the best of what the texts say; what it is about are the tuned arms.

    Args:
        study: of arms that aren't tuned.
        texts: a number of the arms each, and a range or values of it; ``0.1x..10x:5`` are multiples of each arm's own
            number. Of one range so many values are evenly spaced; of several, so many points are drawn; values alone
            make every combination.
        held_out: share of the training images by which candidates are judged.

    Raises:
        UsageError: a text can't be read, or the arms have no such number.
        InvalidStudy: the study has tuned arms.
    """
    if study.tuned_arms:
        raise InvalidStudy("the study tunes its arms itself", got="--tune", do="leave --tune out")
    values = dict(map(_read, texts))
    points = _points(values)
    arms = {
        arm.name: BestOf(f"{arm.name}, tuned", [_candidate(arm, point, values) for point in points], held_out)
        for arm in (study.control, *study.arms)
        if isinstance(arm, Arm)
    }
    if study.primary:
        names = [(treatment.name, control.name) for treatment, control in study.primary]
    else:
        levels = Levels.of({name: arm.factors() for name, arm in arms.items()}, study.control.name)
        names = list(levels.nearest(list(arms)))
    primary = [(arms[treatment], arms[control]) for treatment, control in names]
    return replace(study, arms=(*study.arms, *arms.values()), primary=primary)


def _candidate(arm: Arm, point: Mapping[str, float], values: Mapping[str, Values]) -> Arm:
    names = []
    for path, number in point.items():
        base, is_whole = _number_at(arm, path)
        value = _fitting(values[path], number, base, f"{arm.name}: {path}", is_whole=is_whole)
        names.append(f"{path.rpartition('.')[2].replace('_', ' ')} {number_text(value)}")
        try:
            arm = _with_number(arm, path.split("."), value)
        except InvalidStudy as problem:
            text = f"{path} {number_text(value)}"
            raise UsageError(f"--tune has a value that {arm.name} can't have", got=text, do=str(problem)) from problem
    return replace(arm, name=", ".join(names))


def _number_at(arm: Arm, path: str) -> tuple[float, bool]:
    """An arm's number at a path such as ``optimizer.lr``, and whether the field is for whole numbers alone.

    Raises:
        UsageError: it hasn't one that candidates may differ in.
    """
    factor, whole = path.split(".")[0], f"{arm.name}: {path}"
    if factor not in FACTORS:
        paths = {".".join(keys) for keys, leaf in leaves(arm.factors()) if keys[-1] == path and is_number(leaf)}
        near = f"did you mean {' or '.join(sorted(paths))}?" if paths else did_you_mean(factor, FACTORS)
        raise UsageError("an arm has no such field", got=path, expected=", ".join(FACTORS), do=near)
    if factor in COMMON:
        raise UsageError(
            f"{factor} can't be tuned",
            got=f"--tune {path}",
            expected=SAME_BUDGET,
            do=f"compare it: --vary {factor}=...",
        )
    part: Any = arm
    for name in path.split("."):
        kinds = {entry.name: entry.type for entry in fields(part)} if is_dataclass(part) else {}
        if name not in kinds:
            expected = ", ".join(kinds) or "no fields"
            near = did_you_mean(name, list(kinds)) or "every arm has to have what --tune names"
            raise UsageError(f"{whole} isn't there", got=name, expected=expected, do=near)
        part, kind = getattr(part, name), kinds[name]
    if not is_number(part):
        raise UsageError(f"{whole} is no number, so it can't be tuned", expected=EXAMPLE)
    return part, kind in (int, "int")


def _fitting(values: Values, number: float, base: float, whole: str, *, is_whole: bool) -> float:
    """A number of a range or of some values as an arm has it, given the number it has.

    Raises:
        UsageError: it isn't whole, and has to be.
    """
    if isinstance(values, Range):
        number = number * base if values.is_multiple else number
        return round(number) if is_whole else number
    if is_whole and number != round(number):
        raise UsageError(f"{whole} is a whole number", got=number_text(number), expected="whole numbers in --tune")
    return round(number) if is_whole else number


def _with_number(part: Any, path: Sequence[str], value: float) -> Any:
    """A part with another number at a path within it."""
    name, *rest = path
    return replace(part, **{name: _with_number(getattr(part, name), rest, value) if rest else value})


def _read(text: str) -> tuple[str, Values]:
    """Path and values of ``optimizer.lr=1e-4..1e-1:8``."""
    path, _, content = text.partition("=")
    path = path.strip().replace("-", "_")
    _require(bool(path and content), text, f"a field, and a range with a number of values: {EXAMPLE}")
    ends, _, number = content.partition(":")
    low, is_range, high = (word.strip() for word in ends.partition(".."))
    if not is_range:
        values = [_number(word, text) for word in content.split(",")]
        _require(len(values) > 1, text, "two values or more, or a range such as optimizer.lr=1e-4..1e-1:8")
        _require(len(set(values)) == len(values), text, "each value once")
        return path, values
    is_multiple = low.endswith("x") and high.endswith("x")
    lowest, highest = (_number(word.removesuffix("x") if is_multiple else word, text) for word in (low, high))
    _require(lowest < highest, text, f"the lower end of the range first, {high}..{low}")
    is_count = number.isdecimal() and 2 <= int(number) <= MOST_CANDIDATES
    _require(is_count, text, f"a number of values after a colon, 2 to {MOST_CANDIDATES:,}: {low}..{high}:8")
    return path, Range(lowest, highest, int(number), is_multiple)


def _number(word: str, text: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    _require(math.isfinite(number), text, f"numbers; {word.strip()!r} is none")
    return number


def _require(condition: bool, text: str, expected: str) -> None:
    if not condition:
        raise UsageError("--tune can't be used", got=repr(text), expected=expected)


def _points(values: Mapping[str, Values]) -> list[dict[str, float]]:
    """The candidates: each a value of every field."""
    counts = {content.count for content in values.values() if isinstance(content, Range)}
    if len(counts) > 1:
        raise UsageError(
            "--tune draws as many values of every field", got=f"{sorted(counts)}", expected="one number of candidates"
        )
    count = next(iter(counts), 0)
    if len(values) == 1 or not count:
        columns = [_grid(content) if isinstance(content, Range) else content for content in values.values()]
        return [dict(zip(values, point, strict=True)) for point in product(*columns)]
    draws = [_draws(content, count, path) for path, content in values.items()]
    return [dict(zip(values, point, strict=True)) for point in zip(*draws, strict=True)]


def _grid(content: Range) -> list[float]:
    """Evenly, by ratio where that can be."""
    return (log_spaced if content.low > 0 else evenly_spaced)(content.low, content.high, content.count)


def _draws(content: Values, count: int, path: str) -> list[float]:
    if isinstance(content, list):
        return choice(content, count, of=path)
    draw = log_uniform if content.low > 0 else uniform
    return draw(content.low, content.high, count, of=path)
