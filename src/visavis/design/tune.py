"""``--tune optimizer.lr=1e-4..1e-1:8``: every arm of a study once more, at its best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import product
from typing import Any

from visavis.checks import is_number
from visavis.design.arm import FACTORS, Arm
from visavis.design.best_of import HELD_OUT, BestOf
from visavis.design.draws import choice, evenly_spaced, log_spaced, log_uniform, uniform
from visavis.design.levels import Levels
from visavis.design.study import Study
from visavis.errors import InvalidStudy, UsageError, did_you_mean
from visavis.quantities import number_text

EXAMPLE = "--tune optimizer.lr=1e-4..1e-1:8, or --tune batch_size=16,32,64"


def tune_arms(study: Study, texts: Sequence[str], held_out: float = HELD_OUT) -> Study:
    """A study with every arm once more, as the best of what the texts say; what it is about are the tuned arms.

    Args:
        study: of arms that aren't tuned.
        texts: a number of the arms each, and a range or values of it. Of one range so many values are evenly spaced; of
            several, so many points are drawn; values alone make every combination.
        held_out: share of the training images by which candidates are judged.

    Raises:
        UsageError: a text can't be read, or the arms have no such number.
        InvalidStudy: the study has tuned arms.
    """
    if study.tuned_arms:
        raise InvalidStudy("the study tunes its arms itself", got="--tune", do="leave --tune out")
    points = _points(dict(map(_read, texts)))
    arms = {
        arm.name: BestOf(f"{arm.name}, tuned", [_candidate(arm, point) for point in points], held_out)
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


def _candidate(arm: Arm, point: Mapping[str, float]) -> Arm:
    names = [f"{path.rpartition('.')[2].replace('_', ' ')} {number_text(value)}" for path, value in point.items()]
    for path, value in point.items():
        factor, *rest = path.split(".")
        if factor not in FACTORS:
            raise UsageError(
                "an arm has no such field", got=path, expected=", ".join(FACTORS), do=did_you_mean(factor, FACTORS)
            )
        arm = replace(arm, **{factor: _with_number(getattr(arm, factor), rest, value, f"{arm.name}: {path}")})
    return replace(arm, name=", ".join(names))


def _with_number(part: Any, path: Sequence[str], value: float, whole: str) -> Any:
    """A part with another number at a path within it."""
    if not path:
        if not is_number(part):
            raise UsageError(f"{whole} is no number, so it can't be tuned", expected=EXAMPLE)
        return round(value) if isinstance(part, int) else value
    names = [entry.name for entry in fields(part)] if is_dataclass(part) else []
    if path[0] not in names:
        expected = ", ".join(names) or "no fields"
        raise UsageError(f"{whole} isn't there", got=path[0], expected=expected, do=did_you_mean(path[0], names))
    return replace(part, **{path[0]: _with_number(getattr(part, path[0]), path[1:], value, whole)})


Values = tuple[float, float, int] | list[float]
"""A range with how many values it has, or the values."""


def _read(text: str) -> tuple[str, Values]:
    """Path and values of ``optimizer.lr=1e-4..1e-1:8``."""
    path, _, content = text.partition("=")
    path = path.strip().replace("-", "_")
    low, is_range, rest = content.partition("..")
    high, _, count = rest.partition(":")
    try:
        if not is_range:
            values = [float(word) for word in content.split(",")]
            if path and len(set(values)) == len(values) > 1:
                return path, values
        elif path and float(low) < float(high) and int(count) >= 2:
            return path, (float(low), float(high), int(count))
    except ValueError:
        pass
    raise UsageError(
        "--tune can't be used", got=repr(text), expected=f"a field, and a range with a number of values: {EXAMPLE}"
    )


def _points(values: Mapping[str, Values]) -> list[dict[str, float]]:
    """The candidates: each a value of every field."""
    counts = {content[2] for content in values.values() if isinstance(content, tuple)}
    if len(counts) > 1:
        raise UsageError(
            "--tune draws as many values of every field", got=f"{sorted(counts)}", expected="one number of candidates"
        )
    count = next(iter(counts), 0)
    if len(values) == 1 or not count:
        columns = [_grid(*content) if isinstance(content, tuple) else content for content in values.values()]
        return [dict(zip(values, point, strict=True)) for point in product(*columns)]
    draws = [_draws(content, count, path) for path, content in values.items()]
    return [dict(zip(values, point, strict=True)) for point in zip(*draws, strict=True)]


def _grid(low: float, high: float, count: int) -> list[float]:
    """Evenly, by ratio where that can be."""
    return (log_spaced if low > 0 else evenly_spaced)(low, high, count)


def _draws(content: Values, count: int, path: str) -> list[float]:
    if isinstance(content, list):
        return choice(content, count, of=path)
    draw = log_uniform if content[0] > 0 else uniform
    return draw(content[0], content[1], count, of=path)
