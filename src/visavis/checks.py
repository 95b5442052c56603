"""Checks of what a user gives: each refuses a field in one line, by its path."""

from __future__ import annotations

import math
from numbers import Integral, Real
from pathlib import Path
from typing import SupportsInt, TypeGuard

from visavis.errors import InvalidStudy

LONGEST = 100
"""Letters of a value in an error."""


def as_path(value: object, path: str) -> Path:
    """A field that is given as text or as a path.

    Raises:
        InvalidStudy: it is neither, or empty.
    """
    require(isinstance(value, str | Path) and value != "", path, repr(value), "a path")
    return Path(str(value))


def is_between(value: object, low: float, high: float) -> bool:
    """Whether it is a number above ``low`` and below ``high``."""
    return isinstance(value, Real) and low < float(value) < high


def is_number(value: object) -> TypeGuard[float]:
    """Whether it is a finite number, of Python or NumPy; a truth value is none."""
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(float(value))


def is_whole(value: object, least: float = -math.inf, most: float = math.inf) -> TypeGuard[SupportsInt]:
    """Whether it is a whole number, of Python or NumPy, from ``least`` to ``most``."""
    return not isinstance(value, bool) and isinstance(value, Integral) and least <= int(value) <= most


def require_whole(value: object, path: str, least: int) -> None:
    """Refuses what is no whole number from ``least`` on.

    Raises:
        InvalidStudy: with the field's path.
    """
    kind = "" if isinstance(value, Integral) else "a whole number, "
    require(is_whole(value, least), path, excerpt(value), f"{kind}{least} or more")


def require_share(value: object, path: str) -> None:
    """Refuses what is no number from 0 to 1.

    Raises:
        InvalidStudy: with the field's path.
    """
    require(is_number(value) and 0 <= value <= 1, path, excerpt(value), "in [0, 1]")


def require_positive(value: object, path: str, expected: str = "a positive number") -> None:
    """Refuses what is no number above 0.

    Raises:
        InvalidStudy: with the field's path.
    """
    require(is_number(value) and value > 0, path, excerpt(value), expected)


def require_not_negative(value: object, path: str, expected: str = "0 or more") -> None:
    """Refuses what is no number from 0 on.

    Raises:
        InvalidStudy: with the field's path.
    """
    require(is_number(value) and value >= 0, path, excerpt(value), expected)


def require_part(value: object, path: str, method: str, example: str) -> None:
    """Refuses what is no part of a study: a class in the place of its value, a value without the method that such parts
    have, or one that can't be written down and compared.

    Args:
        value: in question.
        path: of the field.
        method: that parts of this kind have.
        example: of such a part, as code.

    Raises:
        InvalidStudy: with the field's path.
    """
    expected = f"a value with the method {method}, such as {example}"
    if isinstance(value, type) and not hasattr(value, method):  # a value of it wouldn't do either
        raise InvalidStudy(f"{path} can't be used", got=f"the class {value.__name__}", expected=expected)
    require_no_class(value, path)
    require(callable(getattr(value, method, None)), path, excerpt(value), expected)
    require_describable(value, path)


def require_describable(value: object, path: str) -> None:
    """Refuses what can't be written down and compared.

    Raises:
        InvalidStudy: with the field's path.
    """
    from visavis.describe import describe  # with NumPy, which refusing a word of the command does without

    try:
        describe(value)
    except (TypeError, RecursionError) as problem:
        raise InvalidStudy(f"{path}: {problem}", do="put @dataclass(frozen=True) before its class") from problem


def require_no_class(value: object, path: str) -> None:
    """Refuses a class in the place of its value.

    Raises:
        InvalidStudy: with the field's path.
    """
    if isinstance(value, type):
        name = value.__name__
        raise InvalidStudy(f"{path} can't be used", got=f"the class {name}", expected=f"a value of it: {name}(...)")


def excerpt(value: object) -> str:
    """A value for an error, cut short where it is long."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def require(holds: bool, path: str, got: object, expected: str) -> None:
    """Refuses a field's value.

    Raises:
        InvalidStudy: ``holds`` is false.
    """
    if not holds:
        raise InvalidStudy(f"{path} can't be used", got=got, expected=expected)
