"""Described parts as short texts: what an arm is, what it changes, what a level is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from visavis.describe import OWN_CODE, Plain
from visavis.design.best_of import is_one_of
from visavis.design.levels import is_number, leaves, rank, type_of
from visavis.quantities import list_text, number_text

DIGEST_LENGTH = 64
"""Letters of a SHA-256: a text of that length is taken for one."""
LONGEST = 90
"""Letters of a part in a line; the table of factors has the whole text."""
MAIN_FACTORS = ("model", "optimizer", "epochs", "batch_size")
"""What the control's line always says."""
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True)
class Setting:
    """A factor of an arm, for a line.

    Attributes:
        factor: in words.
        text: its value.
    """

    factor: str
    text: str


def arm_lines(arms: Mapping[str, Mapping[str, Plain]], control: str) -> dict[str, tuple[Setting, ...]]:
    """Of the control its main factors and those in which arms differ; of every other arm what it changes.

    Args:
        arms: all, described.
        control: name of the one that is told in full.
    """
    base = arms[control]
    factors = [factor for factor in base if factor in {*MAIN_FACTORS, *varied_factors(arms)}]
    first = tuple(Setting(factor_text(factor), cut(part_text(base[factor]))) for factor in factors)
    return {name: first if name == control else changes(arms[name], base) for name in (control, *arms)}


def changes(arm: Mapping[str, Plain], base: Mapping[str, Plain]) -> tuple[Setting, ...]:
    """What an arm changes against another one."""
    factors = [factor for factor in base if rank(arm[factor]) != rank(base[factor])]
    return tuple(Setting(factor_text(factor), change_text(arm[factor], base[factor])) for factor in factors)


def change_text(value: Plain, base: Plain) -> str:
    """A factor's value against the control's, such as ``20 instead of 10``, or what a part is or changes of itself."""
    if is_number(value) and is_number(base):
        return f"{number_text(value)} instead of {number_text(base)}"
    if type_of(value) == type_of(base) and isinstance(value, Mapping) and isinstance(base, Mapping):
        fields = {name: field for name, field in value.items() if name not in base or rank(field) != rank(base[name])}
        return cut(f"{type_of(value)}({_fields_text(fields)})") if fields else type_of(value)
    return cut(part_text(value))


def varied_factors(arms: Mapping[str, Mapping[str, Plain]]) -> tuple[str, ...]:
    """The factors in which arms differ."""
    first, *rest = arms.values()
    return tuple(factor for factor in first if any(rank(arm[factor]) != rank(first[factor]) for arm in rest))


def factor_text(factor: str) -> str:
    """A factor's name in words."""
    return factor.replace("_", " ")


def factors_text(factors: Iterable[str]) -> str:
    """Several of them."""
    return list_text(map(factor_text, factors))


def part_text(value: Plain) -> str:
    """A described part in one line, such as ``SGD(lr=0.01, momentum=0.9)``; fields that hold nothing are left out."""
    if is_one_of(value):
        types = dict.fromkeys(map(type_of, value["of"]))
        return f"{', '.join(types)}: one of {', '.join(level_texts(value['of']))}"
    if isinstance(value, Mapping):
        text = _fields_text({name: field for name, field in value.items() if is_number(field) or field})
        return f"{value['type']}({text})" if "type" in value and text else str(value.get("type", f"{{{text}}}"))
    if isinstance(value, list | tuple):
        items = ", ".join(map(part_text, value))
        return items if len(value) == 1 else f"[{items}]"
    if is_number(value):
        return number_text(value)
    text = str(value)
    return f"{text[:8]}{ELLIPSIS}" if len(text) == DIGEST_LENGTH else text


def _fields_text(fields: Mapping[str, Plain]) -> str:
    public = {name: field for name, field in fields.items() if name not in {"type", OWN_CODE}}
    return ", ".join(f"{name}={part_text(field)}" for name, field in public.items())


def cut(text: str, most: int = LONGEST) -> str:
    """A text with its end left out where it is too long for a line."""
    return text if len(text) <= most else f"{text[: most - 1]}{ELLIPSIS}"


def level_texts(values: Sequence[Plain]) -> list[str]:
    """The shortest texts that tell values of one factor apart: a number, a type, or what parts of one type differ in.

    Args:
        values: described, in any order; equal ones get equal texts.
    """
    types = {type_of(value): [part for part in values if type_of(part) == type_of(value)] for value in values}
    return [_level_text(value, types[type_of(value)], len(types) == 1) for value in values]


def _level_text(value: Plain, alike: Sequence[Plain], single: bool) -> str:
    """A value's text among values of its type; the type is left out where all values have it."""
    if not isinstance(value, Mapping):
        return cut(part_text(value), 24)
    tables, own_fields = [dict(leaves(part)) for part in alike], dict(leaves(value))
    paths = [path for path in own_fields if len({rank(table.get(path)) for table in tables}) > 1]
    fields = ", ".join(f"{'.'.join(path)}={part_text(own_fields[path])}" for path in paths if OWN_CODE not in path)
    if not fields:
        return type_of(value)
    return cut(fields if single else f"{type_of(value)}({fields})", 40)


def line_texts(arms: Sequence[Mapping[str, Plain]], factor: str, path: str) -> list[str]:
    """What lines over the same number are called: what their arms differ in beside that number.

    Args:
        arms: one of each line, described.
        factor, path: of the number; see ``Line``.
    """
    contexts = {str(number): {**arm, factor: _without(arm[factor], factor, path)} for number, arm in enumerate(arms)}
    columns = [level_texts([context[name] for context in contexts.values()]) for name in varied_factors(contexts)]
    return [", ".join(texts) for texts in zip(*columns, strict=True)] if columns else [path] * len(arms)


def _without(value: Plain, factor: str, path: str) -> Plain:
    """A part without one of its numbers."""
    rest = {".".join(inner): leaf for inner, leaf in leaves(value) if ".".join((factor, *inner)) != path}
    return {"type": type_of(value), **rest}
